import type { FastifyRequest } from 'fastify';
import { isAtLeast, isStaff } from '../core/user.ts';

/** The reader of a page, as far as it affects the content. */
export interface Reader {
  /** Forms are shown only to readers who may use them. */
  mayAct: boolean;
  /** The reader is not identified: forms ask for a name. */
  isStranger: boolean;
}

export function readerOf({ caller }: Pick<FastifyRequest, 'caller'>): Reader {
  const isAgent = caller.is === 'user' && isStaff(caller.user.role) && isAtLeast(caller.user.role, 'agent');
  return { mayAct: caller.is === 'anybody' || isAgent, isStranger: caller.is !== 'user' };
}
