import type { Decision } from '../core/incident-draft.ts';
import { ticketAtHand } from '../core/incident.ts';
import type { MonitorEvents } from '../observe/monitor-events.ts';
import type { Components } from './components.ts';

/** Runs when a decision on an incident has become durable; the consequences, in this order. */
export function afterDecision(
  { subscriptions, office, outbox, gate }: Pick<Components, 'subscriptions' | 'office' | 'outbox' | 'gate'>,
  events: MonitorEvents,
  decision: Decision,
): void {
  const { incident, effects, because } = decision;
  events.onDecided(decision);
  subscriptions.consider(incident).catch(events.onFault);
  office.decided(incident);
  // From here on the outbox delivers the ticket and the pages.
  outbox.enqueue(effects);
  // The ticket exists: pages that were delayed for it leave now.
  if (ticketAtHand(incident)) outbox.hurryMessages(incident.id);
  // A human has ended the incident: checks that still fail have no incident now, and are held for that reason.
  if (because === 'resolved-by-hand' || because === 'ticket-ended') gate.consider(incident.failing);
  gate.look();
  events.onChange();
}
