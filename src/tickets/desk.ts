import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import type { TicketReading } from '../core/ticket-reading.ts';
import type { DeskTicket } from '../store/desk-store.ts';
import type { HelpdeskType, RemoteTicket } from './helpdesk.ts';

const settings = z.strictObject({});

const attempt = async <Value>(work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
  try {
    return await work();
  } catch (error) {
    return {
      is: 'temporary',
      why: `the desk cannot write: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};

/** The built-in helpdesk: its tickets live in our own store, so a key finds its ticket at once and for certain. */
export default {
  type: 'desk',
  summary: 'The built-in helpdesk; nothing to set up.',
  setup: `Nothing.`,
  example: `type: desk`,
  settings,
  capabilities: {
    keyIn: 'a unique column',
    lookUp: 'the key itself, at once',
    doubles: 'cannot be: the store refuses a second ticket for a key',
    publicReply: true,
    assignee: false,
    humanActs: '',
    changes: 'not needed: it is our own',
    deleted: 'cannot be deleted',
    webhook: '',
    inspects: '',
    worstCase: 'Exactly one.',
  },
  secrets: () => [],
  create(_settings, { desk: open, publicUrl, now }) {
    const desk = open();
    const remote = (number: number): RemoteTicket => ({
      remoteId: String(number),
      url: `${publicUrl}/tickets/${number}`,
    });
    const reading = ({ number, key, subject, status, priority, createdAt, updatedAt }: DeskTicket) =>
      ({ ...remote(number), key, subject, status, priority, createdAt, updatedAt }) satisfies TicketReading;
    const change = (remoteId: string, what: (number: number) => Promise<boolean>) =>
      attempt<string>(async () => {
        const found = await what(Number(remoteId));
        return found
          ? { is: 'done', value: remoteId }
          : { is: 'permanent', why: `there is no ticket ${remoteId}` };
      });
    return {
      adapter: 'desk',
      place: 'here',
      indexLagMs: 0,
      create: (ticket) =>
        attempt(async () => ({ is: 'done', value: remote((await desk.createTicket(ticket, now())).number) })),
      findAll: (key) =>
        attempt(async () => {
          const ticket = await desk.findTicket(key);
          return { is: 'done', value: ticket ? [reading(ticket)] : [] };
        }),
      note: (remoteId, { key, text }) =>
        change(remoteId, (number) => desk.addEntry(number, { key, event: 'note', text }, now())),
      reply: (remoteId, { key, text }) =>
        change(remoteId, (number) => desk.addEntry(number, { key, event: 'reply', text }, now())),
      update: (remoteId, { status, priority }) =>
        change(remoteId, (number) =>
          desk.change(
            number,
            { priority, ...(status && { status: status === 'resolved' ? status : 'open' }) },
            now(),
          ),
        ),
      read: (remoteId) =>
        attempt(async () => {
          const ticket = await desk.readTicket(Number(remoteId));
          return { is: 'done', value: ticket ? reading(ticket) : null };
        }),
      isGenuine: () => false,
    };
  },
} satisfies HelpdeskType<z.output<typeof settings>>;
