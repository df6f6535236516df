// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { withAgentNumber } from './shared/agent-number.ts';
import { helpdeskApi, isMissing, type ApiOutcome, type HelpdeskApi } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { createLeniently, type Wish } from './shared/create-leniently.ts';
import { isGenuineCall } from './shared/genuine.ts';
import { guarded } from './shared/guarded.ts';
import { nameBook } from './shared/name-book.ts';
import { signedIn, type SignIn } from './shared/signed-in.ts';
import { remembered } from './shared/remembered.ts';
import {
  httpSettings,
  mapping,
  priorityOf,
  secret,
  serverUrl,
  statusOf,
  unknownValues,
  waitingOn,
} from './shared/settings.ts';
import { html, isEntry, keyedSubject, keyOfSubject, marker } from './shared/ticket-words.ts';

const settings = z.strictObject({
  url: serverUrl.describe('Such as https://acme.halopsa.com.'),
  tenant: z.string().min(1).optional().describe('Name of the tenant, where the host serves several.'),
  client_id: z.string().min(1).describe('Client ID of the API application.'),
  client_secret: secret.describe('Its client secret.'),
  client: z.int().positive().describe('ID of the client of the tickets, unless the customer has its own.'),
  site: z.int().positive().optional().describe('ID of the site, if the client has several.'),
  ticket_type: z.int().positive().default(1).describe('ID of the ticket type.'),
  team: z.string().min(1).optional().describe('Name of the team that tickets are assigned to.'),
  category: z.string().min(1).optional().describe('Category of the tickets.'),
  note_outcome: z
    .string()
    .min(1)
    .default('Private Note')
    .describe('Name of the action by which notes for the team are added.'),
  reply_outcome: z
    .string()
    .min(1)
    .default('Email User')
    .describe('Name of the action by which the user is told.'),
  // The default values; each instance may have others: https://halopsa.com/apidoc/
  ...mapping(z.int(), {
    priorities: { urgent: 1, high: 2, medium: 3, low: 4 },
    statuses: { open: 1, pending: 4, resolved: 9 },
    pending: [4, 5],
    thirdParty: [5],
    resolved: [8, 9],
  }),
  ...httpSettings({ lag: '30s', callsPerMinute: 120 }),
});

type Settings = z.output<typeof settings>;

const secretsOf = ({ client_secret, webhook_secret }: Settings): string[] => [
  client_secret,
  ...(webhook_secret ? [webhook_secret] : []),
];

interface Ticket {
  id: number;
  summary?: string;
  status_id: number;
  priority_id: number;
  agent_id?: number | null;
  client_id?: number;
  client_name?: string;
  user_email?: string | null;
  dateoccurred: string;
  last_update?: string;
  lastactiondate?: string;
  merged_into_id?: number;
  deleted?: boolean;
}

interface Action {
  id: number;
  who?: string;
  who_agentid?: number;
  datetime: string;
  note?: string;
  note_html?: string;
  hiddenfromuser?: boolean;
}

const SUMMARY_LIMIT = 255;
const PAGE_SIZE = 100;
const MOST_PAGES = 50;
const MOST = PAGE_SIZE * MOST_PAGES;
const MOST_ACTIONS = 500;
/** HaloPSA's agent id for "nobody". */
const UNASSIGNED = 1;
const LOOK_BACK_MS = 72 * 3_600_000;
/** How long before its expiry a token is renewed. */
const EARLY_MS = 60_000;

/** HaloPSA's REST API: https://halopsa.com/apidoc/ */
export default {
  type: 'halopsa',
  product: 'HaloPSA',
  summary: 'HaloPSA; the incident key stands at the end of the summary.',
  setup: `1. Create a separate agent for Watchdesk. What this agent does never counts as human work.
2. Under _Configuration → Integrations → HaloPSA API_, add an application with the method _Client ID and Secret_, signed in as
   that agent, with the permissions \`read:tickets\`, \`edit:tickets\` and \`read:customers\` (or \`all\`).
3. Look up the IDs of your client, ticket type, statuses and priorities (\`validate --online\` lists those that exist): priorities
   belong to an SLA and differ between instances. The actions under \`note_outcome\` and \`reply_outcome\` must exist, because
   HaloPSA refuses an action without an outcome; the second must send the user an email.
4. To be notified of changes immediately, add a webhook under _Configuration → Integrations → Webhooks_ that calls
   \`https://watch.example.com/hooks/helpdesk/halopsa\` with \`webhook_secret\` in the header \`X-Watchdesk-Secret\`.`,
  example: `type: halopsa
url: https://acme.halopsa.com
client_id: 00000000-0000-0000-0000-000000000000
client_secret: \${HALOPSA_CLIENT_SECRET}
client: 12
webhook_secret: \${HALOPSA_HOOK_SECRET}`,
  settings,
  capabilities: {
    keyIn: 'the end of the summary',
    lookUp: 'the list of updated tickets',
    doubles: 'resolved with a note',
    publicReply: 'if `reply_outcome` emails the user',
    assignee: 'the agent ID, from the URL of their page in the configuration',
    humanActs: 'actions of all agents except the Watchdesk agent',
    whose: 'client ID, client name and the email address of the user',
    changes: 'listing tickets by their last update',
    deleted: '404 or `deleted`; a ticket that the Watchdesk agent may not see is left unchanged',
    webhook: 'a webhook that sends the header `X-Watchdesk-Secret`',
    inspects: 'credentials, client, ticket type, statuses, priorities',
    worstCase:
      'Two at first, if the list lags by more than `index_lag` after a lost response; the duplicate search resolves the younger within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const service = 'HaloPSA';
    const api = helpdeskApi(given, {
      service,
      base: given.url,
      headers: {},
      secrets: secretsOf(given),
      now,
    });
    const call = withToken(api, given, now);
    const get = <Answer>(path: string, use: CallUse = 'look') =>
      call<Answer>({ method: 'GET', path, use, isRepeatable: true });
    const urlOf = (id: number | string) => `${given.url}/tickets?id=${id}`;
    const nameOf = nameBook(async (id: number) =>
      mapDone(await get<{ name?: string }>(`/api/Agent/${id}`), ({ name }) => name),
    );
    const whoAmI = remembered(async () =>
      mapDone(await get<{ id: number }>('/api/Agent/me'), ({ id }) => id),
    );
    const reading = (ticket: Ticket): TicketReading => {
      const { id, summary = '', status_id, agent_id, client_id, client_name, user_email } = ticket;
      const key = keyOfSubject(summary);
      const createdAt = utc(ticket.dateoccurred);
      const touched = [ticket.last_update, ticket.lastactiondate].map(utc).filter((at) => !Number.isNaN(at));
      const companies = [client_id, client_name].filter((one) => one !== undefined);
      const assignee = agent_id && agent_id !== UNASSIGNED ? String(agent_id) : undefined;
      return {
        remoteId: String(id),
        url: urlOf(id),
        key,
        subject: key === undefined ? summary : summary.slice(0, summary.lastIndexOf('[')).trimEnd(),
        status: statusOf(given, status_id),
        ...waitingOn(given, status_id),
        ...(companies.length > 0 && { companies }),
        ...(user_email && { requester: user_email.toLowerCase() }),
        priority: priorityOf(given, ticket.priority_id),
        assignee,
        ...(assignee && { assigneeId: assignee }),
        createdAt,
        updatedAt: Math.max(createdAt, ...touched),
      };
    };
    const list = async (sinceMs: number, use: CallUse): Promise<Outcome<Ticket[]>> => {
      const since = new Date(sinceMs).toISOString().replace(/\..*/, '');
      const all: Ticket[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const listed = await get<{ tickets?: Ticket[] }>(
          `/api/Tickets?pageinate=true&page_size=${PAGE_SIZE}&page_no=${page}&order=id&orderdesc=true&lastupdatefromdate=${since}`,
          use,
        );
        if (listed.is !== 'done') return listed;
        const { tickets } = listed.value ?? {};
        if (!Array.isArray(tickets)) return { is: 'temporary', why: `${service} returned no list` };
        all.push(...tickets);
        if (tickets.length < PAGE_SIZE) break;
      }
      return { is: 'done', value: all };
    };
    const actions = async (remoteId: string, use: CallUse): Promise<Outcome<Action[]>> => {
      const listed = await get<{ actions?: Action[] }>(
        `/api/Actions?ticket_id=${remoteId}&excludesys=true&includehtmlnote=true&count=${MOST_ACTIONS}`,
        use,
      );
      return mapDone(listed, (answer) => answer?.actions ?? []);
    };
    const act = async (remoteId: string, outcome: string, body: string, isHidden: boolean) => {
      const action = {
        ticket_id: Number(remoteId),
        outcome,
        note_html: body,
        hiddenfromuser: isHidden,
        sendemail: !isHidden,
      };
      const made = await call({ method: 'POST', path: '/api/Actions', body: [action], use: 'change' });
      return mapDone(made, () => remoteId);
    };
    /** Repeating the same change does no harm, although it is sent by POST. */
    const change = async (remoteId: string, fields: object): Promise<Outcome<string>> => {
      const body = [{ id: Number(remoteId), ...fields }];
      const done = await call({
        method: 'POST',
        path: '/api/Tickets',
        body,
        use: 'change',
        isRepeatable: true,
      });
      return mapDone(done, () => remoteId);
    };

    return guarded(service, {
      adapter: 'halopsa',
      place: given.url,
      readsAs: (priority) => priorityOf(given, given.priorities[priority]),
      indexLagMs: given.index_lag,
      async create(ticket) {
        const { outcome, remarks } = await createLeniently<Ticket | Ticket[]>(wishes(given, ticket), (body) =>
          call({ method: 'POST', path: '/api/Tickets', body, use: createUse(ticket.priority) }),
        );
        if (outcome.is !== 'done') return outcome;
        const id = [outcome.value].flat()[0]?.id;
        if (typeof id !== 'number')
          return { is: 'ambiguous', why: `the response from ${service} contains no ticket` };
        return { is: 'done', value: { remoteId: String(id), url: urlOf(id), remarks } };
      },
      async findAll(key) {
        const listed = await list(now() - LOOK_BACK_MS, 'urgent');
        return mapDone(listed, (all) =>
          all
            .map(reading)
            .filter((ticket) => ticket.key === key)
            .sort((a, b) => Number(a.remoteId) - Number(b.remoteId)),
        );
      },
      note: (remoteId, { key, text }) =>
        act(remoteId, given.note_outcome, `${html(text)}<br><br>${marker(key)}`, true),
      reply: (remoteId, { text }) => act(remoteId, given.reply_outcome, html(text), false),
      async hasEntry(remoteId, key, reply) {
        return mapDone(await actions(remoteId, 'urgent'), (all) =>
          all.some(({ note = '', note_html = '' }) => isEntry(note_html || note, key, reply)),
        );
      },
      update: (remoteId, { status, priority }) =>
        change(remoteId, {
          ...(status && { status_id: given.statuses[status] }),
          ...(priority && { priority_id: given.priorities[priority] }),
        }),
      assign: (remoteId, to) =>
        withAgentNumber(service, to, (agent) => change(remoteId, { agent_id: agent })),
      async read(remoteId) {
        const read = await get<Ticket>(`/api/Tickets/${remoteId}?includedetails=true`);
        if (isMissing(read)) return { is: 'done', value: null };
        if (read.is !== 'done') return read;
        if (read.value.deleted) return { is: 'done', value: null };
        const known = reading(read.value);
        const into = read.value.merged_into_id;
        const assignee = known.assigneeId ? await nameOf(Number(known.assigneeId)) : undefined;
        if (assignee && assignee.is !== 'done') return assignee;
        return {
          is: 'done',
          value: { ...known, assignee: assignee?.value, mergedInto: into ? String(into) : undefined },
        };
      },
      async humanActs(remoteId, sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        return mapDone(await actions(remoteId, 'look'), (all) =>
          all
            // In order of creation, also within one moment.
            .toSorted((a, b) => a.id - b.id)
            .filter(
              ({ who_agentid: agent }) => agent !== undefined && agent > UNASSIGNED && agent !== me.value,
            )
            .map((one): HumanAct => ({
              at: utc(one.datetime),
              by: one.who || `agent ${one.who_agentid}`,
              what: one.hiddenfromuser ? 'noted' : 'replied',
            }))
            .filter(({ at }) => at > sinceMs),
        );
      },
      async changedSince(sinceMs) {
        return mapDone(await list(sinceMs, 'look'), (all) => ({
          tickets: all.map(reading).toSorted((a, b) => a.updatedAt - b.updatedAt),
          isComplete: all.length < MOST,
        }));
      },
      async closeDouble(remoteId, kept) {
        const why = html(`Duplicate of ticket ${kept.remoteId}, which is kept.`);
        const said = await act(remoteId, given.note_outcome, why, true);
        return said.is === 'done' ? change(remoteId, { status_id: given.statuses.resolved }) : said;
      },
      async inspect() {
        const me = await get<{ id: number }>('/api/Agent/me');
        if (me.is !== 'done') return me;
        const statuses = await get<{ id: number }[]>('/api/Status');
        if (statuses.is !== 'done') return statuses;
        const priorities = await get<{ priorityid: number }[]>('/api/Priority');
        if (priorities.is !== 'done') return priorities;
        const type = await get(`/api/TicketType/${given.ticket_type}`);
        const client = await get(`/api/Client/${given.client}`);
        const ids = statuses.value.map(({ id }) => id);
        const levels = [...new Set(priorities.value.map(({ priorityid }) => priorityid))];
        return {
          is: 'done',
          value: [
            ...unknownValues(service, 'status', given.statuses, ids),
            ...unknownValues(service, 'priority', given.priorities, levels),
            ...(isMissing(type) ? [`${service} has no ticket type ${given.ticket_type}`] : []),
            ...(isMissing(client) ? [`${service} has no client ${given.client}`] : []),
            ...api.oddities,
          ],
        };
      },
      isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

/** HaloPSA's times are UTC, but do not say so. */
const utc = (time: string | undefined): number =>
  time === undefined ? Number.NaN : Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`);

/** Tokens expire after an hour, or when the agent's permissions change. */
function withToken(api: HelpdeskApi, given: Settings, now: () => number) {
  const begin = async (use: CallUse): Promise<ApiOutcome<SignIn>> => {
    const tenant = given.tenant === undefined ? '' : `?tenant=${encodeURIComponent(given.tenant)}`;
    const begun = await api.call<{ access_token?: string; expires_in?: number }>({
      method: 'POST',
      path: `/auth/token${tenant}`,
      form: {
        grant_type: 'client_credentials',
        client_id: given.client_id,
        client_secret: given.client_secret,
        scope: 'all',
      },
      use,
      isRepeatable: true,
      isSecret: true,
    });
    // OAuth returns 400 for a rejected secret: RFC 6749, 5.2.
    if (begun.is === 'permanent')
      return { is: 'temporary', why: `renew \`client_id\` and \`client_secret\`: ${begun.why}` };
    if (begun.is !== 'done') return begun;
    const { access_token: text, expires_in: seconds = 3_600 } = begun.value ?? {};
    // Token characters by RFC 6750, 2.1, and nothing that would end the header.
    if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text))
      return { is: 'temporary', why: 'HaloPSA returned no access token' };
    const endsAt = now() + seconds * 1_000 - EARLY_MS;
    return { is: 'done', value: { headers: { authorization: `Bearer ${text}` }, endsAt } };
  };
  const hasEnded = (done: ApiOutcome<unknown>) =>
    'status' in done && (done.status === 401 || done.status === 403);
  return signedIn(api, begin, hasEnded, now);
}

/** What to try, in order: the whole ticket, then only what is required. */
function wishes(given: Settings, { key, subject, body, priority, customer }: NewTicket): Wish[] {
  const user = customer?.requester !== undefined && /^\d+$/.test(customer.requester);
  const needed = {
    tickettype_id: given.ticket_type,
    client_id: given.client,
    summary: keyedSubject(subject, key, SUMMARY_LIMIT),
    details_html: html(body),
    status_id: given.statuses.open,
    priority_id: given.priorities[priority],
  };
  const extras = {
    ...(typeof customer?.company === 'number' && { client_id: customer.company }),
    ...(user && { user_id: Number(customer.requester) }),
    ...(given.site !== undefined && { site_id: given.site }),
    ...(given.team !== undefined && { team: given.team }),
    ...(given.category !== undefined && { category_1: given.category }),
  };
  const left = Object.keys(extras).join(', ');
  return [{ body: [{ ...needed, ...extras }] }, ...(left === '' ? [] : [{ body: [needed], without: left }])];
}
