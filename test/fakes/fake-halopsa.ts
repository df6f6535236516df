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

const TICKET_FIELDS = new Set([
  'id', 'summary', 'details', 'details_html', 'tickettype_id', 'client_id', 'site_id', 'user_id', 'status_id',
  'priority_id', 'agent_id', 'team', 'category_1', 'customfields',
]); // prettier-ignore
const ACTION_FIELDS = new Set(['ticket_id', 'outcome', 'note_html', 'note', 'hiddenfromuser', 'sendemail']);
const LIST_PARAMETERS = new Set([
  'pageinate',
  'page_size',
  'page_no',
  'order',
  'orderdesc',
  'lastupdatefromdate',
]);
const PRIORITY = { urgent: 1, high: 2, medium: 3, low: 4 };
const STATUS = { open: 1, pending: 4, resolved: 9 };
const STATUSES = [1, 2, 3, 4, 5, 8, 9];
const USERS = { [US]: 11, [HUMAN]: 12, customer: 0 };
const OUTCOMES = new Set(['Private Note', 'Email User']);
const CLIENT = 7;
const UNASSIGNED = 1;
const TOKEN_SECONDS = 3_600;

/**
 * HaloPSA's tickets and actions, strict where its API is: tokens by client credentials that end, arrays in, times in UTC
 * without a zone, actions that need an outcome, ids that must exist.
 */
export class FakeHaloPsa extends FakeHelpdesk {
  readonly clientId = '5a0c9a1e-0000-4000-8000-00000000beef';
  readonly clientSecret = randomBytes(20).toString('hex');
  readonly #tokens = new Set<string>();

  /** All tokens end. */
  forget(): void {
    this.#tokens.clear();
  }

  view({ fields, id, entries, mergedInto }: FakeTicket): TicketView {
    const summary = String(fields['summary']);
    const key = /\[([A-Z0-9]+)\]$/.exec(summary)?.[1];
    return {
      id,
      key,
      subject: key === undefined ? summary : summary.slice(0, -(key.length + 3)),
      body: String(fields['details_html'] ?? fields['details']),
      status: oursOf(STATUS, fields['status_id']) ?? (fields['status_id'] === 8 ? 'resolved' : 'open'),
      priority: oursOf(PRIORITY, fields['priority_id']),
      mergedInto,
      entries,
    };
  }

  openByHuman(summary: string, priority: Priority): FakeTicket {
    return this.add({
      summary,
      details: summary,
      status_id: STATUS.open,
      priority_id: PRIORITY[priority],
      agent_id: UNASSIGNED,
      client_id: CLIENT,
    });
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['status_id'] = STATUS[status];
    if (priority) ticket.fields['priority_id'] = PRIORITY[priority];
    if (assignee !== undefined) ticket.fields['agent_id'] = assignee ? USERS[HUMAN] : UNASSIGNED;
  }

  protected authenticate({ path, headers }: FakeCall): void {
    if (path === '/auth/token') return;
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    if (token === undefined || !this.#tokens.has(token)) throw new Refused(401);
  }

  protected missing(): FakeAnswer {
    return { status: 404, body: { Message: 'No record was found with this ID.' } };
  }

  protected answer(call: FakeCall): FakeAnswer | undefined {
    const { method, path, query, text } = call;
    const id = /\/(\d+)$/.exec(path)?.[1] ?? '';
    switch (`${method} ${path.replace(/\/\d+$/, '/:id')}`) {
      case 'POST /auth/token':
        return this.#token(call);
      case 'GET /api/Tickets':
        return ok(this.#list(query));
      case 'POST /api/Tickets':
        return this.#save(firstOf(text));
      case 'GET /api/Tickets/:id':
        return ok(shown(this.ticket(id)));
      case 'GET /api/Actions': {
        const { entries } = this.ticket(query.get('ticket_id') ?? '');
        const actions = entries.map((entry) => action(entry, query.get('includehtmlnote') === 'true'));
        return ok({ record_count: actions.length, actions: actions.reverse() });
      }
      case 'POST /api/Actions':
        return this.#act(firstOf(text));
      case 'GET /api/Agent/me':
        return ok({ id: USERS[US], name: 'Watchdesk' });
      case 'GET /api/Agent/:id':
        return id === String(USERS[HUMAN]) ? ok({ id: USERS[HUMAN], name: 'Ana Agent' }) : this.missing();
      case 'GET /api/Status':
        return ok(STATUSES.map((status) => ({ id: status, name: `Status ${status}` })));
      case 'GET /api/Priority':
        return ok([1, 2, 3, 4].map((priorityid) => ({ id: `3-${priorityid}`, priorityid, slaid: 3 })));
      case 'GET /api/TicketType/:id':
        return id === '1' ? ok({ id: 1, name: 'Incident' }) : this.missing();
      case 'GET /api/Client/:id':
        return id === String(CLIENT) ? ok({ id: CLIENT, name: 'Acme Ltd' }) : this.missing();
      default:
        return undefined;
    }
  }

  #token({ headers, text }: FakeCall): FakeAnswer {
    if (!String(headers['content-type']).startsWith('application/x-www-form-urlencoded'))
      this.complaints.push('a token is asked for by a form');
    const form = new URLSearchParams(text);
    const isKnown =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === this.clientId &&
      form.get('client_secret') === this.clientSecret;
    if (!isKnown || !form.get('scope')) return { status: 400, body: { error: 'invalid_client' } };
    const token = randomBytes(12).toString('hex');
    this.#tokens.add(token);
    return ok({ scope: 'all', token_type: 'Bearer', access_token: token, expires_in: TOKEN_SECONDS });
  }

  #save(given: Json): FakeAnswer {
    for (const name of Object.keys(given))
      if (!TICKET_FIELDS.has(name)) this.complaints.push(`a ticket has no field ${name}`);
    const agents = [UNASSIGNED, USERS[US], USERS[HUMAN]];
    for (const [field, values] of [
      ['status_id', STATUSES],
      ['priority_id', [1, 2, 3, 4]],
      ['agent_id', agents],
      ['client_id', [CLIENT]],
      ['tickettype_id', [1]],
    ] as const)
      if (field in given && !(values as readonly number[]).includes(given[field] as number))
        refuse(`Invalid ${field}: ${String(given[field])}`);
    if ('team' in given && given['team'] !== 'Operations') refuse(`Team ${String(given['team'])} not found`);
    if ('id' in given) {
      const ticket = this.ticket(String(given['id']));
      const { id: _id, ...fields } = given;
      Object.assign(ticket.fields, fields);
      this.touch(ticket);
      return { status: 201, body: shown(ticket) };
    }
    for (const field of ['summary', 'tickettype_id', 'client_id'])
      if (!(field in given)) refuse(`${field} must be entered`);
    this.onWrite('ticket', given);
    const ticket = this.add({ agent_id: UNASSIGNED, status_id: 1, priority_id: 3, ...given });
    return { status: 201, body: shown(ticket) };
  }

  #act(given: Json): FakeAnswer {
    for (const name of Object.keys(given))
      if (!ACTION_FIELDS.has(name)) this.complaints.push(`an action has no field ${name}`);
    if (!given['outcome']) refuse('An Outcome must be entered for this Action');
    if (!OUTCOMES.has(String(given['outcome']))) refuse(`Outcome ${String(given['outcome'])} not found`);
    const ticket = this.ticket(String(given['ticket_id']));
    this.onWrite('note', given);
    const entry = this.enter(ticket, {
      author: US,
      body: String(given['note_html'] ?? given['note']),
      isPublic: given['hiddenfromuser'] === false,
    });
    return { status: 201, body: action(entry, true) };
  }

  #list(query: URLSearchParams): Json {
    for (const name of query.keys())
      if (!LIST_PARAMETERS.has(name)) this.complaints.push(`a list has no parameter ${name}`);
    const from = query.get('lastupdatefromdate');
    if (from !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(from)) refuse('lastupdatefromdate');
    const since = from === null ? Number.NEGATIVE_INFINITY : Date.parse(`${from}Z`);
    const size = Number(query.get('page_size') ?? 50);
    if (size > 100) refuse('page_size');
    const found = this.listed()
      .filter((ticket) => ticket.updatedAtMs >= since)
      .toSorted((a, b) => Number(a.id) - Number(b.id));
    if (query.get('orderdesc') === 'true') found.reverse();
    const page = Number(query.get('page_no') ?? 1);
    return {
      page_no: page,
      page_size: size,
      record_count: found.length,
      tickets: found.slice((page - 1) * size, page * size).map(shown),
    };
  }
}

const ok = (body: unknown): FakeAnswer => ({ status: 200, body });

/** Bodies are lists. */
function firstOf(text: string): Json {
  const given = JSON.parse(text) as unknown;
  if (!Array.isArray(given) || given.length !== 1)
    throw new Refused(400, { Message: 'Error converting value to type List' });
  return given[0] as Json;
}

function refuse(message: string): never {
  throw new Refused(400, { Message: message });
}

/** UTC, and it does not say so. */
const stamp = (at: number): string => new Date(at).toISOString().replace('Z', '');

const shown = ({ id, fields, createdAtMs, updatedAtMs, mergedInto }: FakeTicket): Json => ({
  ...fields,
  id: Number(id),
  dateoccurred: stamp(createdAtMs),
  last_update: stamp(updatedAtMs),
  merged_into_id: mergedInto === undefined ? 0 : Number(mergedInto),
});

const action = (
  { id, author, body, isPublic, at }: FakeTicket['entries'][number],
  withHtml: boolean,
): Json => ({
  id,
  outcome: isPublic ? 'Email User' : 'Private Note',
  who: author === HUMAN ? 'Ana Agent' : author === US ? 'Watchdesk' : 'Ann Customer',
  who_agentid: USERS[author],
  datetime: stamp(at),
  note: body.replace(/<[^>]*>/g, ' '),
  ...(withHtml && { note_html: body }),
  hiddenfromuser: !isPublic,
});
