import { createHash, randomBytes } from 'node:crypto';
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

const PRIORITY = { urgent: '3 high', high: '3 high', medium: '2 normal', low: '1 low' };
const STATE = { open: 'open', pending: 'pending reminder', resolved: 'closed' };
const STATES = ['new', 'open', 'pending reminder', 'pending close', 'closed', 'merged'];
const USERS = { [US]: 11, [HUMAN]: 12, customer: 13 };
const ATTRIBUTES = new Set([
  'title',
  'group',
  'customer',
  'customer_id',
  'state',
  'priority',
  'pending_time',
  'owner_id',
  'tags',
  'article',
  'note',
]);
const LINKS = 'Ticket';

/** Zammad: unknown attributes are dropped without a word, names that do not exist are 422, a failed merge is 200. */
export class FakeZammad extends FakeHelpdesk {
  readonly token = randomBytes(20).toString('hex');
  hasKeyField = true;
  mergeFails = false;
  readonly #parents: { child: string; parent: string }[] = [];

  view(ticket: FakeTicket): TicketView {
    const { fields, id, entries, mergedInto } = ticket;
    const state = String(fields['state']);
    return {
      id,
      key: fields['watchdesk_key'] as string | undefined,
      subject: String(fields['title']),
      body: String(fields['body']),
      status: ['closed', 'merged'].includes(state)
        ? 'resolved'
        : state.startsWith('pending')
          ? 'pending'
          : 'open',
      priority: { '3 high': 'urgent', '2 normal': 'medium', '1 low': 'low' }[
        String(fields['priority'])
      ] as Priority,
      mergedInto,
      entries,
    };
  }

  openByHuman(title: string, priority: Priority): FakeTicket {
    return this.#record({ title, body: title, state: 'new', priority: PRIORITY[priority] });
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['state'] = STATE[status];
    if (priority) ticket.fields['priority'] = PRIORITY[priority];
    if (assignee !== undefined) ticket.fields['owner_id'] = assignee ? USERS[HUMAN] : 1;
  }

  protected override merge(ticket: FakeTicket, into: string): void {
    ticket.mergedInto = into;
    ticket.fields['state'] = 'merged';
    ticket.fields['owner_id'] = 1;
    this.#parents.push({ child: ticket.id, parent: into });
  }

  protected authenticate({ headers }: FakeCall): void {
    if (headers.authorization === undefined) throw new Refused(403, wrong('Authentication required'));
    if (headers.authorization === `Token token=${this.token}`) return;
    throw new Refused(401, wrong("Can't find User for Token"));
  }

  protected missing(): FakeAnswer {
    return { status: 404, body: wrong("Couldn't find Ticket with 'id'") };
  }

  protected answer({ method, path, query, body }: FakeCall): FakeAnswer | undefined {
    const at = path.replace(/^\/api\/v1/, '');
    const [, , first = '', second = ''] = at.split('/');
    const isExpanded = query.get('expand') === 'true';
    const give = (ticket: FakeTicket) => (isExpanded ? expanded(ticket) : bare(ticket));
    switch (`${method} ${at.replaceAll(/\/\d+/g, '/:id')}`) {
      case 'POST /tickets':
        return this.#create(body, give);
      case 'GET /tickets/:id':
        return ok(give(this.ticket(first)));
      case 'PUT /tickets/:id': {
        const ticket = this.ticket(first);
        this.#check(body);
        if (String(body['state'] ?? '').startsWith('pending') && !body['pending_time']) {
          throw new Refused(422, wrong('Missing required value for field pending_time'));
        }
        Object.assign(ticket.fields, this.#kept(body));
        // Whoever has no rights in the group is taken off, with 200.
        if (ticket.fields['owner_id'] !== USERS[HUMAN]) ticket.fields['owner_id'] = 1;
        this.touch(ticket);
        return ok(give(ticket));
      }
      case 'POST /tickets/search':
        return ok(this.#search(body).map(give));
      case 'POST /ticket_articles': {
        const ticket = this.ticket(String(body['ticket_id']));
        if (typeof body['body'] !== 'string' || body['body'] === '')
          throw new Refused(422, wrong('body is missing'));
        if (body['type'] === 'email' && !body['to']) throw new Refused(422, wrong('to is missing'));
        this.onWrite('note', body);
        const entry = this.enter(ticket, {
          author: US,
          body: body['body'],
          isPublic: body['internal'] === false,
        });
        return { status: 201, body: article(entry) };
      }
      case 'GET /ticket_articles/by_ticket/:id':
        return ok(this.ticket(second).entries.map(article));
      case 'PUT /ticket_merge/:id/:id': {
        const source = this.ticket(first);
        const target = this.tickets.find((ticket) => ticket.fields['number'] === second);
        if (!target || this.mergeFails)
          return ok({ result: 'failed', message: 'The target ticket number could not be found.' });
        if (source.fields['state'] === 'merged')
          throw new Refused(422, wrong('It is not possible to merge into an already merged ticket.'));
        this.merge(source, target.id);
        target.entries.push(...source.entries.splice(0));
        this.touch(source);
        return ok({ result: 'success', target_ticket: expanded(target), source_ticket: expanded(source) });
      }
      case 'GET /links': {
        const id = query.get('link_object_value');
        const links = this.#parents.filter(({ child }) => child === id);
        return ok({
          links: links.map(({ parent }) => ({
            link_type: 'parent',
            link_object: LINKS,
            link_object_value: Number(parent),
          })),
        });
      }
      case 'GET /users/me':
        return ok({ id: USERS[US], login: 'watchdesk@example.com' });
      case 'GET /ticket_states':
        return ok(STATES.map((name, id) => ({ id, name, active: true })));
      case 'GET /ticket_priorities':
        return ok(['1 low', '2 normal', '3 high'].map((name, id) => ({ id, name, active: true })));
      case 'GET /groups':
        return ok([{ id: 1, name: 'Users', active: true }]);
      case 'GET /object_manager_attributes':
        return ok([
          { name: 'title', object: 'Ticket', active: true },
          ...(this.hasKeyField ? [{ name: 'watchdesk_key', object: 'Ticket', active: true }] : []),
        ]);
      default:
        return undefined;
    }
  }

  #create(body: Json, give: (ticket: FakeTicket) => unknown): FakeAnswer {
    for (const needed of ['title', 'group', 'customer']) {
      if (!body[needed]) throw new Refused(422, wrong(`Missing required value for field '${needed}'`));
    }
    this.#check(body);
    const written = body['article'] as Json | undefined;
    if (!written?.['body']) throw new Refused(422, wrong('Need at least article: { body: "some text" }'));
    this.onWrite('ticket', body);
    const ticket = this.#record({
      state: 'new',
      priority: '2 normal',
      ...this.#kept(body),
      body: written['body'],
    });
    return { status: 201, body: give(ticket) };
  }

  #record(fields: Json): FakeTicket {
    const ticket = this.add({ owner_id: 1, ...fields });
    ticket.fields['number'] = `22${ticket.id.padStart(3, '0')}`;
    return ticket;
  }

  #check(body: Json): void {
    const named = {
      state: STATES,
      priority: ['1 low', '2 normal', '3 high'],
      group: ['Users'],
      customer: ['carl@example.com', 'ops@example.com'],
    };
    for (const [field, names] of Object.entries(named)) {
      const value = body[field];
      if (value !== undefined && !names.includes(String(value))) {
        throw new Refused(422, wrong(`No lookup value found for '${field}': ${JSON.stringify(value)}`));
      }
    }
    if (typeof body['tags'] === 'object') throw new Refused(422, wrong('tags: undefined method split'));
  }

  #kept(body: Json): Json {
    const isKnown = (name: string) => ATTRIBUTES.has(name) || (name === 'watchdesk_key' && this.hasKeyField);
    return Object.fromEntries(Object.entries(body).filter(([name]) => isKnown(name) && name !== 'article'));
  }

  /** A condition on what there is not lets everything through. */
  #search(body: Json): FakeTicket[] {
    if ('query' in body) throw new Refused(400, wrong('the index is not asked here'));
    const condition = (body['condition'] ?? {}) as Record<string, { operator: string; value: string }>;
    let found = this.listed();
    for (const [field, { operator, value }] of Object.entries(condition)) {
      const name = field.replace('ticket.', '');
      if (name === 'watchdesk_key' && operator === 'is' && this.hasKeyField) {
        found = found.filter(({ fields }) => fields['watchdesk_key'] === value);
      } else if (name === 'title' && operator === 'contains') {
        found = found.filter(({ fields }) => String(fields['title']).includes(value));
      } else if (name === 'updated_at' && operator === 'after (absolute)') {
        found = found.filter((ticket) => ticket.updatedAtMs > Date.parse(value));
      }
    }
    const by = body['sort_by'] === 'updated_at' ? 'updatedAtMs' : 'createdAtMs';
    const sorted = found.toSorted((a, b) => a[by] - b[by] || Number(a.id) - Number(b.id));
    if (body['order_by'] === 'desc') sorted.reverse();
    const per = Math.min(200, Number(body['per_page'] ?? 50));
    const from = (Number(body['page'] ?? 1) - 1) * per;
    return sorted.slice(from, from + per);
  }
}

const wrong = (error: string) => ({ error, error_human: error });

const ok = (body: unknown): FakeAnswer => ({ status: 200, body });

/** Ids in place of names. */
function bare({ id, fields, createdAtMs, updatedAtMs }: FakeTicket): Json {
  const { state: _state, priority: _priority, body: _body, ...rest } = fields;
  const idOf = (name: unknown) => createHash('sha1').update(String(name)).digest()[0];
  return {
    ...rest,
    id: Number(id),
    state_id: idOf(fields['state']),
    priority_id: idOf(fields['priority']),
    created_at: new Date(createdAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
  };
}

const expanded = (ticket: FakeTicket): Json => ({
  ...bare(ticket),
  state: ticket.fields['state'],
  priority: ticket.fields['priority'],
  owner: ticket.fields['owner_id'] === USERS[HUMAN] ? 'ana@example.com' : '-',
  customer: ticket.fields['customer'] ?? 'carl@example.com',
});

const article = ({ id, author, body, isPublic, at }: FakeTicket['entries'][number]) => ({
  id,
  body,
  internal: !isPublic,
  sender: author === 'customer' ? 'Customer' : 'Agent',
  created_by: { [US]: 'watchdesk@example.com', [HUMAN]: 'ana@example.com', customer: 'carl@example.com' }[
    author
  ],
  created_by_id: USERS[author],
  created_at: new Date(at).toISOString(),
});
