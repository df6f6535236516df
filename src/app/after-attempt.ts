import { isTicketOrder, type Effect } from '../core/effect.ts';
import type { EndedEffect } from '../core/accepted.ts';
import { deskNumber } from '../core/desk/desk-subject.ts';
import { isTicketWork } from '../incidents/incident-tickets.ts';
import type { MonitorEvents } from '../observe/monitor-events.ts';
import type { Components } from './components.ts';

/** Runs after a delivery attempt, successful or not; the consequences, in this order. */
export function afterAttempt(
  { ways, office, ticketWatch }: Pick<Components, 'ways' | 'office' | 'ticketWatch'>,
  events: MonitorEvents,
  effect: Effect,
  queue: string,
): void {
  events.onOutcome(effect, queue);
  ways.ended(effect, queue);
  if (deskNumber(effect.incident) !== undefined) office.desk.outcome(effect).catch(events.onFault);
  if (isTicketOrder(effect)) {
    const { incident, content, state } = effect;
    if (isTicketWork(effect)) ticketWatch.worked(incident);
    if (state.is === 'accepted') ticketWatch.answers(content.helpdesk);
  }
  events.onChange();
}

/** Effects have settled together; they are recorded together with the consequences for their incidents. */
export async function afterEnd(
  { keeper, office }: Pick<Components, 'keeper' | 'office'>,
  ended: readonly EndedEffect[],
): Promise<void> {
  await keeper.settled(ended);
  for (const { effect, accepted } of ended) await office.bugs.accepted(effect, accepted?.ticket);
}
