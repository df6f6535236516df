import type { FastifyRequest } from 'fastify';
import { isAtLeast, isStaff } from '../core/user.ts';

/** Who reads a page, as far as it changes what is on it. */
export interface Reader {
  /** Forms are for those alone who may use them. */
  mayAct: boolean;
  /** Nobody knows who they are: forms ask for a name. */
  isStranger: boolean;
}

export function readerOf({ caller }: Pick<FastifyRequest, 'caller'>): Reader {
  const isAgent = caller.is === 'user' && isStaff(caller.user.role) && isAtLeast(caller.user.role, 'agent');
  return { mayAct: caller.is === 'anybody' || isAgent, isStranger: caller.is !== 'user' };
}
