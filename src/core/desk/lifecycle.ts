import type { DeskAction } from './desk-action.ts';
import type { DeskRules } from './desk-rules.ts';
import type { DeskTicket } from './desk-ticket.ts';
import { say } from '../../text/say.ts';

/** When the policy closes a ticket automatically; undefined when it does not. */
export function closesAt(
  { state }: Pick<DeskTicket, 'state'>,
  {
    closeWaitingAfterMs,
    closeResolvedAfterMs,
  }: Pick<DeskRules, 'closeWaitingAfterMs' | 'closeResolvedAfterMs'>,
): number | undefined {
  if (state.is === 'waiting' && state.on === 'customer' && closeWaitingAfterMs !== undefined)
    return state.since + closeWaitingAfterMs;
  if (state.is === 'resolved' && closeResolvedAfterMs !== undefined) return state.at + closeResolvedAfterMs;
  return undefined;
}

/** The action that closes the ticket. */
export const closing = ({ state }: Pick<DeskTicket, 'state'>, days: string): DeskAction => ({
  is: 'state',
  to: 'closed',
  ...(state.is === 'waiting' && {
    text: say('desk-mail.closed-unanswered', { time: days }),
  }),
});
