import { z } from 'zod';
import { isOver, ticketStatus, type Actor, type DeskTicket, type Origin } from '../core/desk/desk-ticket.ts';
import type { DeskAction } from '../core/desk/desk-action.ts';
import type { Outcome } from '../core/effect.ts';
import type { TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, RemoteTicket } from './helpdesk.ts';

const settings = z.strictObject({});

/** Most tickets in one listing; the next listing continues after them. */
const MOST_CHANGES = 500;
const MONITOR: Actor = { is: 'monitor' };

const attempt = async <Value>(work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
  try {
    return await work();
  } catch (error) {
    return {
      is: 'temporary',
      why: `the desk cannot save: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};

/** The built-in helpdesk: its tickets are in our own store, so a key finds its ticket at once and for certain. */
export default {
  type: 'desk',
  summary: 'The built-in helpdesk; needs no setup.',
  setup: `Nothing to set up. [The desk and the SLA clocks](../desk.md) explains how your team and your customers use it.`,
  example: `type: desk`,
  settings,
  capabilities: {
    keyIn: 'a unique column of the store',
    lookUp: 'the key itself; immediate',
    doubles: 'impossible: the store rejects a second ticket with the same key',
    publicReply: true,
    assignee: 'not needed',
    humanActs: 'the ticket history',
    whose: 'the customer of the ticket',
    changes: 'time of change; the desk reports changes itself',
    deleted: 'impossible: tickets cannot be deleted',
    webhook: 'not needed',
    inspects: '',
    worstCase: 'Exactly one.',
  },
  secrets: () => [],
  create(_settings, { desk: open, publicUrl }) {
    const desk = open();
    const remote = (number: number): RemoteTicket => ({
      remoteId: String(number),
      url: `${publicUrl}/tickets/${number}`,
    });
    const reading = (ticket: DeskTicket): TicketReading => {
      const { number, key, subject, state, priority, assignee, isAssignedByHand } = ticket;
      const { requester, customer, createdAt, updatedAt } = ticket;
      return {
        ...remote(number),
        ...(key !== undefined && { key }),
        subject,
        status: ticketStatus(state),
        ...(state.is === 'waiting' && { waitingOn: state.on }),
        priority,
        // A ticket that the policy has assigned has not been taken by anybody.
        ...(assignee !== undefined && isAssignedByHand && { assignee, assigneeId: assignee }),
        ...(requester?.email !== undefined && { requester: requester.email }),
        ...(customer !== undefined && { companies: [customer] }),
        ...(state.is === 'merged' && { mergedInto: String(state.into) }),
        createdAt,
        updatedAt,
      };
    };
    const act = (remoteId: string, action: DeskAction) =>
      attempt<string>(async () => {
        const acted = await desk.act(Number(remoteId), MONITOR, action);
        return acted.is === 'done' ? { is: 'done', value: remoteId } : { is: 'permanent', why: acted.why };
      });
    return {
      adapter: 'desk',
      place: 'here',
      indexLagMs: 0,
      create: ({ key, subject, body, priority, customer, origin }) =>
        attempt(async () => {
          const how: Origin = origin ?? 'monitor';
          const made = await desk.open(
            { key, subject, body, priority, origin: how, ...(customer && { customer: customer.name }) },
            MONITOR,
          );
          return { is: 'done', value: remote(made.number) };
        }),
      findAll: (key) =>
        attempt(async () => {
          const ticket = await desk.byKey(key);
          return { is: 'done', value: ticket ? [reading(ticket)] : [] };
        }),
      note: (remoteId, { key, text }) => act(remoteId, { is: 'note', text, key }),
      reply: (remoteId, { key, text }) => act(remoteId, { is: 'reply', text, key }),
      async update(remoteId, { status, priority }) {
        if (status !== undefined) {
          const ticket = await desk.ticket(Number(remoteId));
          const isThere = ticket && isOver(ticket) === (status === 'resolved');
          const moved = isThere
            ? undefined
            : await act(remoteId, { is: 'state', to: status === 'resolved' ? 'resolved' : 'open' });
          if (moved && moved.is !== 'done') return moved;
        }
        if (priority === undefined) return { is: 'done', value: remoteId };
        return act(remoteId, { is: 'change', change: { priority } });
      },
      assign: (remoteId, to) => act(remoteId, { is: 'assign', to, isTaken: true }),
      read: (remoteId) =>
        attempt(async () => {
          const ticket = await desk.ticket(Number(remoteId));
          return { is: 'done', value: ticket ? reading(ticket) : null };
        }),
      humanActs: (remoteId, since) =>
        attempt(async () => ({ is: 'done', value: await desk.humanActs(Number(remoteId), since) })),
      changedSince: (since) =>
        attempt(async () => {
          const tickets = await desk.changedSince(since, MOST_CHANGES);
          return {
            is: 'done',
            value: { tickets: tickets.map(reading), isComplete: tickets.length < MOST_CHANGES },
          };
        }),
      isGenuine: () => false,
    };
  },
} satisfies HelpdeskType<z.output<typeof settings>>;
