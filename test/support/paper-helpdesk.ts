import { z } from 'zod';
import type { ConfiguredHelpdesk } from '../../src/helpdesks/shared/configured-helpdesk.ts';
import type { Outcome } from '../../src/core/effect.ts';
import type { Priority } from '../../src/core/target.ts';
import type { HumanAct, TicketReading } from '../../src/core/ticket-reading.ts';
import type { HelpdeskRules } from '../../src/core/ticket-route.ts';
import type { Helpdesk } from '../../src/helpdesks/helpdesk.ts';

interface PaperTicket extends Omit<TicketReading, 'url'> {
  body: string;
  requester?: string;
  notes: { key: string; text: string; isPublic: boolean }[];
  acts: HumanAct[];
  isDeleted: boolean;
}

/** A helpdesk on paper, for nights whose clock is turned by hand: it can be down, and humans work in it. */
export class PaperHelpdesk {
  readonly tickets: PaperTicket[] = [];
  isDown = false;
  /** How it answers the next creates. */
  refuses: string | undefined;
  /** Takes the ticket, and the answer is lost. */
  losesAnswers = false;
  indexLagMs = 0;
  /** How it answers to opening a ticket again. */
  refusesReopening: string | undefined;
  /** How it answers to giving a ticket to somebody. */
  refusesAssigning: string | undefined;
  /** Priorities cannot be changed there. */
  keepsPriorities = false;
  /** Takes notes, and the answers are lost. */
  losesNotes = false;
  /** Our key shows only later. */
  keyComesLater = false;
  /** Changes of ours do not come to an end. */
  hangs = false;
  /** How long a ticket is still read as it was. */
  readLagMs = 0;
  readonly #hanging: (() => void)[] = [];
  readonly #past = new Map<string, { at: number; reading: TicketReading }[]>();
  polls = 0;
  lookUps = 0;
  /** Lists are answered only then. */
  listsAfter: Promise<void> = Promise.resolve();
  place = 'a drawer';
  listsAtMost = Infinity;
  /** A rule gives every new ticket to this one. */
  assignsNew: string | undefined;
  /** High and urgent are called the same. */
  hasNoHigh = false;
  #now: () => number = () => 0;

  configured(rules: Partial<HelpdeskRules> = {}): ConfiguredHelpdesk {
    const create: ConfiguredHelpdesk['type']['create'] = (_settings, { now }) => {
      this.#now = now;
      return this.#port();
    };
    const type = {
      type: 'paper',
      summary: '',
      setup: '',
      example: '',
      settings: z.any(),
      capabilities: {} as never,
      secrets: () => [],
      create,
    };
    return {
      type,
      settings: {},
      name: 'paper',
      fallbackAfterMs: 300_000,
      pollMs: 30_000,
      pageUrgent: true,
      endedByHuman: 'reopen',
      assignsItself: false,
      people: new Map(),
      ...rules,
    };
  }

  /** What hung comes to an end. */
  release(): void {
    this.hangs = false;
    for (const end of this.#hanging.splice(0)) end();
  }

  get open(): PaperTicket[] {
    return this.tickets.filter(({ status, isDeleted }) => status !== 'resolved' && !isDeleted);
  }

  notesOf(id: string): string {
    return this.#at(id)
      .notes.map(({ text }) => text)
      .join('\n');
  }

  openByHuman(subject: string, priority: Priority, more: Partial<PaperTicket> = {}): string {
    return this.#add({ subject, priority, body: subject, ...more }).remoteId;
  }

  byHuman(
    id: string,
    hand: Partial<
      Pick<PaperTicket, 'status' | 'waitingOn' | 'priority' | 'assignee' | 'mergedInto' | 'isDeleted'>
    > & {
      note?: string;
      reply?: string;
    },
  ): void {
    const { note, reply, ...fields } = hand;
    const ticket = this.#at(id);
    Object.assign(ticket, fields);
    if ('assignee' in fields) ticket.assigneeId = fields.assignee;
    if (note !== undefined) ticket.acts.push({ at: this.#now(), by: 'Ana Agent', what: 'noted' });
    if (reply !== undefined) ticket.acts.push({ at: this.#now(), by: 'Ana Agent', what: 'replied' });
    this.#touch(ticket);
  }

  #add(fields: Pick<PaperTicket, 'subject' | 'priority' | 'body'> & Partial<PaperTicket>): PaperTicket {
    const now = this.#now();
    const remoteId = String(this.tickets.length + 1);
    const ticket: PaperTicket = {
      remoteId,
      status: 'open',
      createdAt: now,
      updatedAt: now,
      notes: [],
      acts: [],
      isDeleted: false,
      ...fields,
    };
    this.tickets.push(ticket);
    return ticket;
  }

  #at(id: string): PaperTicket {
    const ticket = this.tickets.find(({ remoteId }) => remoteId === id);
    if (!ticket) throw new Error(`no ticket ${id} on paper`);
    return ticket;
  }

  #touch(ticket: PaperTicket): void {
    ticket.updatedAt = this.#now();
  }

  #port(): Helpdesk {
    const say = async <Value>(work: () => Value): Promise<Outcome<Value>> =>
      this.isDown ? { is: 'temporary', why: 'the paper is wet' } : { is: 'done', value: work() };
    const shown = (ticket: PaperTicket): TicketReading => {
      const { body: _body, notes: _notes, acts: _acts, isDeleted: _isDeleted, ...reading } = ticket;
      const priority = this.hasNoHigh && reading.priority === 'high' ? 'urgent' : reading.priority;
      return { ...reading, priority, url: `https://paper.example/${ticket.remoteId}` };
    };
    const there = () => this.tickets.filter(({ isDeleted }) => !isDeleted);
    const write = async (
      id: string,
      entry: { key: string; text: string },
      isPublic: boolean,
    ): Promise<Outcome<string>> => {
      const done = await say(() => {
        const ticket = this.#at(id);
        ticket.notes.push({ ...entry, isPublic });
        this.#touch(ticket);
        return id;
      });
      return this.losesNotes && done.is === 'done' ? { is: 'ambiguous', why: 'the answer was lost' } : done;
    };
    return {
      adapter: 'paper',
      place: this.place,
      readsAs: (priority) => (priority === 'high' && this.hasNoHigh ? 'urgent' : priority),
      indexLagMs: this.indexLagMs,
      create: async ({ key, subject, body, priority, customer }) => {
        if (this.refuses !== undefined) return { is: 'permanent', why: this.refuses };
        const made = await say(() =>
          this.#add({
            key: this.keyComesLater ? undefined : key,
            subject,
            body,
            priority,
            requester: customer?.requester,
            assignee: this.assignsNew,
          }),
        );
        if (made.is !== 'done') return made;
        if (this.losesAnswers) return { is: 'ambiguous', why: 'the answer was lost' };
        const { remoteId, url } = shown(made.value);
        return { is: 'done', value: { remoteId, url } };
      },
      findAll: (key) => {
        this.lookUps++;
        return say(() =>
          there()
            .filter((ticket) => ticket.key === key)
            .map(shown),
        );
      },
      note: (id, entry) => write(id, entry, false),
      reply: (id, entry) => write(id, entry, true),
      hasEntry: async (id, key) =>
        this.#at(id).isDeleted
          ? { is: 'permanent', why: 'no such ticket' }
          : say(() => this.#at(id).notes.some((note) => note.key === key)),
      update: (id, change) => {
        if (this.hangs) {
          return new Promise((resolve) => {
            this.#hanging.push(() => resolve({ is: 'temporary', why: 'it hung' }));
          });
        }
        if (change.priority !== undefined && change.status === undefined && this.keepsPriorities) {
          return Promise.resolve({ is: 'permanent', why: 'the priority cannot be edited' });
        }
        if (change.status === 'open' && this.refusesReopening !== undefined) {
          return Promise.resolve({ is: 'permanent', why: this.refusesReopening });
        }
        return say(() => {
          const ticket = this.#at(id);
          this.#past.set(id, [...(this.#past.get(id) ?? []), { at: this.#now(), reading: shown(ticket) }]);
          Object.assign(ticket, change);
          this.#touch(ticket);
          return id;
        });
      },
      assign: async (id, to) => {
        if (this.refusesAssigning !== undefined) return { is: 'permanent', why: this.refusesAssigning };
        return say(() => {
          const ticket = this.#at(id);
          Object.assign(ticket, { assignee: `Agent ${to}`, assigneeId: to });
          this.#touch(ticket);
          return id;
        });
      },
      read: (id) =>
        say(() => {
          const ticket = this.tickets.find(({ remoteId, isDeleted }) => remoteId === id && !isDeleted);
          const past = this.#past.get(id)?.find(({ at }) => at + this.readLagMs > this.#now());
          return ticket ? (past?.reading ?? shown(ticket)) : null;
        }),
      humanActs: (id, since) => say(() => this.#at(id).acts.filter(({ at }) => at > since)),
      changedSince: async (since) => {
        this.polls++;
        await this.listsAfter;
        const changed = () => there().filter(({ updatedAt }) => updatedAt >= since);
        return say(() => {
          const all = changed()
            .map(shown)
            .sort((a, b) => a.updatedAt - b.updatedAt);
          return { tickets: all.slice(0, this.listsAtMost), isComplete: all.length <= this.listsAtMost };
        });
      },
      closeDouble: (id, kept) =>
        say(() => {
          Object.assign(this.#at(id), { status: 'resolved', mergedInto: kept.remoteId });
          return id;
        }),
      isGenuine: (headers) => headers['x-watchdesk-secret'] === 'paper',
    };
  }
}
