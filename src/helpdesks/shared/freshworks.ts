// One file although it is long: it serves both Freshdesk and Freshservice, which differ only in their dialect.
import { neutraliseLine } from '../../core/neutralise.ts';
import { mapDone, type Outcome } from '../../core/effect.ts';
import type { Priority } from '../../core/target.ts';
import type { HumanAct, TicketReading, TicketStatus } from '../../core/ticket-reading.ts';
import type { Helpdesk, NewTicket, RemoteTicket } from '../helpdesk.ts';
import { withAgentNumber } from './agent-number.ts';
import { helpdeskApi, isMissing } from './call-api.ts';
import { createUse } from './call-budget.ts';
import { createLeniently, type Wish } from './create-leniently.ts';
import { isGenuineCall } from './genuine.ts';
import { guarded } from './guarded.ts';
import { nameBook, namesOf } from './name-book.ts';
import { remembered } from './remembered.ts';
import { priorityOf, statusOf, waitingOn, type Mapping } from './settings.ts';
import { html, isEntry, keyedSubject, keyOfSubject, marker } from './ticket-words.ts';

/** Settings that Freshdesk and Freshservice have in common. */
export interface FreshworksSettings extends Mapping {
  priorities: Record<Priority, number>;
  statuses: Record<TicketStatus, number>;
  index_lag: number;
  timeout: number;
  calls_per_minute: number;
  webhook_secret?: string | undefined;
  api_key: string;
  requester: string;
  fields: Record<string, unknown>;
  key_field: string;
  group_id?: number | undefined;
}

export interface FreshworksTicket {
  id: number;
  subject?: string;
  status: number;
  priority: number;
  responder_id?: number | null;
  company_id?: number | null;
  department_id?: number | null;
  /** Present when the call includes it. */
  requester?: { email?: string | null };
  created_at: string;
  updated_at: string;
  custom_fields?: Record<string, unknown>;
  deleted?: boolean;
  spam?: boolean;
  merged_ticket_id?: number;
}

interface Conversation {
  body?: string;
  incoming?: boolean;
  private?: boolean;
  user_id?: number;
  created_at: string;
}

export interface TicketField {
  name: string;
  choices?: unknown;
}

type Thing = 'ticket' | 'agent' | 'group';
type Things = 'tickets' | 'conversations' | 'ticket_fields';

/** What differs between the two. */
export interface FreshworksDialect {
  adapter: 'freshdesk' | 'freshservice';
  service: string;
  /** Without a trailing slash. */
  base: string;
  /** Freshservice wraps every response in its name; Freshdesk does not. */
  isWrapped: boolean;
  fieldsPath: string;
  /** How a list of tickets is sorted, as far as that is possible. */
  order(by: 'created_at' | 'updated_at', type: 'asc' | 'desc'): string;
  agentName(agent: {
    contact?: { name?: string };
    first_name?: string;
    last_name?: string;
  }): string | undefined;
  companyOf(ticket: FreshworksTicket): number | null | undefined;
  /** The fields that express a priority. */
  inPriority(priority: Priority): Record<string, number>;
  /** Fields that say where tickets are opened and searched: never left out, or the tickets would not be found again. */
  scope: Readonly<Record<string, string | number>>;
  /** Fields that are left out rather than have no ticket at all. */
  extrasOf(company: number | undefined): Record<string, unknown>;
  /** What does not fit the helpdesk's ticket fields. */
  misfits(fields: readonly TicketField[]): string[];
  /** Absent where tickets cannot be merged: the duplicate is then resolved with a note. */
  merge?(double: number, kept: number): { method: 'PUT'; path: string; body: object };
}

/** Credits that a call costs when it includes more than the ticket. */
const WITH_INCLUDE = 3;
const SUBJECT_LIMIT = 255;
/** The source of a ticket. */
const PORTAL = 2;
const PER_PAGE = 100;
const MOST_PAGES = 50;
const MOST = PER_PAGE * MOST_PAGES;
/** Tickets are searched among those changed within this time: an outage and the sweep after it. */
const LOOK_BACK_MS = 72 * 3_600_000;

export const freshworksSecrets = ({
  api_key,
  webhook_secret,
}: Pick<FreshworksSettings, 'api_key' | 'webhook_secret'>): string[] => [
  api_key,
  ...(webhook_secret ? [webhook_secret] : []),
];

/** The helpdesk of either product: https://developers.freshdesk.com/api/, https://api.freshservice.com/ */
export function freshworksHelpdesk(
  given: FreshworksSettings,
  dialect: FreshworksDialect,
  now: () => number,
): Helpdesk {
  const { service, base } = dialect;
  const scopeText = Object.entries(dialect.scope).map(([name, value]) => [name, String(value)]);
  const one = <Answer>(name: Thing, answer: unknown): Answer =>
    (dialect.isWrapped ? (answer as Record<string, unknown> | undefined)?.[name] : answer) as Answer;
  const many = (name: Things, answer: unknown): unknown =>
    dialect.isWrapped ? (answer as Record<string, unknown> | undefined)?.[name] : answer;
  const api = helpdeskApi(given, {
    service,
    base: `${base}/api/v2`,
    headers: { authorization: `Basic ${Buffer.from(`${given.api_key}:X`).toString('base64')}` },
    secrets: freshworksSecrets(given),
    now,
  });
  const urlOf = (id: number | string) => `${base}/a/tickets/${id}`;
  const nameOf = nameBook(async (id: number) =>
    mapDone(await api.get(`/agents/${id}`), (agent) =>
      dialect.agentName(one<Parameters<FreshworksDialect['agentName']>[0]>('agent', agent)),
    ),
  );
  /** Identifies agents by id; only `read` asks for the name. */
  const reading = (ticket: FreshworksTicket): TicketReading => {
    const company = dialect.companyOf(ticket);
    const { id, subject = '', custom_fields, responder_id } = ticket;
    const key = custom_fields?.[given.key_field] ?? keyOfSubject(subject);
    return {
      remoteId: String(id),
      url: urlOf(id),
      key: typeof key === 'string' ? key : undefined,
      subject,
      status: statusOf(given, ticket.status),
      ...waitingOn(given, ticket.status),
      ...(typeof company === 'number' && { companies: [company] }),
      ...(ticket.requester?.email && { requester: ticket.requester.email.toLowerCase() }),
      priority: priorityOf(given, ticket.priority),
      assignee: responder_id ? String(responder_id) : undefined,
      ...(responder_id && { assigneeId: String(responder_id) }),
      createdAt: Date.parse(ticket.created_at),
      updatedAt: Date.parse(ticket.updated_at),
    };
  };
  const whoAmI = remembered(async () =>
    mapDone(await api.get('/agents/me'), (agent) => one<{ id: number }>('agent', agent).id),
  );
  /** Reads all pages of a list. */
  const pages = async <Item>(
    name: Things,
    path: string,
    use: 'look' | 'urgent',
  ): Promise<Outcome<Item[]>> => {
    const cost = path.includes('include=') ? WITH_INCLUDE : 1;
    const all: Item[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const listed = await api.get(`${path}per_page=${PER_PAGE}&page=${page}`, use, cost);
      if (listed.is !== 'done') return listed;
      const items = many(name, listed.value);
      if (!Array.isArray(items)) return { is: 'temporary', why: `${service} returned no list` };
      all.push(...(items as Item[]));
      if (items.length < PER_PAGE) break;
    }
    return { is: 'done', value: all };
  };
  const list = async (sinceMs: number, order: string, use: 'look' | 'urgent') => {
    const since = new Date(sinceMs).toISOString().replace(/\.\d+/, '');
    return pages<FreshworksTicket>(
      'tickets',
      `/tickets?updated_since=${since}&${order}&${new URLSearchParams(scopeText)}${scopeText.length > 0 ? '&' : ''}`,
      use,
    );
  };
  const write = (remoteId: string, kind: 'notes' | 'reply', text: string, key: string) =>
    api
      .call({
        method: 'POST',
        path: `/tickets/${remoteId}/${kind}`,
        body: {
          body: kind === 'notes' ? `${html(text)}<br><br>${marker(key)}` : html(text),
          ...(kind === 'notes' && { private: true }),
        },
        use: 'change',
      })
      .then((made) => mapDone(made, () => remoteId));

  const put = async (remoteId: string, body: object): Promise<Outcome<string>> =>
    mapDone(
      await api.call({ method: 'PUT', path: `/tickets/${remoteId}`, body, use: 'change' }),
      () => remoteId,
    );

  return guarded(service, {
    adapter: dialect.adapter,
    place: base,
    readsAs: (priority) => priorityOf(given, given.priorities[priority]),
    indexLagMs: given.index_lag,
    async create(ticket) {
      const { outcome, remarks } = await createLeniently<unknown>(wishes(given, dialect, ticket), (body) =>
        api.call({
          method: 'POST',
          path: '/tickets',
          body,
          use: createUse(ticket.priority),
        }),
      );
      if (outcome.is !== 'done') return outcome;
      const { id, subject, custom_fields } =
        one<Partial<FreshworksTicket> | undefined>('ticket', outcome.value) ?? {};
      if (typeof id !== 'number') {
        return { is: 'ambiguous', why: `the response from ${service} contains no ticket` };
      }
      const kept =
        custom_fields?.[given.key_field] === ticket.key || keyOfSubject(subject ?? '') === ticket.key;
      const lost = kept ? [] : [`${service} did not save the incident key in ${given.key_field}.`];
      return {
        is: 'done',
        value: { remoteId: String(id), url: urlOf(id), remarks: [...remarks, ...lost] },
      };
    },
    async findAll(key) {
      const listed = await list(now() - LOOK_BACK_MS, dialect.order('created_at', 'desc'), 'urgent');
      if (listed.is !== 'done') return listed;
      const found = listed.value.map(reading).filter((ticket) => ticket.key === key);
      return { is: 'done', value: found.sort((a, b) => Number(a.remoteId) - Number(b.remoteId)) };
    },
    note: (remoteId, { key, text }) => write(remoteId, 'notes', text, key),
    reply: (remoteId, { key, text }) => write(remoteId, 'reply', text, key),
    async hasEntry(remoteId, key, reply) {
      const listed = await pages<Conversation>(
        'conversations',
        `/tickets/${remoteId}/conversations?`,
        'urgent',
      );
      return mapDone(listed, (all) => all.some(({ body = '' }) => isEntry(body, key, reply)));
    },
    update: (remoteId, { status, priority }) =>
      put(remoteId, {
        ...(status && { status: given.statuses[status] }),
        ...(priority && dialect.inPriority(priority)),
      }),
    assign: (remoteId, to) => withAgentNumber(service, to, (agent) => put(remoteId, { responder_id: agent })),
    async read(remoteId) {
      const path = `/tickets/${remoteId}?include=requester`;
      const read = await api.get(path, 'look', WITH_INCLUDE);
      if (isMissing(read) || ('status' in read && read.status === 405)) return { is: 'done', value: null };
      if (read.is !== 'done') return read;
      const ticket = one<FreshworksTicket | undefined>('ticket', read.value);
      if (!ticket) return { is: 'temporary', why: `the response from ${service} contains no ticket` };
      if (ticket.deleted || ticket.spam) return { is: 'done', value: null };
      const { merged_ticket_id: merged } = ticket;
      const mergedInto = merged ? String(merged) : undefined;
      const { responder_id: agent } = ticket;
      const assignee = agent ? await nameOf(agent) : undefined;
      if (assignee && assignee.is !== 'done') return assignee;
      return {
        is: 'done',
        value: { ...reading(ticket), assignee: assignee?.value, mergedInto },
      };
    },
    async humanActs(remoteId, sinceMs) {
      const me = await whoAmI();
      if (me.is !== 'done') return me;
      const listed = await pages<Conversation>(
        'conversations',
        `/tickets/${remoteId}/conversations?`,
        'look',
      );
      if (listed.is !== 'done') return listed;
      const ours = listed.value.filter(
        ({ incoming, user_id, created_at }) =>
          !incoming && user_id && user_id !== me.value && Date.parse(created_at) > sinceMs,
      );
      const names = await namesOf(
        ours.map(({ user_id }) => user_id!),
        nameOf,
      );
      return mapDone(names, (known) =>
        ours.map((one): HumanAct => ({
          at: Date.parse(one.created_at),
          by: known.get(one.user_id!)!,
          what: one.private ? 'noted' : 'replied',
        })),
      );
    },
    async changedSince(sinceMs) {
      const listed = await list(sinceMs, `${dialect.order('updated_at', 'asc')}&include=requester`, 'look');
      return mapDone(listed, (all) => ({
        tickets: all.map(reading).toSorted((a, b) => a.updatedAt - b.updatedAt),
        isComplete: all.length < MOST,
      }));
    },
    async closeDouble(remoteId, kept) {
      const merging = dialect.merge?.(Number(remoteId), Number(kept.remoteId));
      if (merging) return mapDone(await api.call({ ...merging, use: 'change' }), () => remoteId);
      const said = await write(remoteId, 'notes', duplicateOf(kept), `double:${remoteId}`);
      return said.is === 'done' ? put(remoteId, { status: given.statuses.resolved }) : said;
    },
    async inspect() {
      const me = await api.get('/agents/me');
      if (me.is !== 'done') return me;
      const fields = await api.get(dialect.fieldsPath);
      if (fields.is !== 'done') return fields;
      const known = many('ticket_fields', fields.value);
      const groups = given.group_id === undefined ? undefined : await api.get(`/groups/${given.group_id}`);
      return {
        is: 'done',
        value: [
          ...dialect.misfits(Array.isArray(known) ? (known as TicketField[]) : []),
          ...(groups && groups.is !== 'done' ? [`${service} has no group ${given.group_id}`] : []),
          ...api.oddities,
        ],
      };
    },
    isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
  });
}

const duplicateOf = ({ remoteId }: RemoteTicket): string => `Duplicate of ticket ${remoteId}, which is kept.`;

/** What to try, in order: the whole ticket, only what is required, and then with the key in the subject. */
function wishes(given: FreshworksSettings, dialect: FreshworksDialect, ticket: NewTicket): Wish[] {
  const { key, subject, body, priority, customer } = ticket;
  const requester = customer?.requester ?? given.requester;
  const needed = {
    ...(/^\d+$/.test(requester) ? { requester_id: Number(requester) } : { email: requester }),
    subject: neutraliseLine(subject, SUBJECT_LIMIT),
    description: html(body),
    ...dialect.inPriority(priority),
    status: given.statuses.open,
    source: PORTAL,
    ...dialect.scope,
  };
  const extras = dialect.extrasOf(typeof customer?.company === 'number' ? customer.company : undefined);
  const keyField = { [given.key_field]: key };
  const left = [...Object.keys(extras), ...Object.keys(given.fields)].join(', ');
  return [
    { body: { ...needed, ...extras, custom_fields: { ...given.fields, ...keyField } } },
    { body: { ...needed, custom_fields: keyField }, without: left },
    {
      body: {
        ...needed,
        email: given.requester,
        requester_id: undefined,
        subject: keyedSubject(subject, key, SUBJECT_LIMIT),
      },
      without: `${left}, ${given.key_field}, the customer's own requester`,
    },
  ];
}
