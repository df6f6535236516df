import { isTicketOrder, type Effect } from '../core/effect.ts';
import type { Incident } from '../core/incident.ts';
import type { Snapshot } from './store.ts';

/**
 * Records stored before several helpdesks were supported name none: assigns them to the first helpdesk, or to the first
 * of the adapter type that holds the ticket.
 */
export function namedHelpdesks(
  { incidents, effects }: Pick<Snapshot, 'incidents' | 'effects'>,
  helpdesks: readonly { name: string; type: { type: string } }[],
): Pick<Snapshot, 'incidents' | 'effects'> {
  const first = helpdesks[0]!.name;
  const nameOf = (adapter: string): string =>
    helpdesks.find(({ type }) => type.type === adapter)?.name ?? adapter;
  const named = (incident: Incident): Incident => {
    const { ticket, helpdesk } = incident as Partial<Incident>;
    if (helpdesk !== undefined) return incident;
    return {
      ...incident,
      helpdesk: ticket ? nameOf(ticket.adapter) : first,
      ...(ticket && { ticket: { ...ticket, helpdesk: nameOf(ticket.adapter) } }),
    };
  };
  const all = incidents.map(named);
  const byId = new Map(all.map((incident) => [incident.id, incident]));
  const placed = (effect: Effect): Effect => {
    if (!isTicketOrder(effect) || (effect.content as { helpdesk?: string }).helpdesk !== undefined)
      return effect;
    const helpdesk = byId.get(effect.incident)?.helpdesk ?? first;
    return { ...effect, content: { ...effect.content, helpdesk } };
  };
  return { incidents: all, effects: effects.map(placed) };
}
