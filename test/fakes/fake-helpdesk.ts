import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Priority } from '../../src/core/target.ts';
import type { TicketStatus } from '../../src/core/ticket-reading.ts';

export type Json = Record<string, unknown>;

/** Whoever is not our API user. */
export const HUMAN = 'human';
export const US = 'us';

export interface FakeEntry {
  id: number;
  author: typeof HUMAN | typeof US | 'customer';
  body: string;
  isPublic: boolean;
  at: number;
}

export interface FakeTicket {
  id: string;
  /** As the vendor's API calls them. */
  fields: Json;
  entries: FakeEntry[];
  createdAtMs: number;
  updatedAtMs: number;
  isDeleted: boolean;
  mergedInto?: string;
}

export interface FakeCall {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  text: string;
  body: Json;
}

export interface FakeAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** In our words; the fake writes them as its vendor would. */
export interface HumanHand {
  status?: TicketStatus;
  priority?: Priority;
  assignee?: boolean;
  reply?: string;
  note?: string;
  delete?: boolean;
  mergeInto?: string;
}

/** What a ticket is, in our words, for tests that hold for every helpdesk. */
export interface TicketView {
  id: string;
  key?: string;
  subject: string;
  body: string;
  status: TicketStatus;
  priority?: Priority;
  mergedInto?: string;
  entries: readonly Pick<FakeEntry, 'author' | 'body' | 'isPublic'>[];
}

export class Refused extends Error {
  readonly answer: FakeAnswer;
  constructor(status: number, body?: unknown, headers?: Record<string, string>) {
    super(`refused with ${status}`);
    this.answer = { status, body, headers };
  }
}

/**
 * A helpdesk over HTTP that keeps its own books. Each vendor's fake rejects what the vendor would, in the vendor's
 * words; here is what they share: the listener, faults, limits, the index that lags, and human hands.
 */
export abstract class FakeHelpdesk {
  readonly tickets: FakeTicket[] = [];
  /** What no client should ask. */
  readonly complaints: string[] = [];
  readonly calls: string[] = [];
  /** User-Agent of every call, in their order. */
  readonly callers: string[] = [];
  /** How long a new ticket is missing from listings. */
  lagMs = 0;
  /** Calls left until 429; undefined: no limit. */
  callsLeft: number | undefined;
  retryAfterS = 7;
  /** How wrong its clock is. */
  clockSkewMs = 0;
  /** Hears of every ticket and note before it is answered. */
  onWrite: (what: 'ticket' | 'note', body: Json) => void = () => {};
  /** Answers in place of the vendor; `drop`: hangs up, before it is done or after. */
  instead: (call: FakeCall) => FakeAnswer | 'drop-before' | 'drop-after' | undefined = () => undefined;
  readonly #server: Server;
  #ids = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      void (async () => {
        let text = '';
        for await (const piece of request) text += piece;
        const url = new URL(request.url!, 'http://helpdesk');
        const call: FakeCall = {
          method: request.method!,
          path: decodeURIComponent(url.pathname),
          query: url.searchParams,
          headers: request.headers,
          text,
          body: bodyOf(text),
        };
        this.calls.push(`${call.method} ${call.path}`);
        this.callers.push(String(request.headers['user-agent']));
        const instead = this.instead(call);
        if (instead === 'drop-before') return response.destroy();
        const answer = typeof instead === 'object' ? instead : this.#answered(call);
        if (instead === 'drop-after') return response.destroy();
        const isText = typeof answer.body === 'string';
        response.writeHead(answer.status, {
          'content-type': isText ? 'text/html' : 'application/json; charset=utf-8',
          date: new Date(Date.now() + this.clockSkewMs).toUTCString(),
          ...answer.headers,
        });
        response.end(answer.body === undefined ? '' : isText ? answer.body : JSON.stringify(answer.body));
      })().catch((error: unknown) => {
        this.complaints.push(`fault in the fake: ${String(error)}`);
        response.destroy();
      });
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  #answered(call: FakeCall): FakeAnswer {
    try {
      this.authenticate(call);
      if (this.callsLeft !== undefined && this.callsLeft-- <= 0) return this.limited();
      const answer = this.answer(call);
      if (answer) return answer;
      this.complaints.push(`${call.method} ${call.path}`);
      return this.missing();
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  /** Throws what the vendor answers to bad credentials. */
  protected abstract authenticate(call: FakeCall): void;
  /** Undefined for a path that the vendor does not have. */
  protected abstract answer(call: FakeCall): FakeAnswer | undefined;
  protected abstract missing(): FakeAnswer;
  /** Writes our words as the vendor's. */
  protected abstract set(ticket: FakeTicket, hand: Pick<HumanHand, 'status' | 'priority' | 'assignee'>): void;
  abstract view(ticket: FakeTicket): TicketView;

  protected limited(): FakeAnswer {
    return { status: 429, body: {}, headers: { 'retry-after': String(this.retryAfterS) } };
  }

  nextId(): number {
    return ++this.#ids;
  }

  protected add(fields: Json, id = String(this.nextId())): FakeTicket {
    const now = Date.now();
    const ticket = { id, fields, entries: [], createdAtMs: now, updatedAtMs: now, isDeleted: false };
    this.tickets.push(ticket);
    return ticket;
  }

  enter(ticket: FakeTicket, entry: Pick<FakeEntry, 'author' | 'body' | 'isPublic'>): FakeEntry {
    const made = { ...entry, id: this.nextId(), at: Date.now() };
    ticket.entries.push(made);
    this.touch(ticket);
    return made;
  }

  protected touch(ticket: FakeTicket): void {
    ticket.updatedAtMs = Math.max(Date.now(), ticket.updatedAtMs + 1);
  }

  protected ticket(id: string): FakeTicket {
    const found = this.tickets.find((one) => one.id === id && !one.isDeleted);
    if (!found) {
      const { status, body } = this.missing();
      throw new Refused(status, body);
    }
    return found;
  }

  /** What its index has seen. */
  protected listed(): FakeTicket[] {
    return this.tickets.filter(
      (ticket) => !ticket.isDeleted && ticket.createdAtMs + this.lagMs <= Date.now(),
    );
  }

  /** A human works in the helpdesk. */
  byHuman(id: string, hand: HumanHand): void {
    const ticket = this.tickets.find((one) => one.id === id)!;
    this.set(ticket, hand);
    if (hand.reply !== undefined) this.enter(ticket, { author: HUMAN, body: hand.reply, isPublic: true });
    if (hand.note !== undefined) this.enter(ticket, { author: HUMAN, body: hand.note, isPublic: false });
    if (hand.delete) ticket.isDeleted = true;
    if (hand.mergeInto !== undefined) this.merge(ticket, hand.mergeInto);
    this.touch(ticket);
  }

  protected merge(ticket: FakeTicket, into: string): void {
    ticket.mergedInto = into;
    this.set(ticket, { status: 'resolved' });
  }

  /** A ticket that a human has opened. */
  abstract openByHuman(subject: string, priority: Priority): FakeTicket;
}

function bodyOf(text: string): Json {
  try {
    return (JSON.parse(text) ?? {}) as Json;
  } catch {
    return {};
  }
}

/** Picks the one among ours that is written like that there. */
export const oursOf = <Ours extends string>(
  table: Record<Ours, unknown>,
  theirs: unknown,
): Ours | undefined => (Object.keys(table) as Ours[]).find((ours) => String(table[ours]) === String(theirs));
