import type { Actor, DeskEntry, DeskTicket } from './desk-ticket.ts';
import { actorName, stateName } from './desk-ticket.ts';
import type { DeskReason } from './desk-action.ts';

/** A webhook receiver that keeps records of tickets, such as a CRM: it gets every event, signed. */
export interface EventHook {
  name: string;
  url: string;
  secret: string;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Reasons of the events that it wants; undefined: all. */
  events?: readonly DeskReason[];
  /** Whether internal notes are sent to it too. */
  withNotes: boolean;
}

/** The body of an event: the ticket as it is now, and the new entries of its history. */
export function eventBody(
  ticket: DeskTicket,
  entries: readonly DeskEntry[],
  { at, url, withNotes }: { at: number; url: string; withNotes: boolean },
): unknown {
  return {
    at: new Date(at).toISOString(),
    ticket: {
      number: ticket.number,
      url,
      subject: ticket.subject,
      type: ticket.type,
      category: ticket.category ?? null,
      state: stateName(ticket.state),
      priority: ticket.priority,
      severity: ticket.severity ?? null,
      customer: ticket.customer ?? null,
      requester: ticket.requester
        ? { name: ticket.requester.name, email: ticket.requester.email ?? null }
        : null,
      assignee: ticket.assignee ?? null,
      created_at: new Date(ticket.createdAt).toISOString(),
      updated_at: new Date(ticket.updatedAt).toISOString(),
    },
    entries: entries
      .filter(({ isPublic, event }) => isPublic || withNotes || event !== 'note')
      .map(({ at: when, event, by, text, isPublic }) => ({
        at: new Date(when).toISOString(),
        event,
        by: byOf(by),
        text,
        public: isPublic,
      })),
  };
}

const byOf = (by: Actor) => ({ is: by.is, name: actorName(by) });
