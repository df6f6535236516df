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

const TICKET_FIELDS: ReadonlySet<string> = new Set([
  'name', 'requester_id', 'email', 'phone', 'unique_external_id', 'subject', 'type', 'status', 'priority',
  'description', 'responder_id', 'cc_emails', 'custom_fields', 'due_by', 'fr_due_by', 'group_id', 'product_id',
  'source', 'tags', 'company_id', 'parent_id',
]); // prettier-ignore
const PRIORITY = { low: 1, medium: 2, high: 3, urgent: 4 };
const STATUS = { open: 2, pending: 3, resolved: 4 };
const USERS = { [US]: 11, [HUMAN]: 12, customer: 13 };
const GROUP = 42;

/**
 * Freshdesk's tickets, strict: unknown fields, wrong types and values, unknown ids and bad credentials are refused as
 * https://developers.freshdesk.com/api/ says.
 */
export class FakeFreshdesk extends FakeHelpdesk {
  readonly apiKey = randomBytes(10).toString('hex');
  readonly #keyField: string;
  readonly #hasKeyField: boolean;
  protected readonly ticketFields = TICKET_FIELDS;
  protected readonly listParameters: readonly string[] = [
    'updated_since',
    'order_by',
    'order_type',
    'per_page',
    'page',
    'include',
    'filter',
    'email',
  ];

  constructor(keyField = 'cf_watchdesk_key', hasKeyField = true) {
    super();
    this.#keyField = keyField;
    this.#hasKeyField = hasKeyField;
  }

  /** Tickets of one of our incidents, by its key. */
  withKey(key: string): { id: string; status: unknown; subject: string }[] {
    return this.tickets
      .filter(({ fields }) => (fields['custom_fields'] as Json)[this.#keyField] === key)
      .map(({ id, fields }) => ({ id, status: fields['status'], subject: String(fields['subject']) }));
  }

  view(ticket: FakeTicket): TicketView {
    const { fields, id, entries, mergedInto } = ticket;
    const custom = fields['custom_fields'] as Json;
    return {
      id,
      key: custom[this.#keyField] as string | undefined,
      subject: String(fields['subject']),
      body: String(fields['description']),
      status: oursOf(STATUS, fields['status']) ?? 'resolved',
      priority: oursOf(PRIORITY, fields['priority']),
      mergedInto,
      entries,
    };
  }

  openByHuman(subject: string, priority: Priority): FakeTicket {
    const more = { description: subject, source: 1, tags: [], custom_fields: {} };
    return this.add({ subject, status: STATUS.open, priority: PRIORITY[priority], ...more });
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['status'] = STATUS[status];
    if (priority) ticket.fields['priority'] = PRIORITY[priority];
    if (assignee !== undefined) ticket.fields['responder_id'] = assignee ? USERS[HUMAN] : null;
  }

  protected authenticate({ headers }: FakeCall): void {
    const expected = `Basic ${Buffer.from(`${this.apiKey}:X`).toString('base64')}`;
    if (headers.authorization === expected) return;
    throw new Refused(401, {
      code: 'invalid_credentials',
      message: 'You have to be logged in to perform this action.',
    });
  }

  protected missing(): FakeAnswer {
    return { status: 404 };
  }

  protected override limited(): FakeAnswer {
    const headers = {
      'retry-after': String(this.retryAfterS),
      'x-ratelimit-total': '200',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used-currentrequest': '1',
    };
    return { status: 429, body: { message: 'You have exceeded the limit of requests per minute' }, headers };
  }

  protected answer({ method, path, query, body }: FakeCall): FakeAnswer | undefined {
    const at = path.replace(/^\/api\/v2/, '');
    const id = /\/(\d+)/.exec(at)?.[1] ?? '';
    switch (`${method} ${at.replace(/\d+/, ':id')}`) {
      case 'GET /tickets':
        return ok(this.#list(query));
      case 'POST /tickets':
        return this.#create(body);
      case 'GET /tickets/:id':
        return ok(shown(this.ticket(id), query.get('include')));
      case 'PUT /tickets/:id': {
        const ticket = this.ticket(id);
        this.#check(body);
        Object.assign(ticket.fields, body);
        this.touch(ticket);
        return ok(shown(ticket));
      }
      case 'POST /tickets/:id/notes':
        return this.#entry(this.ticket(id), body, [
          'body',
          'private',
          'incoming',
          'notify_emails',
          'user_id',
        ]);
      case 'POST /tickets/:id/reply':
        return this.#entry(this.ticket(id), { ...body, private: false }, [
          'body',
          'private',
          'from_email',
          'user_id',
          'cc_emails',
          'bcc_emails',
        ]);
      case 'GET /tickets/:id/conversations':
        return ok(paged(this.ticket(id).entries.map(conversation), query));
      case 'PUT /tickets/merge':
        return this.#merge(body);
      case 'GET /agents/me':
        return ok({ id: USERS[US], contact: { name: 'Watchdesk' } });
      case 'GET /agents/:id':
        return id === String(USERS[HUMAN]) ? ok({ id: 12, contact: { name: 'Ana Agent' } }) : this.missing();
      case 'GET /groups/:id':
        return id === String(GROUP) ? ok({ id: GROUP, name: 'Operations' }) : this.missing();
      case 'GET /ticket_fields':
        return ok([
          {
            name: 'status',
            choices: {
              2: ['Open', 'Being Processed'],
              3: ['Pending', ''],
              4: ['Resolved', ''],
              5: ['Closed', ''],
            },
          },
          { name: 'priority', choices: { Low: 1, Medium: 2, High: 3, Urgent: 4 } },
          { name: 'ticket_type', choices: ['Question', 'Incident'] },
          ...(this.#hasKeyField ? [{ name: this.#keyField, type: 'custom_text' }] : []),
        ]);
      default:
        return undefined;
    }
  }

  #create(body: Json): FakeAnswer {
    this.#check(body);
    const errors = ['subject', 'description', 'status', 'priority']
      .filter((field) => !(field in body))
      .map((field) => error(field, 'missing_field'));
    if (!('email' in body || 'requester_id' in body)) errors.push(error('email', 'missing_field'));
    if (errors.length > 0) refuse(errors);
    this.onWrite('ticket', body);
    const { email: _email, ...fields } = body;
    const ticket = this.add({
      source: 2,
      tags: [],
      custom_fields: {},
      ...fields,
      requester_id: USERS.customer,
    });
    return { status: 201, body: shown(ticket), headers: limits() };
  }

  #entry(ticket: FakeTicket, body: Json, known: string[]): FakeAnswer {
    const unknown = Object.keys(body).filter((key) => !known.includes(key));
    if (unknown.length > 0) refuse(unknown.map((key) => error(key, 'invalid_field')));
    if (typeof body['body'] !== 'string' || body['body'] === '') refuse([error('body', 'missing_field')]);
    this.onWrite('note', body);
    const entry = this.enter(ticket, {
      author: US,
      body: body['body'] as string,
      isPublic: body['private'] === false,
    });
    return { status: 201, body: conversation(entry) };
  }

  #merge(body: Json): FakeAnswer {
    const known = [
      'primary_id',
      'ticket_ids',
      'convert_recepients_to_cc',
      'note_in_primary',
      'note_in_secondary',
    ];
    const unknown = Object.keys(body).filter((key) => !known.includes(key));
    if (unknown.length > 0) refuse(unknown.map((key) => error(key, 'invalid_field')));
    const primary = this.ticket(String(body['primary_id']));
    for (const id of body['ticket_ids'] as number[]) {
      const second = this.ticket(String(id));
      this.merge(second, primary.id);
      second.fields['status'] = 5;
      const note = body['note_in_secondary'] as Json;
      this.enter(second, { author: US, body: String(note['body']), isPublic: note['private'] === false });
    }
    return { status: 204 };
  }

  #list(query: URLSearchParams): unknown[] {
    const unknown = [...query.keys()].filter((name) => !this.listParameters.includes(name));
    if (unknown.length > 0) refuse(unknown.map((name) => error(name, 'invalid_field')));
    const since = Date.parse(query.get('updated_since') ?? '');
    const by = query.get('order_by') === 'updated_at' ? 'updatedAtMs' : 'createdAtMs';
    const sorted = this.listed()
      .filter((ticket) => Number.isNaN(since) || ticket.updatedAtMs >= since)
      .toSorted((a, b) => a[by] - b[by] || Number(a.id) - Number(b.id));
    if (query.get('order_type') !== 'asc') sorted.reverse();
    return paged(
      sorted.map((ticket) => shown(ticket, query.get('include'))),
      query,
    );
  }

  /** Values are integers, and integers only. */
  #check(body: Json): void {
    const errors = Object.keys(body)
      .filter((key) => !this.ticketFields.has(key))
      .map((key) => error(key, 'invalid_field'));
    for (const [field, values] of [
      ['priority', [1, 2, 3, 4]],
      ['status', [2, 3, 4, 5]],
    ] as const) {
      if (!(field in body)) continue;
      if (typeof body[field] !== 'number') errors.push(error(field, 'datatype_mismatch'));
      else if (!(values as readonly number[]).includes(body[field]))
        errors.push(error(field, 'invalid_value'));
    }
    if ('group_id' in body && body['group_id'] !== GROUP) errors.push(error('group_id', 'invalid_value'));
    if ('responder_id' in body && body['responder_id'] !== USERS[HUMAN])
      errors.push(error('responder_id', 'invalid_value'));
    if ('type' in body && body['type'] !== 'Incident') errors.push(error('type', 'invalid_value'));
    const custom = Object.keys((body['custom_fields'] ?? {}) as Json);
    for (const key of custom) {
      if (key !== this.#keyField || !this.#hasKeyField) {
        errors.push(error(`custom_fields.${key}`, 'invalid_field'));
      }
    }
    if (String(body['subject'] ?? '').length > 255) errors.push(error('subject', 'invalid_value'));
    if (errors.length > 0) refuse(errors);
  }
}

const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');

const limits = () => ({
  'x-ratelimit-total': '700',
  'x-ratelimit-remaining': '690',
  'x-ratelimit-used-currentrequest': '1',
});

const ok = (body: unknown): FakeAnswer => ({ status: 200, body, headers: limits() });

const CONTACTS: Record<number, string> = { [USERS.customer]: 'carl@else.example', 14: 'Ann@acme.example' };

/** The requester stands there only when it was asked for. */
const shown = (
  { id, fields, createdAtMs, updatedAtMs }: FakeTicket,
  include: string | null = null,
): Json => ({
  ...fields,
  ...(include === 'requester' && {
    requester: {
      id: fields['requester_id'],
      email: CONTACTS[Number(fields['requester_id'])] ?? null,
    },
  }),
  id: Number(id),
  created_at: stamp(createdAtMs),
  updated_at: stamp(updatedAtMs),
});

const conversation = ({ id, author, body, isPublic, at }: FakeTicket['entries'][number]) => ({
  id,
  body,
  body_text: body,
  incoming: author === 'customer',
  private: !isPublic,
  user_id: USERS[author],
  created_at: stamp(at),
  updated_at: stamp(at),
});

function paged<Item>(items: readonly Item[], query: URLSearchParams): Item[] {
  const per = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 1);
  if (!(per >= 1 && per <= 100)) refuse([error('per_page', 'invalid_value')]);
  return items.slice((page - 1) * per, page * per);
}

const error = (field: string, code: string) => ({
  field,
  code,
  message: code === 'invalid_field' ? 'Unexpected/invalid field in request' : 'It should be a valid value',
});

function refuse(errors: unknown[]): never {
  throw new Refused(400, { description: 'Validation failed', errors });
}
