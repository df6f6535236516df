import type { DeskTicket } from './desk-ticket.ts';
import { say } from '../../text/say.ts';

/** Why a ticket cannot be merged; undefined when it can. `into`: undefined when no ticket has that number. */
export function whyNotMerged(
  { number, customer }: Pick<DeskTicket, 'number' | 'customer'>,
  into: Pick<DeskTicket, 'number' | 'customer'> | undefined,
  wanted: number,
): { because: 'no-such-ticket' | 'itself' | 'of-another-customer'; why: string } | undefined {
  if (!into) return { because: 'no-such-ticket', why: say('mail.no-ticket', { number: wanted }) };
  if (into.number === number) return { because: 'itself', why: say('mail.merge-itself') };
  if (customer === into.customer || customer === undefined || into.customer === undefined) return undefined;
  return {
    because: 'of-another-customer',
    why: say('mail.merge-customers', {
      number,
      customer,
      other: into.number,
      otherCustomer: into.customer,
    }),
  };
}
