import { randomBytes } from 'node:crypto';
import type { Priority } from '../../src/core/target.ts';
import {
  FakeHelpdesk,
  HUMAN,
  oursOf,
  Refused,
  US,
  type FakeAnswer,
  type FakeCall,
  type FakeTicket,
  type HumanHand,
  type Json,
  type TicketView,
} from './fake-helpdesk.ts';

const PRIORITY = { urgent: 'urgent', high: 'high', medium: 'normal', low: 'low' };
const STATUS = { open: 'open', pending: 'pending', resolved: 'solved' };
const STATUSES = ['new', 'open', 'pending', 'hold', 'solved', 'closed'];
const USERS = {
  [US]: { id: 11, name: 'Watchdesk', role: 'admin' },
  [HUMAN]: { id: 12, name: 'Ana Agent', role: 'agent' },
  customer: { id: 13, name: 'Carl Customer', role: 'end-user', email: 'carl@else.example' },
  ann: { id: 14, name: 'Ann', role: 'end-user', email: 'Ann@acme.example' },
};
const GROUP = 42;

/** Zendesk's tickets: unknown properties are ignored, wrong values answered with 422, idempotency keys kept. */
export class FakeZendesk extends FakeHelpdesk {
  readonly email = 'monitor@example.com';
  readonly apiToken = randomBytes(12).toString('hex');
  /** Drops the external id, as a trigger may. */
  dropsExternalId = false;
  readonly #idempotent = new Map<string, { text: string; answer: FakeAnswer }>();

  view(ticket: FakeTicket): TicketView {
    const { fields, id, entries, mergedInto } = ticket;
    const status = String(fields['status']);
    return {
      id,
      key: (fields['external_id'] as string | undefined) ?? undefined,
      subject: String(fields['subject']),
      body: String(fields['description']),
      status: ['solved', 'closed'].includes(status)
        ? 'resolved'
        : ['pending', 'hold'].includes(status)
          ? 'pending'
          : 'open',
      priority: oursOf(PRIORITY, fields['priority']),
      mergedInto,
      entries: entries.slice(1),
    };
  }

  openByHuman(subject: string, priority: Priority): FakeTicket {
    const ticket = this.add({
      subject,
      description: subject,
      status: 'new',
      priority: PRIORITY[priority],
      tags: [],
    });
    this.enter(ticket, { author: 'customer', body: subject, isPublic: true });
    return ticket;
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['status'] = STATUS[status];
    if (priority) ticket.fields['priority'] = PRIORITY[priority];
    if (assignee !== undefined) ticket.fields['assignee_id'] = assignee ? USERS[HUMAN].id : null;
  }

  protected override merge(ticket: FakeTicket, into: string): void {
    ticket.mergedInto = into;
    ticket.fields['status'] = 'closed';
    ticket.fields['tags'] = [...((ticket.fields['tags'] ?? []) as string[]), 'closed_by_merge'];
    this.enter(ticket, {
      author: HUMAN,
      body: `This request was closed and merged into request #${into}.`,
      isPublic: false,
    });
  }

  protected authenticate({ headers, path }: FakeCall): void {
    const expected = `Basic ${Buffer.from(`${this.email}/token:${this.apiToken}`).toString('base64')}`;
    if (headers.authorization === expected) return;
    // Anybody may ask who they are.
    if (path === '/api/v2/users/me') throw new Refused(200, { user: { id: null, name: 'Anonymous user' } });
    throw new Refused(401, { error: "Couldn't authenticate you" });
  }

  protected missing(): FakeAnswer {
    return { status: 404, body: { error: 'RecordNotFound', description: 'Not found' } };
  }

  protected override limited(): FakeAnswer {
    const headers = {
      'retry-after': String(this.retryAfterS),
      'x-rate-limit': '200',
      'x-rate-limit-remaining': '0',
      'ratelimit-reset': '31',
    };
    return {
      status: 429,
      body: {
        error: 'APIRateLimitExceeded',
        description: 'Number of allowed API requests per minute exceeded',
      },
      headers,
    };
  }

  protected answer({ method, path, query, body, headers, text }: FakeCall): FakeAnswer | undefined {
    const at = path.replace(/^\/api\/v2/, '');
    const id = /\/(\d+)/.exec(at)?.[1] ?? '';
    switch (`${method} ${at.replace(/\d+/, ':id')}`) {
      case 'GET /tickets':
        return ok(this.#list(query));
      case 'POST /tickets':
        return this.#create(body, String(headers['idempotency-key'] ?? ''), text);
      case 'GET /tickets/:id':
        return ok({ ticket: shown(this.ticket(id)), ...sideload(query) });
      case 'PUT /tickets/:id':
        return this.#update(this.ticket(id), (body['ticket'] ?? {}) as Json);
      case 'GET /tickets/:id/comments': {
        const ticket = this.ticket(id);
        return ok({
          comments: ticket.entries.map(comment),
          users: Object.values(USERS),
          meta: { has_more: false },
        });
      }
      case 'POST /tickets/:id/merge': {
        const target = this.ticket(id);
        for (const source of body['ids'] as number[]) {
          const ticket = this.ticket(String(source));
          if (ticket.fields['status'] === 'closed')
            throw new Refused(422, { error: 'RecordInvalid', description: 'already closed' });
          this.merge(ticket, target.id);
          this.enter(ticket, {
            author: US,
            body: `${String(body['source_comment'])} merged into request #${target.id}`,
            isPublic: false,
          });
        }
        return ok({ job_status: { id: 'j1', status: 'queued' } });
      }
      case 'GET /users/me':
        return ok({ user: USERS[US] });
      case 'GET /users/:id': {
        const user = Object.values(USERS).find((one) => String(one.id) === id);
        return user ? ok({ user }) : this.missing();
      }
      case 'GET /groups/:id':
        return id === String(GROUP) ? ok({ group: { id: GROUP } }) : this.missing();
      case 'GET /ticket_fields':
        return ok({
          ticket_fields: [
            { id: 1, type: 'subject', title: 'Subject' },
            {
              id: 2,
              type: 'status',
              system_field_options: STATUSES.map((value) => ({ name: value, value })),
            },
            {
              id: 3,
              type: 'priority',
              system_field_options: Object.values(PRIORITY).map((value) => ({ name: value, value })),
            },
          ],
        });
      default:
        return undefined;
    }
  }

  #create(body: Json, idempotencyKey: string, text: string): FakeAnswer {
    const known = this.#idempotent.get(idempotencyKey);
    if (known) {
      if (known.text !== text) {
        throw new Refused(400, {
          error: 'IdempotentRequestError',
          description: "Request parameters don't match the given idempotency key",
        });
      }
      return { ...known.answer, headers: { 'x-idempotency-lookup': 'hit' } };
    }
    const ticket = (body['ticket'] ?? {}) as Json;
    const said = ticket['comment'] as Json | undefined;
    if (typeof said?.['body'] !== 'string' || said['body'] === '')
      invalid('base', 'Description: cannot be blank');
    this.#check(ticket);
    this.onWrite('ticket', ticket);
    const { comment: _comment, requester: _requester, custom_fields: _custom, ...fields } = ticket;
    if (this.dropsExternalId) delete fields['external_id'];
    const made = this.add({ status: 'new', priority: null, tags: [], ...fields, description: said!['body'] });
    this.enter(made, { author: US, body: String(said!['body']), isPublic: said!['public'] !== false });
    const answer = {
      status: 201,
      body: { ticket: shown(made), audit: {} },
      headers: { 'x-idempotency-lookup': 'miss' },
    };
    if (idempotencyKey) this.#idempotent.set(idempotencyKey, { text, answer });
    return answer;
  }

  #update(ticket: FakeTicket, wanted: Json): FakeAnswer {
    if (ticket.fields['status'] === 'closed') invalid('status', 'Status: closed prevents ticket update');
    this.#check(wanted);
    const { comment: said, ...fields } = wanted;
    Object.assign(ticket.fields, fields);
    if (said !== undefined) {
      this.onWrite('note', said as Json);
      const { body, public: isPublic } = said as Json;
      this.enter(ticket, { author: US, body: String(body), isPublic: isPublic !== false });
    }
    this.touch(ticket);
    return ok({ ticket: shown(ticket), audit: {} });
  }

  #list(query: URLSearchParams): Json {
    if (query.has('query'))
      throw new Refused(400, { error: 'InvalidParameter', description: 'query is not supported here' });
    const external = query.get('external_id');
    const sort = query.get('sort') ?? 'id';
    const listed = this.listed().filter(
      ({ fields }) => external === null || fields['external_id'] === external,
    );
    const sorted = listed.toSorted((a, b) => a.updatedAtMs - b.updatedAtMs || Number(a.id) - Number(b.id));
    if (sort === 'id') sorted.sort((a, b) => Number(a.id) - Number(b.id));
    if (sort.startsWith('-')) sorted.reverse();
    const size = Number(query.get('page[size]') ?? 100);
    if (!(size >= 1 && size <= 100))
      throw new Refused(400, { errors: [{ code: 'InvalidPaginationParameter' }] });
    const from = Number(query.get('page[after]') ?? 0);
    const tickets = sorted.slice(from, from + size).map(shown);
    return {
      tickets,
      ...sideload(query),
      meta: { has_more: from + size < sorted.length, after_cursor: String(from + size) },
    };
  }

  #check(ticket: Json): void {
    const { priority, status, group_id: group } = ticket;
    if (priority !== undefined && !Object.values(PRIORITY).includes(String(priority)))
      invalid('priority', `Priority: ${String(priority)} is invalid`);
    if (status !== undefined && !STATUSES.includes(String(status)))
      invalid('status', `Status: ${String(status)} is invalid`);
    if (group !== undefined && group !== GROUP) invalid('group_id', 'Group: is invalid');
    if ('assignee_id' in ticket && ticket['assignee_id'] !== USERS[HUMAN].id)
      invalid('assignee_id', 'Assignee: is not an agent');
    if (String(ticket['subject'] ?? '').length > 150) invalid('subject', 'Subject: is too long');
  }
}

function invalid(field: string, description: string): never {
  throw new Refused(422, {
    error: 'RecordInvalid',
    description: 'Record validation errors',
    details: { [field]: [{ description, error: 'InvalidValue' }] },
  });
}

/** Users stand beside the tickets only when they were asked for. */
const sideload = (query: URLSearchParams) =>
  query.get('include') === 'users' && { users: Object.values(USERS) };

const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');

const ok = (body: unknown): FakeAnswer => ({
  status: 200,
  body,
  headers: { 'x-rate-limit': '700', 'x-rate-limit-remaining': '690' },
});

const shown = ({ id, fields, createdAtMs, updatedAtMs }: FakeTicket) => ({
  ...fields,
  id: Number(id),
  created_at: stamp(createdAtMs),
  updated_at: stamp(updatedAtMs),
});

const comment = ({ id, author, body, isPublic, at }: FakeTicket['entries'][number]) => ({
  id,
  type: 'Comment',
  author_id: USERS[author].id,
  body,
  plain_body: body,
  public: isPublic,
  created_at: stamp(at),
});
