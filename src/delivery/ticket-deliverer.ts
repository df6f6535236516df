import { isTicketOrder, mapDone, type Effect, type Outcome, type TicketOrder } from '../core/effect.ts';
import { isOpen, type Incident } from '../core/incident.ts';
import type { Helpdesk, RemoteTicket } from '../tickets/helpdesk.ts';
import type { Accepted, Deliverer } from './deliverer.ts';

/** A double shows itself soon; one that the index was late with is found by the later sweeps. */
const FIRST_SWEEP_MS = 10_000;

/** Opens, notes, reopens and resolves tickets through a helpdesk. */
export function ticketDeliverer(
  helpdesk: Helpdesk,
  incidentOf: (id: string) => Incident | undefined,
): Deliverer {
  const { doubles } = helpdesk;
  const accepted = (ticket: RemoteTicket): Accepted => ({
    remoteId: ticket.remoteId,
    ticket: { adapter: helpdesk.adapter, ...ticket },
    sweepAfterMs: doubles && Math.max(FIRST_SWEEP_MS, 2 * helpdesk.indexLagMs),
  });
  return {
    queue: 'ticket',
    concurrency: 8,
    deadlineMs: 30_000,
    lagMs: helpdesk.indexLagMs,
    prepare: (effect) => ({ is: 'ready', effect }),
    async attempt(effect): Promise<Outcome<Accepted>> {
      if (!isTicketOrder(effect)) return { is: 'permanent', why: 'no ticket order' };
      if (effect.kind === 'ticket.open') return mapDone(await helpdesk.create(effect.content), accepted);
      if (effect.kind === 'ticket.sweep')
        return sweep(helpdesk, effect.content.key, incidentOf(effect.incident));
      const ticket = incidentOf(effect.incident)?.ticket;
      if (!ticket) return { is: 'permanent', why: 'the ticket was never opened' };
      return mapDone(await change(helpdesk, effect, ticket.remoteId), (remoteId) => ({ remoteId }));
    },
    lookUp(effect) {
      if (!isTicketOrder(effect)) return undefined;
      if (effect.kind === 'ticket.open') {
        return helpdesk
          .find(effect.content.key)
          .then((found) => mapDone(found, (ticket) => ticket && accepted(ticket)));
      }
      // Status changes can be made twice.
      const ticket = incidentOf(effect.incident)?.ticket;
      if (effect.kind !== 'ticket.note' || !helpdesk.findNote || !ticket) return undefined;
      return helpdesk
        .findNote(ticket.remoteId, effect.id)
        .then((found) => mapDone(found, (remoteId) => (remoteId === null ? null : { remoteId })));
    },
  };
}

/** Of several open tickets with one key the oldest is kept; when the incident is over, none is. */
async function sweep(
  helpdesk: Helpdesk,
  key: string,
  incident: Incident | undefined,
): Promise<Outcome<Accepted>> {
  const { adapter, doubles } = helpdesk;
  const found = doubles ? await doubles.findAll(key) : ({ is: 'done', value: [] } as const);
  if (found.is !== 'done') return found;
  const open = found.value.filter(({ isOpen }) => isOpen);
  const own = incident?.ticket;
  const isOver = incident === undefined || !isOpen(incident);
  const keptOne = isOver
    ? (found.value.find(({ remoteId }) => remoteId === own?.remoteId) ?? found.value[0])
    : open[0];
  const nothing: Outcome<Accepted> = { is: 'done', value: { remoteId: own?.remoteId ?? '' } };
  // With a single ticket there is no double, whatever its state: that is the business of its own lane.
  if (keptOne === undefined || found.value.length < 2) return nothing;
  const doubled = open.filter(({ remoteId }) => isOver || remoteId !== keptOne.remoteId);
  for (const { remoteId } of doubled) {
    const closed = await doubles!.close(remoteId, keptOne);
    if (closed.is !== 'done') return closed;
  }
  if (doubled.length === 0) return nothing;
  const { remoteId, url } = keptOne;
  return { is: 'done', value: { remoteId, ticket: { adapter, remoteId, url } } };
}

function change(helpdesk: Helpdesk, effect: Effect<TicketOrder>, remoteId: string): Promise<Outcome<string>> {
  switch (effect.kind) {
    case 'ticket.note':
      return helpdesk.note(remoteId, { key: effect.id, text: effect.content.body });
    case 'ticket.reopen':
      return helpdesk.reopen(remoteId);
    default:
      return helpdesk.resolve(remoteId);
  }
}
