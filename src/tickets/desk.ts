import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
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
  settings,
  secrets: () => [],
  create(_settings, { desk, publicUrl, now }) {
    const remote = (number: number): RemoteTicket => ({
      remoteId: String(number),
      url: `${publicUrl}/tickets/${number}`,
    });
    const change = (remoteId: string, what: (number: number) => Promise<boolean>) =>
      attempt<string>(async () => {
        const found = await what(Number(remoteId));
        return found
          ? { is: 'done', value: remoteId }
          : { is: 'permanent', why: `there is no ticket ${remoteId}` };
      });
    return {
      adapter: 'desk',
      indexLagMs: 0,
      create: (ticket) =>
        attempt(async () => ({ is: 'done', value: remote((await desk.createTicket(ticket, now())).number) })),
      find: (key) =>
        attempt(async () => {
          const ticket = await desk.findTicket(key);
          return { is: 'done', value: ticket ? remote(ticket.number) : null };
        }),
      note: (remoteId, { key, text }) => change(remoteId, (number) => desk.addNote(number, key, text, now())),
      resolve: (remoteId) => change(remoteId, (number) => desk.setStatus(number, 'resolved', now())),
      reopen: (remoteId) => change(remoteId, (number) => desk.setStatus(number, 'open', now())),
    };
  },
} satisfies HelpdeskType<z.output<typeof settings>>;
