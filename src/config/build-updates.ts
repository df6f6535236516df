import type { CustomerTemplates } from '../core/customer-text.ts';
import type { UpdateRules } from '../core/customer-updates.ts';
import { isMail } from '../channels/shared/addressing.ts';
import type { Config } from './config.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';

/** Builds the settings for customer updates; mails need a channel that sends them. */
export function buildUpdates(
  { customer_updates: given }: WatchdeskFile,
  channels: Config['channels'],
): UpdateRules | undefined {
  if (given === 'off') return undefined;
  const { every: everyMs, first: firstMs, nudge: nudgeMs, priorities, via, templates } = given;
  const mail = [...channels].find(([, { type }]) => isMail(type))?.[0];
  return {
    everyMs,
    // At least one update is promised within `every`.
    firstMs: Math.min(firstMs, everyMs),
    nudgeMs,
    priorities,
    onTicket: via.includes('ticket'),
    ...(via.includes('email') && mail !== undefined && { byMail: mail }),
    templates: definedOf(templates),
  };
}

const definedOf = (templates: object): Partial<CustomerTemplates> =>
  Object.fromEntries(Object.entries(templates).filter(([, text]) => text !== undefined));
