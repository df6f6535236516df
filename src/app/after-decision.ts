import type { Decision } from '../core/incident-draft.ts';
import { ticketAtHand } from '../core/incident.ts';
import type { MonitorEvents } from '../observe/monitor-events.ts';
import type { Components } from './components.ts';

/** A decision on an incident has become durable; what follows, in this order. */
export function afterDecision(
  { subscriptions, office, outbox, gate }: Pick<Components, 'subscriptions' | 'office' | 'outbox' | 'gate'>,
  events: MonitorEvents,
  decision: Decision,
): void {
  const { incident, effects, because } = decision;
  events.onDecided(decision);
  subscriptions.consider(incident).catch(events.onFault);
  office.decided(incident);
  // From here on the ticket and the pages are on their way.
  outbox.enqueue(effects);
  // The ticket stands: pages that gave it a head start leave now.
  if (ticketAtHand(incident)) outbox.hurryMessages(incident.id);
  // Ended by a human: what still fails has no incident any more, and is held for that reason.
  if (because === 'resolved-by-hand' || because === 'ticket-ended') gate.consider(incident.failing);
  gate.look();
  events.onChange();
}
