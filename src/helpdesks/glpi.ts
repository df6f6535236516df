// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { PRIORITIES } from '../core/target.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { type ApiOutcome, helpdeskApi, type HelpdeskApi, isMissing } from './shared/call-api.ts';
import { withAgentNumber } from './shared/agent-number.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { createLeniently } from './shared/create-leniently.ts';
import { nameBook, namesOf } from './shared/name-book.ts';
import { signedIn, type SignIn } from './shared/signed-in.ts';
import { remembered } from './shared/remembered.ts';
import { guarded } from './shared/guarded.ts';
import type { HttpHeaders } from '../core/http-headers.ts';
import { header, hmac, isEqual } from '../outside/signature.ts';
import { isGenuineCall } from './shared/genuine.ts';
import { keepKey } from './shared/keep-key.ts';
import { httpSettings, mapping, secret, serverUrl, statusOf, waitingOn } from './shared/settings.ts';
import { html, isEntry, keyedSubject, keyOfSubject, marker } from './shared/ticket-words.ts';

const settings = z.strictObject({
  url: serverUrl.describe('URL of GLPI, without /apirest.php.'),
  user_token: secret.describe('API token of the Watchdesk user (in its settings, under remote access keys).'),
  app_token: secret.optional().describe('App token of the API client, if GLPI requires one.'),
  entity: z.int().min(0).optional().describe('Entity in which tickets are opened.'),
  requester: z
    .int()
    .positive()
    .optional()
    .describe('User ID of the requester, unless the customer has its own `requester`.'),
  category: z.int().positive().optional().describe('ID of the ITIL category of the tickets.'),
  group: z.int().positive().optional().describe('ID of the group that tickets are assigned to.'),
  fields: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .default({})
    .describe('Additional fields.'),
  timezone: z
    .string()
    .regex(/^[A-Za-z][\w/+-]*$/, 'an IANA time zone, such as Europe/Paris')
    .default('UTC')
    .describe('Time zone of the times that GLPI returns.'),
  ...mapping(z.int(), {
    priorities: { urgent: 5, high: 4, medium: 3, low: 2 },
    statuses: { open: 2, pending: 4, resolved: 5 },
    pending: [],
    resolved: [6],
  }),
  ...httpSettings({ lag: '0s', callsPerMinute: 300 }),
});

type Settings = z.output<typeof settings>;

const secretsOf = ({ user_token, app_token, webhook_secret }: Settings): string[] =>
  [user_token, app_token, webhook_secret].filter((one) => one !== undefined);

/** Numbers arrive as numbers or as text, depending on the version. */
interface Ticket {
  id: number | string;
  name: string;
  status: number | string;
  priority: number | string;
  externalid?: string | null;
  /** 0 is the root entity, which may hold anybody's tickets. */
  entities_id?: number | string;
  is_deleted?: number | string;
  date: string;
  date_creation?: string;
  date_mod: string;
}

interface Followup {
  users_id: number | string;
  content: string;
  is_private: number | string;
  date_creation?: string;
  date: string;
}

const NAME_LIMIT = 255;
const PER_PAGE = 100;
const MOST_PAGES = 30;
const DAY_MS = 86_400_000;
/** Roles of a user on a ticket. */
const REQUESTER = 1;
const ASSIGNED = 2;
const LINKED = 1;

/** GLPI, REST API: apirest.md of its repository */
export default {
  type: 'glpi',
  product: 'GLPI',
  summary: 'GLPI; the external ID, or the end of the title, holds the incident key.',
  setup: `1. Under _Setup → General → API_, enable the REST API. If there is an API client with an \`App-Token\`, copy it as well.
2. Create a separate user for Watchdesk that may create, update and follow up tickets, and copy its API token.
3. GLPI 11 stores the incident key in \`externalid\`; in earlier versions it is at the end of the title.
4. To be notified of changes immediately, add two webhooks in GLPI 11 under _Setup → Webhooks_, one for tickets and one
   for followups, each with the URL \`https://watch.example.com/hooks/helpdesk/glpi\` and \`webhook_secret\` as its
   secret. For earlier versions, use anything that can send a POST there with the header \`X-Watchdesk-Secret\`.`,
  example: `type: glpi
url: https://glpi.acme.example
user_token: \${GLPI_USER_TOKEN}
app_token: \${GLPI_APP_TOKEN}
entity: 0
timezone: Europe/Paris`,
  settings,
  capabilities: {
    keyIn: '`externalid` (GLPI 11), read back after creation; the end of the title in earlier versions',
    lookUp: 'a search in its database, which shows a new ticket immediately',
    doubles: 'solved, then linked to the oldest; merging would copy the solution to it',
    publicReply: true,
    assignee: 'the user ID, from the URL of their page',
    humanActs: 'followups, except those of the Watchdesk user and the requesters',
    whose: 'entity ID',
    changes: 'listing tickets by `date_mod`',
    deleted: '`is_deleted`, or 404 after purging; a merged ticket counts as deleted',
    webhook: 'signed with `webhook_secret` (GLPI 11), or with the header `X-Watchdesk-Secret`',
    inspects: 'credentials, entity; statuses and priorities are fixed in GLPI',
    worstCase:
      'Two at first, if a request stays in transit longer than the lookup waits; the duplicate search solves the newer one within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const service = 'GLPI';
    const api = helpdeskApi(given, {
      service,
      base: `${given.url}/apirest.php`,
      headers: given.app_token === undefined ? {} : { 'app-token': given.app_token },
      secrets: secretsOf(given),
      now,
    });
    const call = inSession(api, given.user_token, now);
    const get = <Answer>(path: string, use: CallUse) =>
      call<Answer>({ method: 'GET', path, use, isRepeatable: true });
    const urlOf = (id: number | string) => `${given.url}/front/ticket.form.php?id=${id}`;
    const timeOf = (stamp: string | undefined) => localTime(stamp, given.timezone);
    const reading = (ticket: Ticket): TicketReading => {
      const name = decoded(ticket.name);
      const priority = Number(ticket.priority);
      return {
        remoteId: String(ticket.id),
        url: urlOf(ticket.id),
        key: ticket.externalid || keyOfSubject(name),
        subject: name,
        status: statusOf(given, ticket.status),
        ...waitingOn(given, ticket.status),
        priority: PRIORITIES.find((one) => priority >= given.priorities[one]),
        ...(Number(ticket.entities_id ?? 0) > 0 && { companies: [Number(ticket.entities_id)] }),
        createdAt: timeOf(ticket.date_creation ?? ticket.date),
        updatedAt: timeOf(ticket.date_mod),
      };
    };
    const whoAmI = remembered(async () => {
      const session = await get<{ session: { glpiID: number | string } }>('/getFullSession', 'look');
      return mapDone(session, ({ session: { glpiID } }) => Number(glpiID));
    });
    const named = (field: 'externalid' | 'name', value: string) =>
      get<Ticket[]>(
        `/Ticket?searchText[${field}]=${encodeURIComponent(value)}&range=0-49&sort=id&order=ASC`,
        'urgent',
      );
    const people = (remoteId: string, use: CallUse) =>
      get<{ id: number | string; users_id: number | string; type: number | string }[]>(
        `/Ticket/${remoteId}/Ticket_User?range=0-49`,
        use,
      );
    const nameOf = nameBook(async (id: number) => {
      const user = await get<{ name?: string; realname?: string; firstname?: string }>(`/User/${id}`, 'look');
      return mapDone(
        user,
        ({ name, realname, firstname }) => [firstname, realname].filter(Boolean).join(' ') || name,
      );
    });
    const put = async (remoteId: string, input: object): Promise<Outcome<string>> => {
      // GLPI's response for a deleted ticket is unclear: the ticket is read first.
      const there = await get<Ticket>(`/Ticket/${remoteId}`, 'change');
      if (there.is !== 'done') return there;
      const done = await call({ method: 'PUT', path: `/Ticket/${remoteId}`, body: { input }, use: 'change' });
      return mapDone(done, () => remoteId);
    };
    const follow = async (
      remoteId: string,
      text: string,
      key: string,
      isPrivate: boolean,
    ): Promise<Outcome<string>> => {
      const input = {
        itemtype: 'Ticket',
        items_id: Number(remoteId),
        content: isPrivate ? `<p>${html(text)}</p><p>${marker(key)}</p>` : `<p>${html(text)}</p>`,
        is_private: isPrivate ? 1 : 0,
      };
      const made = await call({ method: 'POST', path: '/ITILFollowup', body: { input }, use: 'change' });
      return mapDone(made, () => remoteId);
    };
    const followups = (remoteId: string, use: CallUse) =>
      get<Followup[]>(`/Ticket/${remoteId}/ITILFollowup?range=0-499`, use);
    const update = (remoteId: string, status: number | undefined, priority: number | undefined) =>
      put(remoteId, {
        ...(status !== undefined && { status }),
        ...(priority !== undefined && { urgency: priority, impact: priority, priority }),
      });

    return guarded(service, {
      adapter: 'glpi',
      place: given.url,
      indexLagMs: given.index_lag,
      async create(order) {
        const { outcome, remarks } = await createLeniently<{ id?: number | string }>(
          wishes(given, order),
          (input) =>
            call({
              method: 'POST',
              path: '/Ticket',
              body: { input },
              use: createUse(order.priority),
            }),
        );
        if (outcome.is !== 'done') return outcome;
        const id = outcome.value?.id;
        if (id === undefined)
          return { is: 'ambiguous', why: `the response from ${service} contains no ticket` };
        const remoteId = String(id);
        const kept = await keepKey(
          'externalid',
          order.key,
          async () => mapDone(await get<Ticket>(`/Ticket/${remoteId}`, 'urgent'), reading),
          () => put(remoteId, { name: keyedSubject(order.subject, order.key, NAME_LIMIT) }),
        );
        // GLPI before version 11 has no such field, and nothing is wrong.
        const amiss = kept.filter((remark) => !remark.includes('is in the subject instead'));
        return { is: 'done', value: { remoteId, url: urlOf(id), remarks: [...remarks, ...amiss] } };
      },
      async findAll(key) {
        const found = new Map<string, TicketReading>();
        for (const [field, value] of [
          ['externalid', `^${key}$`],
          ['name', marker(key)],
        ] as const) {
          const rows = await named(field, value);
          // A version that does not have this field rejects it.
          if (rows.is === 'permanent' && field === 'externalid') continue;
          if (rows.is !== 'done') return rows;
          for (const ticket of rows.value.map(reading))
            if (ticket.key === key) found.set(ticket.remoteId, ticket);
        }
        return {
          is: 'done',
          value: [...found.values()].sort((a, b) => Number(a.remoteId) - Number(b.remoteId)),
        };
      },
      note: (remoteId, { key, text }) => follow(remoteId, text, key, true),
      reply: (remoteId, { key, text }) => follow(remoteId, text, key, false),
      async hasEntry(remoteId, key, reply) {
        return mapDone(await followups(remoteId, 'urgent'), (all) =>
          all.some(({ content }) => isEntry(content, key, reply)),
        );
      },
      update: (remoteId, { status, priority }) =>
        update(remoteId, status && given.statuses[status], priority && given.priorities[priority]),
      assign: (remoteId, to) =>
        withAgentNumber(service, to, async (agent) => {
          const users = await people(remoteId, 'change');
          if (users.is !== 'done') return users;
          const had = users.value.filter(({ type }) => Number(type) === ASSIGNED);
          const isTheirs = ({ users_id }: { users_id: number | string }) => Number(users_id) === agent;
          if (!had.some(isTheirs)) {
            const input = { tickets_id: Number(remoteId), users_id: agent, type: ASSIGNED };
            const added = await call({
              method: 'POST',
              path: '/Ticket_User',
              body: { input },
              use: 'change',
              isRepeatable: true,
            });
            if (added.is !== 'done') return added;
          }
          // GLPI allows several assignees: once the new one is added, the others are removed.
          for (const { id } of had.filter((one) => !isTheirs(one))) {
            const off = await call({ method: 'DELETE', path: `/Ticket_User/${id}`, use: 'change' });
            if (off.is !== 'done' && !isMissing(off)) return off;
          }
          return { is: 'done', value: remoteId };
        }),
      async read(remoteId) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const found = await get<Ticket>(`/Ticket/${remoteId}`, 'look');
        if (isMissing(found)) return { is: 'done', value: null };
        if (found.is !== 'done') return found;
        if (Number(found.value.is_deleted ?? 0) === 1) return { is: 'done', value: null };
        const users = await people(remoteId, 'look');
        if (users.is !== 'done') return users;
        const assigned = users.value.find(
          ({ type, users_id }) => Number(type) === ASSIGNED && Number(users_id) !== me.value,
        );
        const assignee = assigned && (await nameOf(Number(assigned.users_id)));
        if (assignee && assignee.is !== 'done') return assignee;
        const assigneeId = assigned && String(assigned.users_id);
        const given = assigned && { assignee: assignee!.value, assigneeId: assigneeId! };
        return { is: 'done', value: { ...reading(found.value), ...given } };
      },
      async humanActs(remoteId, sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const users = await people(remoteId, 'look');
        if (users.is !== 'done') return users;
        const others = new Set([
          me.value,
          0,
          ...users.value
            .filter(({ type }) => Number(type) === REQUESTER)
            .map(({ users_id }) => Number(users_id)),
        ]);
        const listed = await followups(remoteId, 'look');
        if (listed.is !== 'done') return listed;
        const human = listed.value.filter(
          ({ users_id, date, date_creation }) =>
            !others.has(Number(users_id)) && timeOf(date_creation ?? date) > sinceMs,
        );
        const names = await namesOf(
          human.map(({ users_id }) => Number(users_id)),
          nameOf,
        );
        return mapDone(names, (known) =>
          human
            .map(({ users_id, date, date_creation, is_private }): HumanAct => ({
              at: timeOf(date_creation ?? date),
              by: known.get(Number(users_id))!,
              what: Number(is_private) === 1 ? 'noted' : 'replied',
            }))
            .sort((a, b) => a.at - b.at),
        );
      },
      async changedSince(sinceMs) {
        const all: TicketReading[] = [];
        for (let page = 0; page < MOST_PAGES; page++) {
          const range = `range=${page * PER_PAGE}-${(page + 1) * PER_PAGE - 1}`;
          const listed = await get<Ticket[]>(`/Ticket?sort=date_mod&order=DESC&${range}`, 'look');
          // Beyond the last page GLPI returns 400.
          if (listed.is === 'permanent' && page > 0) break;
          if (listed.is !== 'done') return listed;
          if (!Array.isArray(listed.value)) return { is: 'temporary', why: `${service} returned no list` };
          all.push(...listed.value.map(reading));
          if (listed.value.length < PER_PAGE || all.at(-1)!.updatedAt < sinceMs - DAY_MS) break;
        }
        const since = Math.trunc(sinceMs / 1_000) * 1_000;
        const tickets = all.filter(({ updatedAt }) => updatedAt >= since).toReversed();
        return { is: 'done', value: { tickets, isComplete: true } };
      },
      async closeDouble(remoteId, kept) {
        const said = await follow(
          remoteId,
          `Duplicate of ticket ${kept.remoteId}, which is kept.`,
          `double:${remoteId}`,
          true,
        );
        if (said.is !== 'done') return said;
        // Solved before linking: when one of two linked duplicates is solved, GLPI solves the other, too.
        const solved = await update(remoteId, given.statuses.resolved, undefined);
        if (solved.is !== 'done') return solved;
        const input = { tickets_id_1: Number(remoteId), tickets_id_2: Number(kept.remoteId), link: LINKED };
        const linked = await call({
          method: 'POST',
          path: '/Ticket_Ticket',
          body: { input },
          use: 'change',
          isRepeatable: true,
        });
        // A permanent failure means that they are already linked.
        return linked.is === 'done' || linked.is === 'permanent' ? { is: 'done', value: remoteId } : linked;
      },
      async inspect() {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const entity = given.entity === undefined ? undefined : await get(`/Entity/${given.entity}`, 'look');
        return {
          is: 'done',
          value: [
            ...(entity && entity.is !== 'done'
              ? [`${service} has no entity ${given.entity} that the Watchdesk user can see`]
              : []),
            ...(isZone(given.timezone) ? [] : [`${given.timezone} is not a time zone`]),
            ...api.oddities,
          ],
        };
      },
      isGenuine: (headers, body) =>
        isSignedByGlpi(given.webhook_secret, headers, body) ||
        isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

/**
 * Webhooks of GLPI 11: HMAC-SHA256 of the body followed by the timestamp (src/Webhook.php of its repository). They wait
 * in a queue for its cron and may be late; a call says only that something has changed, so an old one does no harm.
 */
function isSignedByGlpi(secret: string | undefined, headers: HttpHeaders, body: string): boolean {
  const signature = header(headers, 'x-glpi-signature').replace(/^sha256=/, '');
  const timestamp = header(headers, 'x-glpi-timestamp');
  if (secret === undefined || signature === '' || !/^\d{1,12}$/.test(timestamp)) return false;
  return isEqual(signature, hmac('sha256', secret, body + timestamp, 'hex'));
}

/** GLPI may end a session at any time. */
function inSession(api: HelpdeskApi, userToken: string, now: () => number) {
  const begin = async (use: CallUse): Promise<ApiOutcome<SignIn>> => {
    const begun = await api.call<{ session_token?: string }>({
      method: 'GET',
      path: '/initSession',
      headers: { authorization: `user_token ${userToken}` },
      use,
      isRepeatable: true,
    });
    if (begun.is !== 'done') return begun.is === 'permanent' ? { is: 'temporary', why: begun.why } : begun;
    const token = begun.value?.session_token;
    return token === undefined
      ? { is: 'temporary', why: 'GLPI did not start a session' }
      : { is: 'done', value: { headers: { 'session-token': token } } };
  };
  const hasEnded = (done: ApiOutcome<unknown>) =>
    done.is === 'temporary' && done.why.includes('ERROR_SESSION_TOKEN_INVALID');
  return signedIn(api, begin, hasEnded, now);
}

/** What to try, in order: the whole ticket, then only what is required. */
function wishes(given: Settings, { key, subject, body, priority, customer }: NewTicket) {
  const asked = customer?.requester ?? given.requester;
  const requester = asked === undefined ? undefined : Number(asked);
  const entity = typeof customer?.company === 'number' ? customer.company : given.entity;
  const level = given.priorities[priority];
  const needed = {
    name: neutraliseLine(subject, NAME_LIMIT),
    content: `<p>${html(body)}</p>`,
    urgency: level,
    impact: level,
    priority: level,
    type: 1,
    externalid: key,
  };
  const extras = {
    ...given.fields,
    ...(entity !== undefined && { entities_id: entity }),
    ...(given.category !== undefined && { itilcategories_id: given.category }),
    ...(given.group !== undefined && { _groups_id_assign: given.group }),
    ...(requester !== undefined && Number.isInteger(requester) && { _users_id_requester: requester }),
  };
  return [
    { body: { ...needed, ...extras } },
    { body: needed, without: Object.keys(extras).join(', ') || 'nothing' },
  ];
}

/** Older versions store text with HTML entities. */
const decoded = (text: string): string =>
  text
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

/** Parses `2026-01-02 03:04:05` in the server's own time zone. */
function localTime(stamp: string | undefined, timeZone: string): number {
  if (!stamp) return Number.NaN;
  try {
    return Temporal.PlainDateTime.from(stamp.replace(' ', 'T')).toZonedDateTime(
      isZone(timeZone) ? timeZone : 'UTC',
    ).epochMilliseconds;
  } catch {
    return Number.NaN;
  }
}

function isZone(timeZone: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(timeZone);
    return true;
  } catch {
    return false;
  }
}
