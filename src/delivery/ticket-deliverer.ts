import { isTicketOrder, mapDone, type Effect, type Outcome, type TicketOrder } from '../core/effect.ts';
import { isOpen, type Incident, type TicketReference } from '../core/incident.ts';
import { fullTime } from '../core/wording.ts';
import type { TicketReading } from '../core/ticket-reading.ts';
import { isIn, type CreatedTicket, type Helpdesk, type RemoteTicket } from '../helpdesks/helpdesk.ts';
import type { Accepted } from '../core/accepted.ts';
import type { Deliverer } from './deliverer.ts';
import { ticketQueue } from '../core/queues.ts';
import { say } from '../text/say.ts';

/** A ticket with our key but another subject may be a person's copy: a duplicate only if soon after the first. */
const SOON_MS = 15 * 60_000;
const LATE_MS = 120_000;
/** After this delay somebody else may have taken the ticket, so its assignee is read before it is assigned. */
const TAKEN_MS = 15_000;

/** A duplicate shows up soon; one that the helpdesk's index lists late is found by the later sweeps. */
const FIRST_SWEEP_MS = 10_000;

export interface TicketFacts {
  incidentOf(id: string): Incident | undefined;
  now(): number;
  timeZone: string;
}

/** Does all work on tickets in the helpdesk of that name. */
export function ticketDeliverer(
  helpdesk: Helpdesk,
  { incidentOf, now, timeZone }: TicketFacts,
  name: string,
): Deliverer {
  const referenceTo = ({ remoteId, label, url }: RemoteTicket): TicketReference => ({
    adapter: helpdesk.adapter,
    helpdesk: name,
    place: helpdesk.place,
    remoteId,
    ...(label !== undefined && { label }),
    url,
  });
  const accepted = ({ remarks, ...ticket }: CreatedTicket): Accepted => ({
    remoteId: ticket.remoteId,
    ticket: referenceTo(ticket),
    remarks,
    sweepAfterMs: helpdesk.closeDouble && Math.max(FIRST_SWEEP_MS, 2 * helpdesk.indexLagMs),
  });
  const lookedUp = (ticket: TicketReading | undefined): Accepted | null => (ticket ? accepted(ticket) : null);
  /** The ticket that an order is about. */
  const ticketOf = (effect: Effect): TicketReference | string => {
    const incident = incidentOf(effect.incident);
    const ticket = isHeld(effect) ? incident?.standIn?.ticket : incident?.ticket;
    if (!ticket) return say('delivery.never-opened');
    if (isIn(ticket, name, helpdesk)) return ticket;
    return say('delivery.helpdesk-gone', {
      ticket: ticket.remoteId,
      helpdesk: ticket.helpdesk,
      adapter: ticket.adapter,
    });
  };
  return {
    queue: ticketQueue(name),
    concurrency: 8,
    deadlineMs: 60_000,
    lagMs: helpdesk.indexLagMs,
    prepare: (effect) =>
      isStale(effect, incidentOf(effect.incident))
        ? { is: 'permanent', why: say('delivery.later-update-sent'), isMoot: true }
        : { is: 'ready', effect },
    async attempt(effect): Promise<Outcome<Accepted>> {
      if (!isTicketOrder(effect)) return { is: 'permanent', why: say('delivery.wrong-kind') };
      if (opens(effect))
        return mapDone(await helpdesk.create({ ...effect.content, orderId: effect.id }), accepted);
      if (effect.kind === 'ticket.sweep')
        return sweep(helpdesk, effect, incidentOf(effect.incident), referenceTo);
      const ticket = ticketOf(effect);
      if (typeof ticket === 'string') return { is: 'permanent', why: ticket };
      // Somebody may have taken the ticket while the helpdesk could not be reached.
      if (gives(effect) && now() - effect.createdAt >= TAKEN_MS) {
        const there = await helpdesk.read?.(ticket.remoteId);
        if (there && there.is !== 'done') return there;
        if (there?.value?.assignee !== undefined) return { is: 'done', value: { remoteId: ticket.remoteId } };
      }
      return mapDone(
        await change(helpdesk, inTime(effect, now(), timeZone), ticket.remoteId),
        (remoteId) => ({ remoteId }),
      );
    },
    lookUp(effect) {
      if (!isTicketOrder(effect)) return undefined;
      if (opens(effect)) {
        const found = helpdesk.findAll(effect.content.key);
        // A failed lookup proves nothing, so no ticket is created because of it: the lookup is retried.
        return found.then((all) =>
          all.is === 'permanent'
            ? { is: 'temporary', why: all.why }
            : mapDone(all, (tickets) => lookedUp(tickets.find((one) => isWhatIsOpened(effect, one)))),
        );
      }
      const ticket = ticketOf(effect);
      // Status changes are safe to repeat, so they need no lookup.
      if (!writes(effect) || typeof ticket === 'string' || !helpdesk.hasEntry) return undefined;
      const { remoteId } = ticket;
      return helpdesk
        .hasEntry(remoteId, effect.id, effect.kind === 'ticket.reply' ? effect.content.body : undefined)
        .then((is) => mapDone(is, (written) => (written ? { remoteId } : null)));
    },
  };
}

/** A delayed status update is dropped once a later one has been written, or the incident is over. */
function isStale({ content, createdAt }: Effect, incident: Incident | undefined): boolean {
  if (content.is !== 'ticket' || !content.isStatus || !incident) return false;
  return !isOpen(incident) || (incident.updates?.lastAt ?? createdAt) > createdAt;
}

/** A late note says when it was written. */
function inTime(effect: Effect<TicketOrder>, now: number, timeZone: string): Effect<TicketOrder> {
  if (effect.kind !== 'ticket.note' || now - effect.createdAt < LATE_MS) return effect;
  const body = `${fullTime(effect.createdAt, timeZone)}: ${effect.content.body}`;
  return { ...effect, content: { ...effect.content, body } };
}

/** An earlier, resolved ticket has the same key but is not the one that this order opens. */
const isWhatIsOpened = ({ n }: Effect, { status }: TicketReading): boolean =>
  n === 1 || status !== 'resolved';

const isHeld = ({ kind }: Effect): boolean => kind.startsWith('hold.');
const opens = ({ kind }: Effect): boolean => kind === 'ticket.open' || kind === 'hold.open';
const gives = ({ kind }: Effect): boolean => kind === 'ticket.assign' || kind === 'hold.assign';
const writes = ({ kind }: Effect): boolean =>
  kind === 'ticket.note' || kind === 'ticket.reply' || kind === 'hold.note';

/** Closes duplicates: of several open tickets with one key the oldest is kept; once the incident is over, none is. */
async function sweep(
  helpdesk: Helpdesk,
  { content }: Effect<TicketOrder>,
  incident: Incident | undefined,
  referenceTo: (ticket: RemoteTicket) => TicketReference,
): Promise<Outcome<Accepted>> {
  const found = await helpdesk.findAll(content.key);
  if (found.is !== 'done') return found;
  const open = found.value.filter(({ status }) => status !== 'resolved');
  const own = incident?.ticket;
  const isOver = incident === undefined || !isOpen(incident);
  const keptOne = isOver
    ? (found.value.find(({ remoteId }) => remoteId === own?.remoteId) ?? found.value[0])
    : open[0];
  const nothing: Outcome<Accepted> = { is: 'done', value: { remoteId: own?.remoteId ?? '' } };
  // A single ticket has no duplicate, whatever its state: its own lane takes care of it.
  if (keptOne === undefined || found.value.length < 2 || !helpdesk.closeDouble) return nothing;
  const doubled = open.filter(
    (one) =>
      one.remoteId !== keptOne.remoteId &&
      (one.subject === keptOne.subject || one.createdAt < keptOne.createdAt + SOON_MS),
  );
  for (const { remoteId } of doubled) {
    const closed = await helpdesk.closeDouble(remoteId, keptOne);
    if (closed.is !== 'done') return closed;
  }
  if (doubled.length === 0) return nothing;
  return { is: 'done', value: { remoteId: keptOne.remoteId, ticket: referenceTo(keptOne) } };
}

function change(
  helpdesk: Helpdesk,
  { kind, id, content }: Effect<TicketOrder>,
  remoteId: string,
): Promise<Outcome<string>> {
  const entry = { key: id, text: content.body };
  switch (kind) {
    case 'ticket.reply':
      // If the helpdesk cannot reply to the customer, a note at least tells the team what the customer should hear.
      if (helpdesk.reply) return helpdesk.reply(remoteId, entry);
      return helpdesk.note(remoteId, {
        ...entry,
        text: say('ticket-text.for-customer', { text: content.body }),
      });
    case 'ticket.note':
    case 'hold.note':
      return helpdesk.note(remoteId, entry);
    case 'ticket.reopen':
    case 'hold.reopen':
      return helpdesk.update(remoteId, { status: 'open', priority: content.priority });
    case 'ticket.assign':
    case 'hold.assign':
      return helpdesk.assign(remoteId, content.assignee!);
    case 'ticket.raise':
      return helpdesk.update(remoteId, { priority: content.priority });
    default:
      return helpdesk.update(remoteId, { status: 'resolved' });
  }
}
