import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FreshdeskTicket {
  id: number;
  subject: string;
  description: string;
  priority: number;
  status: number;
  source: number;
  tags: string[];
  custom_fields: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  /** Our own books: when it came in, and its notes. */
  createdAtMs: number;
  notes: { id: number; body: string; private: boolean }[];
}

const TICKET_FIELDS = new Set([
  'name', 'requester_id', 'email', 'phone', 'unique_external_id', 'subject', 'type', 'status', 'priority',
  'description', 'responder_id', 'cc_emails', 'custom_fields', 'due_by', 'fr_due_by', 'group_id', 'product_id',
  'source', 'tags', 'company_id', 'parent_id',
]); // prettier-ignore

type Json = Record<string, unknown>;

/**
 * Freshdesk's tickets over HTTP, strict: it rejects unknown fields, wrong values and bad credentials as Freshdesk
 * does, has its listing lag behind, and keeps its own books.
 */
export class FakeFreshdesk {
  readonly apiKey = randomBytes(10).toString('hex');
  readonly tickets: FreshdeskTicket[] = [];
  readonly complaints: string[] = [];
  /** How long a new ticket is missing from listings. */
  lagMs = 0;
  /** Hears of every ticket and note before it is answered. */
  onWrite: (what: string, body: Json) => void = () => {};
  readonly #server: Server;
  readonly #keyField: string;

  constructor(keyField = 'cf_watchdesk_key') {
    this.#keyField = keyField;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
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

  /** Tickets of one of our incidents, by its key. */
  withKey(key: string): FreshdeskTicket[] {
    return this.tickets.filter((ticket) => ticket.custom_fields[this.#keyField] === key);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://freshdesk');
    const expected = `Basic ${Buffer.from(`${this.apiKey}:X`).toString('base64')}`;
    if (request.headers.authorization !== expected) {
      return send(response, 401, {
        code: 'invalid_credentials',
        message: 'You have to be logged in to perform this action.',
      });
    }
    let text = '';
    for await (const piece of request) text += piece;
    const route = `${request.method} ${url.pathname.replace(/^\/api\/v2/, '').replace(/\d+/, ':id')}`;
    const id = Number(/\/(\d+)/.exec(url.pathname.replace('/api/v2', ''))?.[1]);
    switch (route) {
      case 'GET /tickets':
        return this.#list(url.searchParams, response);
      case 'POST /tickets':
        return this.#create(JSON.parse(text) as Json, response);
      case 'PUT /tickets/:id':
        return this.#update(id, JSON.parse(text) as Json, response);
      case 'POST /tickets/:id/notes':
        return this.#note(id, JSON.parse(text) as Json, response);
      case 'GET /tickets/:id/conversations': {
        const ticket = this.#ticket(id);
        return ticket ? send(response, 200, ticket.notes) : send(response, 404, undefined);
      }
      default:
        this.complaints.push(route);
        return send(response, 404, undefined);
    }
  }

  #ticket = (id: number) => this.tickets.find((ticket) => ticket.id === id);

  #create(body: Json, response: ServerResponse): void {
    const errors = this.#errors(body);
    if (!('email' in body || 'requester_id' in body)) errors.push(error('email', 'missing_field'));
    for (const field of ['subject', 'description', 'status', 'priority']) {
      if (!(field in body)) errors.push(error(field, 'missing_field'));
    }
    if (errors.length > 0) return refuse(response, errors);
    const now = Date.now();
    this.onWrite('ticket', body);
    const ticket: FreshdeskTicket = {
      id: this.tickets.length + 1,
      subject: String(body['subject']),
      description: String(body['description']),
      priority: Number(body['priority']),
      status: Number(body['status']),
      source: Number(body['source'] ?? 2),
      tags: (body['tags'] ?? []) as string[],
      custom_fields: (body['custom_fields'] ?? {}) as Json,
      created_at: stamp(now),
      updated_at: stamp(now),
      createdAtMs: now,
      notes: [],
    };
    this.tickets.push(ticket);
    send(response, 201, shown(ticket));
  }

  #update(id: number, body: Json, response: ServerResponse): void {
    const ticket = this.#ticket(id);
    if (!ticket) return send(response, 404, undefined);
    const errors = this.#errors(body);
    if (errors.length > 0) return refuse(response, errors);
    Object.assign(ticket, body, { updated_at: stamp(Date.now()) });
    send(response, 200, shown(ticket));
  }

  #note(id: number, body: Json, response: ServerResponse): void {
    const ticket = this.#ticket(id);
    if (!ticket) return send(response, 404, undefined);
    const unknown = Object.keys(body).filter(
      (key) => !['body', 'private', 'incoming', 'notify_emails', 'user_id'].includes(key),
    );
    if (unknown.length > 0)
      return refuse(
        response,
        unknown.map((key) => error(key, 'invalid_field')),
      );
    if (typeof body['body'] !== 'string' || body['body'] === '')
      return refuse(response, [error('body', 'missing_field')]);
    this.onWrite('note', body);
    const note = { id: ticket.notes.length + 1, body: body['body'], private: body['private'] !== false };
    ticket.notes.push(note);
    ticket.updated_at = stamp(Date.now());
    send(response, 201, note);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const since = Date.parse(query.get('updated_since') ?? '');
    const per = Number(query.get('per_page') ?? 30);
    const page = Number(query.get('page') ?? 1);
    if (!(per >= 1 && per <= 100)) return refuse(response, [error('per_page', 'invalid_value')]);
    for (const name of query.keys()) {
      if (!['updated_since', 'order_by', 'order_type', 'per_page', 'page', 'include'].includes(name)) {
        return refuse(response, [error(name, 'invalid_field')]);
      }
    }
    const visible = this.tickets.filter(
      (ticket) =>
        ticket.createdAtMs + this.lagMs <= Date.now() &&
        (Number.isNaN(since) || Date.parse(ticket.updated_at) >= since),
    );
    if (query.get('order_type') === 'desc') visible.reverse();
    send(response, 200, visible.slice((page - 1) * per, page * per).map(shown));
  }

  #errors(body: Json) {
    const errors = Object.keys(body)
      .filter((key) => !TICKET_FIELDS.has(key))
      .map((key) => error(key, 'invalid_field'));
    if ('priority' in body && ![1, 2, 3, 4].includes(Number(body['priority'])))
      errors.push(error('priority', 'invalid_value'));
    if ('status' in body && ![2, 3, 4, 5].includes(Number(body['status'])))
      errors.push(error('status', 'invalid_value'));
    for (const key of Object.keys((body['custom_fields'] ?? {}) as Json)) {
      if (key !== this.#keyField) errors.push(error(`custom_fields.${key}`, 'invalid_field'));
    }
    if (String(body['subject'] ?? '').length > 255) errors.push(error('subject', 'invalid_value'));
    return errors;
  }
}

const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');

const shown = ({ createdAtMs: _at, notes: _notes, ...ticket }: FreshdeskTicket) => ticket;

const error = (field: string, code: string) => ({
  field,
  code,
  message: code === 'invalid_field' ? 'Unexpected/invalid field in request' : 'It should be a valid value',
});

const refuse = (response: ServerResponse, errors: unknown[]): void =>
  send(response, 400, { description: 'Validation failed', errors });

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-ratelimit-total': '700',
    'x-ratelimit-remaining': '690',
    'x-ratelimit-used-currentrequest': '1',
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
