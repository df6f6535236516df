import { randomBytes } from 'node:crypto';
import type { Priority } from '../../src/core/target.ts';
import {
  FakeHelpdesk,
  HUMAN,
  Refused,
  US,
  type FakeAnswer,
  type FakeCall,
  type FakeTicket,
  type HumanHand,
  type Json,
  type TicketView,
} from './fake-helpdesk.ts';

const STATE = { open: '2', pending: '3', resolved: '6' };
const GRADE: Record<Priority, [string, string]> = {
  urgent: ['1', '1'],
  high: ['1', '2'],
  medium: ['2', '2'],
  low: ['3', '3'],
};
const DERIVED: Record<string, string> = {
  11: '1',
  12: '2',
  21: '2',
  13: '3',
  31: '3',
  22: '3',
  23: '4',
  32: '4',
  33: '5',
};
const OURS: Record<string, Priority> = { 1: 'urgent', 2: 'high', 3: 'medium', 4: 'low', 5: 'low' };
const COLUMNS = new Set([
  'short_description', 'description', 'impact', 'urgency', 'state', 'correlation_id', 'correlation_display', 'caller_id',
  'company', 'assigned_to', 'assignment_group', 'category', 'close_code', 'close_notes', 'hold_reason', 'parent_incident', 'priority',
]); // prettier-ignore
const ANA = '62826bf03710200044e0bfc8bcbe5df1';
const CODES = [
  'Duplicate',
  'Known error',
  'Resolved by caller',
  'Solution provided',
  'Workaround provided',
  'User error',
];
const LENGTHS: Record<string, number> = { short_description: 160, description: 4000, correlation_id: 100 };

/**
 * ServiceNow's incident table: unknown columns are dropped without a word, long text is cut, the priority is derived,
 * data policies refuse with 403, and a query with a part that it does not understand returns everything.
 */
export class FakeServiceNow extends FakeHelpdesk {
  readonly user = 'watchdesk';
  readonly password = randomBytes(12).toString('hex');
  dropsCorrelation = false;
  /** A part of every query is not understood, and left out. */
  ignoresQueries = false;

  view(ticket: FakeTicket): TicketView {
    const { fields, id, entries, mergedInto } = ticket;
    const state = String(fields['state']);
    return {
      id,
      key: (fields['correlation_id'] as string) || undefined,
      subject: String(fields['short_description']),
      body: String(fields['description']),
      status: ['6', '7', '8'].includes(state) ? 'resolved' : state === '3' ? 'pending' : 'open',
      priority: OURS[derived(fields)],
      mergedInto,
      entries,
    };
  }

  openByHuman(subject: string, priority: Priority): FakeTicket {
    const [impact, urgency] = GRADE[priority];
    const fields = {
      short_description: subject,
      description: subject,
      state: '1',
      impact,
      urgency,
      correlation_id: '',
    };
    return this.#record(fields);
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['state'] = STATE[status];
    if (priority) [ticket.fields['impact'], ticket.fields['urgency']] = GRADE[priority];
    if (assignee !== undefined) ticket.fields['assigned_to'] = assignee ? ANA : '';
  }

  protected override merge(ticket: FakeTicket, into: string): void {
    ticket.mergedInto = into;
    Object.assign(ticket.fields, { state: '6', close_code: 'Duplicate', parent_incident: into });
  }

  protected authenticate({ headers }: FakeCall): void {
    const expected = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString('base64')}`;
    if (headers.authorization === expected) return;
    throw new Refused(401, failure('User Not Authenticated', 'Required to provide Auth information'));
  }

  protected missing(): FakeAnswer {
    return {
      status: 404,
      body: failure('No Record found', "Record doesn't exist or ACL restricts the record retrieval"),
    };
  }

  protected override limited(): FakeAnswer {
    const headers = {
      'retry-after': String(this.retryAfterS),
      'x-ratelimit-limit': '100',
      'x-ratelimit-rule': 'Table API',
    };
    return {
      status: 429,
      body: failure('Rate limit exceeded', 'Rate limit of 100 requests per hour for Table API exceeded'),
      headers,
    };
  }

  protected answer({ method, path, query, body }: FakeCall): FakeAnswer | undefined {
    const [, , , , table = '', id = ''] = path.split('/');
    if (!path.startsWith('/api/now/table/')) return undefined;
    const fields = query.get('sysparm_fields')?.split(',');
    switch (`${method} ${table}${id ? '/:id' : ''}`) {
      case 'GET incident':
        return ok(this.#query(query).map((ticket) => shown(ticket, fields)));
      case 'POST incident': {
        this.#policy(body, {});
        this.onWrite('ticket', body);
        const ticket = this.#record({
          state: '1',
          impact: '3',
          urgency: '3',
          correlation_id: '',
          ...this.#kept(body),
        });
        return { status: 201, body: { result: shown(ticket, fields) } };
      }
      case 'GET incident/:id':
        return ok(shown(this.ticket(id), fields));
      case 'PATCH incident/:id': {
        const ticket = this.ticket(id);
        this.#policy(body, ticket.fields);
        const { work_notes: note, comments: reply, ...columns } = body;
        Object.assign(ticket.fields, this.#kept(columns));
        for (const [text, isPublic] of [
          [note, false],
          [reply, true],
        ] as const) {
          if (text === undefined) continue;
          this.onWrite('note', { body: text });
          this.enter(ticket, { author: US, body: String(text), isPublic });
        }
        this.touch(ticket);
        return ok(shown(ticket, fields));
      }
      case 'GET sys_journal_field': {
        const asked = /element_id=(\w+)/.exec(query.get('sysparm_query') ?? '')?.[1];
        const element = this.ignoresQueries ? undefined : asked;
        const all = this.tickets.filter((ticket) => element === undefined || ticket.id === element);
        return ok(
          all.flatMap((ticket) =>
            ticket.entries.map(({ author, body: value, isPublic, at }) => ({
              element_id: ticket.id,
              element: isPublic ? 'comments' : 'work_notes',
              value,
              sys_created_on: stamp(at),
              sys_created_by: { [US]: this.user, [HUMAN]: 'Ana Agent', customer: 'carl' }[author],
            })),
          ),
        );
      }
      case 'GET sys_choice':
        return ok([
          ...['1', '2', '3', '6', '7', '8'].map((value) => ({
            name: 'incident',
            element: 'state',
            value,
            label: value,
          })),
          ...CODES.map((value) => ({ name: 'incident', element: 'close_code', value, label: value })),
        ]);
      default:
        return { status: 400, body: failure(`Invalid table ${table}`, null) };
    }
  }

  #record(fields: Json): FakeTicket {
    const ticket = this.add(fields, randomBytes(16).toString('hex'));
    ticket.fields['number'] = `INC${String(this.tickets.length).padStart(7, '0')}`;
    return ticket;
  }

  #kept(body: Json): Json {
    const known = Object.entries(body).filter(([name]) => COLUMNS.has(name) && name !== 'priority');
    return Object.fromEntries(
      known
        .filter(([name]) => name !== 'correlation_id' || !this.dropsCorrelation)
        .map(([name, value]) => [name, String(value).slice(0, LENGTHS[name] ?? 4_000)]),
    );
  }

  #policy(body: Json, before: Json): void {
    const { state, close_code, close_notes, hold_reason } = { ...before, ...body };
    const missing = [
      ...(String(state) === '6' && !close_code ? ['Resolution code'] : []),
      ...(String(state) === '6' && !close_notes ? ['Resolution notes'] : []),
      ...(String(state) === '3' && !Number(hold_reason) ? ['On hold reason'] : []),
    ];
    if (missing.length > 0) {
      throw new Refused(
        403,
        failure(
          'Operation Failed',
          `Data Policy Exception: The following fields are mandatory: ${missing.join(', ')}`,
        ),
      );
    }
  }

  #query(query: URLSearchParams): FakeTicket[] {
    const parts = (query.get('sysparm_query') ?? '').split('^');
    let found = this.listed();
    if (this.ignoresQueries) return found;
    const [first = '', second = ''] = parts;
    const key = /^correlation_id=(.*)$/.exec(first)?.[1];
    const tail = /^ORshort_descriptionENDSWITH(.*)$/.exec(second)?.[1];
    const since = /^sys_updated_on>=(.*)$/.exec(first)?.[1];
    if (key !== undefined) {
      found = found.filter(
        ({ fields }) =>
          fields['correlation_id'] === key ||
          (tail !== undefined && String(fields['short_description']).endsWith(tail)),
      );
    } else if (since !== undefined) found = found.filter((ticket) => stamp(ticket.updatedAtMs) >= since);
    const by = parts.includes('ORDERBYsys_updated_on') ? 'updatedAtMs' : 'createdAtMs';
    const from = Number(query.get('sysparm_offset') ?? 0);
    return found
      .toSorted((a, b) => a[by] - b[by])
      .slice(from, from + Number(query.get('sysparm_limit') ?? 10_000));
  }
}

const derived = (fields: Json): string =>
  DERIVED[`${String(fields['impact'])}${String(fields['urgency'])}`] ?? '5';

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

const failure = (message: string, detail: string | null) => ({
  error: { message, detail },
  status: 'failure',
});

const ok = (result: unknown): FakeAnswer => ({ status: 200, body: { result } });

/** All values are strings, empty ones too. */
function shown({ id, fields, createdAtMs, updatedAtMs }: FakeTicket, wanted?: string[]): Json {
  const isAssigned = fields['assigned_to'] === ANA;
  const all: Json = {
    ...fields,
    sys_id: id,
    priority: derived(fields),
    'assigned_to.name': isAssigned ? 'Ana Agent' : '',
    'assigned_to.user_name': isAssigned ? 'ana' : '',
    'caller_id.user_name': 'carl',
    sys_created_on: stamp(createdAtMs),
    sys_updated_on: stamp(updatedAtMs),
  };
  return wanted ? Object.fromEntries(wanted.map((name) => [name, all[name] ?? ''])) : all;
}
