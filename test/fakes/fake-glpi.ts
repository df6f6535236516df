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

const PRIORITY = { urgent: 5, high: 4, medium: 3, low: 2 };
const STATUS = { open: 2, pending: 4, resolved: 5 };
const USERS = { [US]: 11, [HUMAN]: 12, customer: 13, other: 14 };
/** Of the row that joins a ticket with somebody who has it. */
const linkId = (ticket: string, user: number): number => Number(ticket) * 1_000 + user;
const COLUMNS = new Set([
  'name', 'content', 'urgency', 'impact', 'priority', 'status', 'type', 'externalid', 'entities_id',
  'itilcategories_id', '_groups_id_assign', '_users_id_requester',
]); // prettier-ignore

/** GLPI's REST API: sessions that end, errors as pairs, HTML entities in titles, unknown fields dropped. */
export class FakeGlpi extends FakeHelpdesk {
  readonly userToken = randomBytes(20).toString('hex');
  readonly appToken = randomBytes(20).toString('hex');
  /** Version 11 has `externalid`; 10 has not. */
  version = 11;
  readonly links: [string, string][] = [];
  readonly #sessions = new Set<string>();

  /** All sessions end. */
  forget(): void {
    this.#sessions.clear();
  }

  view(ticket: FakeTicket): TicketView {
    const { fields, id, entries, mergedInto } = ticket;
    const status = Number(fields['status']);
    return {
      id,
      key: fields['externalid'] as string | undefined,
      subject: String(fields['name']),
      body: String(fields['content']),
      status: status >= 5 ? 'resolved' : status === 4 ? 'pending' : 'open',
      priority: oursOf(PRIORITY, fields['priority']),
      mergedInto,
      entries,
    };
  }

  openByHuman(name: string, priority: Priority): FakeTicket {
    return this.add({ name, content: name, status: 1, priority: PRIORITY[priority] });
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['status'] = STATUS[status];
    if (priority) ticket.fields['priority'] = PRIORITY[priority];
    if (assignee !== undefined) ticket.fields['assigned'] = assignee ? [USERS[HUMAN]] : [];
  }

  protected authenticate({ headers, path }: FakeCall): void {
    if (headers['app-token'] !== this.appToken) {
      throw new Refused(400, ['ERROR_WRONG_APP_TOKEN_PARAMETER', 'parameter app_token seems wrong']);
    }
    if (path.endsWith('/initSession')) {
      if (headers.authorization === `user_token ${this.userToken}`) return;
      throw new Refused(401, ['ERROR_GLPI_LOGIN_USER_TOKEN', 'Le jeton est invalide']);
    }
    const token = headers['session-token'];
    if (token === undefined)
      throw new Refused(400, ['ERROR_SESSION_TOKEN_MISSING', 'session_token manquant']);
    if (!this.#sessions.has(String(token)))
      throw new Refused(401, ['ERROR_SESSION_TOKEN_INVALID', 'session_token invalide']);
  }

  protected missing(): FakeAnswer {
    return { status: 404, body: ['ERROR_ITEM_NOT_FOUND', 'Élément introuvable'] };
  }

  protected answer({ method, path, query, body, text }: FakeCall): FakeAnswer | undefined {
    const at = path.replace(/^\/apirest\.php/, '');
    if (at === path) return undefined;
    if (method === 'GET' && text !== '')
      throw new Refused(400, ['ERROR_JSON_PAYLOAD_FORBIDDEN', 'GET Request should not have json payload']);
    const [, , id = ''] = at.split('/');
    const input = (body['input'] ?? {}) as Json;
    switch (`${method} ${at.replace(/\/\d+/, '/:id')}`) {
      case 'GET /initSession': {
        const token = randomBytes(8).toString('hex');
        this.#sessions.add(token);
        return ok({ session_token: token });
      }
      case 'GET /getFullSession':
        return ok({ session: { glpiID: String(USERS[US]), glpiname: 'watchdesk' } });
      case 'GET /Ticket':
        return this.#list(query);
      case 'POST /Ticket': {
        if ('itilcategories_id' in input && input['itilcategories_id'] !== 3)
          throw new Refused(400, ['ERROR_GLPI_ADD', 'catégorie inconnue']);
        this.onWrite('ticket', input);
        const ticket = this.add({ status: 1, priority: 3, externalid: null, ...this.#kept(input) });
        return { status: 201, body: { id: Number(ticket.id), message: '' } };
      }
      case 'GET /Ticket/:id':
        return ok(this.#shown(this.#any(id)));
      case 'PUT /Ticket/:id': {
        const ticket = this.#any(id);
        Object.assign(ticket.fields, this.#kept(input));
        this.touch(ticket);
        return ok([{ [id]: true, message: '' }]);
      }
      case 'GET /Ticket/:id/ITILFollowup':
        return ok(
          this.#any(id).entries.map(({ id: entry, author, body: content, isPublic, at: when }) => ({
            id: entry,
            users_id: String(USERS[author]),
            content,
            is_private: isPublic ? 0 : 1,
            date: stamp(when),
            date_creation: stamp(when),
          })),
        );
      case 'GET /Ticket/:id/Ticket_User': {
        const assigned = (this.#any(id).fields['assigned'] ?? []) as number[];
        return ok([
          { id: 901, users_id: USERS.customer, type: 1 },
          ...assigned.map((user) => ({ id: linkId(id, user), users_id: user, type: 2 })),
        ]);
      }
      case 'POST /Ticket_User': {
        const ticket = this.#any(String(input['tickets_id']));
        const assigned = (ticket.fields['assigned'] ?? []) as number[];
        const user = Number(input['users_id']);
        const isKnown = user === USERS[HUMAN] || user === USERS.other;
        if (!isKnown || input['type'] !== 2 || assigned.includes(user))
          throw new Refused(400, ['ERROR_GLPI_ADD', "L'ajout a échoué"]);
        ticket.fields['assigned'] = [...assigned, user];
        this.touch(ticket);
        return { status: 201, body: { id: linkId(ticket.id, user), message: '' } };
      }
      case 'DELETE /Ticket_User/:id': {
        const ticket = this.tickets.find((one) =>
          ((one.fields['assigned'] ?? []) as number[]).some((user) => linkId(one.id, user) === Number(id)),
        );
        if (!ticket) throw new Refused(404, this.missing().body);
        const assigned = ticket.fields['assigned'] as number[];
        ticket.fields['assigned'] = assigned.filter((user) => linkId(ticket.id, user) !== Number(id));
        this.touch(ticket);
        return ok([{ [id]: true, message: '' }]);
      }
      case 'POST /ITILFollowup': {
        if (!input['content']) throw new Refused(400, ['ERROR_GLPI_ADD', 'vide']);
        this.onWrite('note', { body: input['content'] });
        const ticket = this.#any(String(input['items_id']));
        const entry = this.enter(ticket, {
          author: US,
          body: String(input['content']),
          isPublic: Number(input['is_private'] ?? 0) === 0,
        });
        return { status: 201, body: { id: entry.id, message: '' } };
      }
      case 'POST /Ticket_Ticket':
        this.links.push([String(input['tickets_id_1']), String(input['tickets_id_2'])]);
        return { status: 201, body: { id: this.nextId(), message: '' } };
      case 'GET /User/:id':
        return id === String(USERS[HUMAN])
          ? ok({ name: 'ana', realname: 'Agent', firstname: 'Ana' })
          : this.missing();
      case 'GET /Entity/:id':
        return id === '0' ? ok({ id: 0, name: 'Root' }) : this.missing();
      default:
        return undefined;
    }
  }

  /** One in the bin is still given, and says so. */
  #any(id: string): FakeTicket {
    const found = this.tickets.find((ticket) => ticket.id === id);
    if (!found) throw new Refused(404, this.missing().body);
    return found;
  }

  #kept(input: Json): Json {
    const known = Object.entries(input).filter(
      ([name]) => COLUMNS.has(name) && (name !== 'externalid' || this.version >= 11),
    );
    const kept: Json = Object.fromEntries(known);
    if (typeof kept['name'] === 'string') kept['name'] = kept['name'].slice(0, 255);
    // A grade that does not exist becomes the middle one.
    for (const name of ['urgency', 'impact', 'priority']) {
      if (name in kept && !(Number(kept[name]) >= 1 && Number(kept[name]) <= 6)) kept[name] = 3;
    }
    return kept;
  }

  #list(query: URLSearchParams): FakeAnswer {
    let found = this.listed();
    for (const [name, value] of query) {
      const field = /^searchText\[(\w+)\]$/.exec(name)?.[1];
      if (field === undefined) continue;
      if (field === 'externalid' && this.version < 11)
        throw new Refused(400, ['ERROR_FIELD_NOT_FOUND', 'externalid']);
      const exact = /^\^(.*)\$$/.exec(value)?.[1];
      found = found.filter(({ fields }) => {
        const text = String(fields[field] ?? '');
        return exact === undefined ? text.toLowerCase().includes(value.toLowerCase()) : text === exact;
      });
    }
    const by = query.get('sort') === 'date_mod' ? 'updatedAtMs' : 'createdAtMs';
    const sorted = found.toSorted((a, b) => a[by] - b[by] || Number(a.id) - Number(b.id));
    if (query.get('order') === 'DESC') sorted.reverse();
    const [from = 0, to = 49] = (query.get('range') ?? '0-49').split('-').map(Number);
    if (from > 0 && from >= sorted.length)
      throw new Refused(400, ['ERROR_RANGE_EXCEED_TOTAL', 'Provided range exceed total count of data']);
    const page = sorted.slice(from, to + 1);
    return {
      status: page.length < sorted.length ? 206 : 200,
      body: page.map((ticket) => this.#shown(ticket)),
    };
  }

  #shown({ id, fields, createdAtMs, updatedAtMs, isDeleted }: FakeTicket): Json {
    const { externalid, assigned: _assigned, ...rest } = fields;
    return {
      ...rest,
      ...(this.version >= 11 && { externalid }),
      id: Number(id),
      name: String(fields['name']).replaceAll('&', '&#38;').replaceAll('<', '&#60;'),
      status: String(fields['status']),
      is_deleted: isDeleted ? 1 : 0,
      date: stamp(createdAtMs),
      date_creation: stamp(createdAtMs),
      date_mod: stamp(updatedAtMs),
    };
  }
}

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

const ok = (body: unknown): FakeAnswer => ({ status: 200, body });
