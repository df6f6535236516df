// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { withAgentNumber } from './shared/agent-number.ts';
import { helpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { createLeniently } from './shared/create-leniently.ts';
import { remembered } from './shared/remembered.ts';
import { guarded } from './shared/guarded.ts';
import { isGenuineCall } from './shared/genuine.ts';
import { keepKey } from './shared/keep-key.ts';
import {
  httpSettings,
  mapping,
  priorityOf,
  secret,
  serverUrl,
  statusOf,
  waitingOn,
  unknownValues,
} from './shared/settings.ts';
import { isEntry, keyedSubject, keyedText, keyOfSubject, marker } from './shared/ticket-words.ts';

const settings = z.strictObject({
  url: serverUrl.describe('URL of Zammad, such as https://support.example.'),
  token: secret.describe('Access token of the Watchdesk user, with the permission `ticket.agent`.'),
  group: z.string().min(1).default('Users').describe('Group of the tickets.'),
  customer: z
    .string()
    .min(1)
    .describe(
      'Login or email address that tickets are opened for, unless the customer has its own `requester`.',
    ),
  key_field: z
    .string()
    .regex(/^[a-z]\w*$/, 'the name of a text attribute of tickets, such as watchdesk_key')
    .default('watchdesk_key')
    .describe('Text attribute of tickets (Admin, Objects) that holds the incident key.'),
  tags: z
    .array(z.string().regex(/^[^,]+$/))
    .default(['watchdesk'])
    .describe('Tags of the tickets.'),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Additional attributes.'),
  reply_by: z
    .enum(['email', 'note'])
    .default('email')
    .describe('How a reply reaches the customer: by email, or as a note in the portal.'),
  ...mapping(z.string(), {
    priorities: { urgent: '3 high', high: '3 high', medium: '2 normal', low: '1 low' },
    statuses: { open: 'open', pending: 'pending reminder', resolved: 'closed' },
    pending: ['pending close'],
    resolved: ['merged', 'removed'],
  }),
  ...httpSettings({ lag: '0s', callsPerMinute: 300 }),
});

type Settings = z.output<typeof settings>;

const secretsOf = ({ token, webhook_secret }: Settings): string[] =>
  [token, webhook_secret].filter((one) => one !== undefined);

/** With `expand=true`: names beside ids. Custom attributes stand beside the built-in fields. */
interface Ticket {
  id: number;
  number: string;
  title: string;
  state: string;
  priority: string;
  owner?: string;
  owner_id?: number;
  customer?: string;
  organization?: string | null;
  created_at: string;
  updated_at: string;
  [attribute: string]: unknown;
}

interface Article {
  body: string;
  internal: boolean;
  sender: string;
  from?: string;
  created_by?: string;
  created_by_id: number;
  created_at: string;
}

const TITLE_LIMIT = 200;
const PER_PAGE = 100;
const MOST_PAGES = 30;
/** The owner of tickets that nobody owns. */
const NOBODY = 1;
const DAY_MS = 86_400_000;

/** Zammad, REST API: https://docs.zammad.org/en/latest/api/intro.html */
export default {
  type: 'zammad',
  product: 'Zammad',
  summary: 'Zammad; a ticket attribute holds the incident key.',
  setup: `1. Under _Admin → Objects → Ticket_, add a text attribute named \`watchdesk_key\` and update the database.
2. Create a separate agent for Watchdesk and an access token with the permission \`ticket.agent\` (with
   \`admin.object\`, \`validate --online\` can check the attribute as well).
3. Zammad has three priorities. \`3 high\` stands for both urgent and high, so a ticket that someone marks high is
   urgent to Watchdesk and pages.
4. To be notified of changes immediately, add a webhook to \`https://watch.example.com/hooks/helpdesk/zammad\`
   (_Admin → Webhook_) with \`webhook_secret\` as its signature token, and a trigger that calls it.`,
  example: `type: zammad
url: https://support.acme.example
token: \${ZAMMAD_TOKEN}
group: Users
customer: monitoring@acme.example
webhook_secret: \${ZAMMAD_HOOK_SECRET}`,
  settings,
  capabilities: {
    keyIn: 'a text attribute (`key_field`), read back after creation; the end of the title if it was dropped',
    lookUp: 'a search by condition, which queries the database, not the search index',
    doubles: 'merged into the oldest',
    publicReply: true,
    assignee: 'the agent ID, from the URL of their page under Users',
    humanActs: 'articles of all agents except the Watchdesk user',
    whose: 'organization and customer email address',
    changes: 'listing tickets by `updated_at`, from the database',
    deleted: '404; a merged ticket is followed',
    webhook: 'signed with `X-Hub-Signature`',
    inspects: 'credentials, group, states, priorities; the attribute, if the Watchdesk user may read objects',
    worstCase:
      'Two at first, if a request stays in transit longer than the lookup waits; the duplicate search merges them within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const service = 'Zammad';
    const api = helpdeskApi(given, {
      service,
      base: `${given.url}/api/v1`,
      headers: { authorization: `Token token=${given.token}` },
      secrets: secretsOf(given),
      now,
    });
    const urlOf = (id: number | string) => `${given.url}/#ticket/zoom/${id}`;
    const whoAmI = remembered(async () =>
      mapDone(await api.get<{ id: number }>('/users/me'), ({ id }) => id),
    );
    const reading = (ticket: Ticket, me: number): TicketReading => {
      const { id, number, title, state, priority, owner, owner_id } = ticket;
      const key = ticket[given.key_field];
      return {
        remoteId: String(id),
        label: number,
        url: urlOf(id),
        key: (typeof key === 'string' && key !== '' ? key : undefined) ?? keyOfSubject(title),
        subject: title,
        status: statusOf(given, state),
        ...waitingOn(given, state),
        ...(typeof ticket.organization === 'string' && { companies: [ticket.organization] }),
        ...(ticket.customer?.includes('@') && { requester: ticket.customer.toLowerCase() }),
        priority: priorityOf(given, priority),
        assignee:
          owner_id && owner_id !== NOBODY && owner_id !== me ? (owner ?? `agent ${owner_id}`) : undefined,
        ...(owner_id && owner_id !== NOBODY && { assigneeId: String(owner_id) }),
        createdAt: Date.parse(ticket.created_at),
        updatedAt: Date.parse(ticket.updated_at),
      };
    };
    /** Without `query`, Zammad searches its database. A condition that it does not understand matches everything. */
    const search = async (
      condition: object,
      sort: object,
      use: CallUse,
      isEnough: (last: TicketReading) => boolean,
    ): Promise<Outcome<TicketReading[]>> => {
      const me = await whoAmI();
      if (me.is !== 'done') return me;
      const all: TicketReading[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const found = await api.call<Ticket[]>({
          method: 'POST',
          path: '/tickets/search?expand=true',
          body: { condition, ...sort, per_page: PER_PAGE, page },
          use,
          isRepeatable: true,
        });
        if (found.is !== 'done') return found;
        if (!Array.isArray(found.value)) return { is: 'temporary', why: `${service} returned no list` };
        all.push(...found.value.map((ticket) => reading(ticket, me.value)));
        if (found.value.length < PER_PAGE || isEnough(all.at(-1)!)) break;
      }
      return { is: 'done', value: all };
    };
    const readTicket = (remoteId: string, use: CallUse) =>
      api.get<Ticket>(`/tickets/${remoteId}?expand=true`, use);
    const put = (remoteId: string, body: unknown) =>
      api.call<Ticket>({ method: 'PUT', path: `/tickets/${remoteId}?expand=true`, body, use: 'change' });
    const write = async (remoteId: string, article: object): Promise<Outcome<string>> => {
      const body = { ticket_id: Number(remoteId), content_type: 'text/plain', ...article };
      const made = await api.call({ method: 'POST', path: '/ticket_articles', body, use: 'change' });
      return mapDone(made, () => remoteId);
    };
    const articles = (remoteId: string, use: CallUse) =>
      api.get<Article[]>(`/ticket_articles/by_ticket/${remoteId}?expand=true`, use);

    return guarded(service, {
      adapter: 'zammad',
      place: given.url,
      readsAs: (priority) => priorityOf(given, given.priorities[priority]),
      indexLagMs: given.index_lag,
      async create(order) {
        const { outcome, remarks } = await createLeniently<Ticket>(wishes(given, order), (body) =>
          api.call({
            method: 'POST',
            path: '/tickets?expand=true',
            body,
            use: createUse(order.priority),
          }),
        );
        if (outcome.is !== 'done') return outcome;
        const { id, number: label } = outcome.value ?? {};
        if (typeof id !== 'number')
          return { is: 'ambiguous', why: `the response from ${service} contains no ticket` };
        const remoteId = String(id);
        const kept = await keepKey(
          `the attribute ${given.key_field}`,
          order.key,
          async () => mapDone(await readTicket(remoteId, 'urgent'), (ticket) => reading(ticket, NOBODY)),
          () => put(remoteId, { title: keyedSubject(order.subject, order.key, TITLE_LIMIT) }),
        );
        return { is: 'done', value: { remoteId, label, url: urlOf(id), remarks: [...remarks, ...kept] } };
      },
      async findAll(key) {
        const oldest = { sort_by: 'id', order_by: 'asc' };
        const byField = await search(
          { [`ticket.${given.key_field}`]: { operator: 'is', value: key } },
          oldest,
          'urgent',
          () => false,
        );
        const rows = byField.is === 'done' ? byField.value : [];
        // Without that attribute the condition is rejected or ignored: the key is in the title then.
        if (byField.is !== 'done' && byField.is !== 'permanent') return byField;
        const byTitle = await search(
          { 'ticket.title': { operator: 'contains', value: marker(key) } },
          oldest,
          'urgent',
          () => false,
        );
        if (byTitle.is !== 'done') return byTitle;
        const found = new Map(
          [...rows, ...byTitle.value]
            .filter((ticket) => ticket.key === key)
            .map((ticket) => [ticket.remoteId, ticket]),
        );
        return {
          is: 'done',
          value: [...found.values()].sort((a, b) => Number(a.remoteId) - Number(b.remoteId)),
        };
      },
      note: (remoteId, { key, text }) =>
        write(remoteId, { body: keyedText(text, key), type: 'note', internal: true }),
      async reply(remoteId, { text: body }) {
        if (given.reply_by === 'note') return write(remoteId, { body, type: 'note', internal: false });
        const ticket = await readTicket(remoteId, 'change');
        if (ticket.is !== 'done') return ticket;
        const { customer: to, title: subject } = ticket.value;
        return write(remoteId, { body, type: 'email', sender: 'Agent', to, subject, internal: false });
      },
      async hasEntry(remoteId, key, reply) {
        return mapDone(await articles(remoteId, 'urgent'), (all) =>
          all.some(({ body }) => isEntry(body, key, reply)),
        );
      },
      async update(remoteId, { status, priority }) {
        const pending = { pending_time: new Date(now() + DAY_MS).toISOString() };
        const done = await put(remoteId, {
          ...(status && { state: given.statuses[status] }),
          ...(status === 'pending' && pending),
          ...(priority && { priority: given.priorities[priority] }),
        });
        if (done.is !== 'done' || !status) return mapDone(done, () => remoteId);
        const is = done.value?.state;
        if (is === undefined || is === given.statuses[status]) return { is: 'done', value: remoteId };
        return { is: 'permanent', why: `${service} left the state of ticket ${done.value.number} at ${is}` };
      },
      assign: (remoteId, to) =>
        withAgentNumber(service, to, async (agent) => {
          const done = await put(remoteId, { owner_id: agent });
          // Zammad removes an agent without rights in the group again, and returns 200.
          if (done.is !== 'done' || done.value.owner_id === undefined || done.value.owner_id === agent)
            return mapDone(done, () => remoteId);
          const why = `${service} did not assign ticket ${done.value.number} to agent ${agent}; check their permissions in its group`;
          return { is: 'permanent', why };
        }),
      async read(remoteId) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const found = await readTicket(remoteId, 'look');
        if (isMissing(found)) return { is: 'done', value: null };
        if (found.is !== 'done') return found;
        const ticket = reading(found.value, me.value);
        if (found.value.state !== 'merged') return { is: 'done', value: ticket };
        const links = await api.get<{
          links: { link_type: string; link_object: string; link_object_value: number }[];
        }>(`/links?link_object=Ticket&link_object_value=${remoteId}`);
        if (links.is !== 'done') return links;
        const parent = links.value.links.find(
          ({ link_type, link_object }) => link_type === 'parent' && link_object === 'Ticket',
        );
        return {
          is: 'done',
          value: parent ? { ...ticket, mergedInto: String(parent.link_object_value) } : ticket,
        };
      },
      async humanActs(remoteId, sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const listed = await articles(remoteId, 'look');
        return mapDone(listed, (all) =>
          all.flatMap(({ sender, created_by_id, created_by, created_at, internal }): HumanAct[] => {
            const at = Date.parse(created_at);
            const isHuman = sender === 'Agent' && created_by_id !== me.value && at > sinceMs;
            return isHuman
              ? [{ at, by: created_by ?? `agent ${created_by_id}`, what: internal ? 'noted' : 'replied' }]
              : [];
          }),
        );
      },
      async changedSince(sinceMs) {
        const condition = {
          'ticket.updated_at': { operator: 'after (absolute)', value: new Date(sinceMs - 1).toISOString() },
        };
        const newest = { sort_by: 'updated_at', order_by: 'desc' };
        const found = await search(condition, newest, 'look', ({ updatedAt }) => updatedAt < sinceMs);
        return mapDone(found, (all) => ({
          tickets: all.filter(({ updatedAt }) => updatedAt >= sinceMs).toReversed(),
          isComplete: true,
        }));
      },
      async closeDouble(remoteId, kept) {
        const target = await readTicket(kept.remoteId, 'change');
        if (target.is !== 'done') return target;
        const merged = await api.call<{ result?: string; message?: string }>({
          method: 'PUT',
          path: `/ticket_merge/${remoteId}/${target.value.number}`,
          use: 'change',
        });
        if (merged.is !== 'done') return merged;
        // Zammad returns 200 for a merge that failed.
        if (merged.value?.result === 'success') return { is: 'done', value: remoteId };
        return {
          is: 'permanent',
          why: `${service} did not merge ticket ${remoteId}: ${neutraliseLine(merged.value?.message ?? '', 200)}`,
        };
      },
      async inspect() {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const lists = await Promise.all(
          ['/ticket_states', '/ticket_priorities', '/groups'].map((path) =>
            api.get<{ name: string; active?: boolean }[]>(path),
          ),
        );
        const objects = await api.get<{ name: string; object: string; active: boolean }[]>(
          '/object_manager_attributes',
        );
        const [states, priorities, groups] = lists.map((list) =>
          list.is === 'done'
            ? list.value.filter(({ active }) => active !== false).map(({ name }) => name)
            : [],
        );
        const failed = lists.find((list) => list.is !== 'done');
        if (failed) return failed;
        const known =
          objects.is === 'done'
            ? objects.value.filter(({ object }) => object === 'Ticket').map(({ name }) => name)
            : undefined;
        const wanted = [given.key_field, ...Object.keys(given.fields)];
        return {
          is: 'done',
          value: [
            ...(groups!.includes(given.group)
              ? []
              : [`${service} has no group ${given.group}; it has ${groups!.join(', ')}`]),
            ...unknownValues(service, 'state', given.statuses, states!),
            ...unknownValues(service, 'priority', given.priorities, priorities!),
            ...(known
              ? wanted
                  .filter((name) => !known.includes(name))
                  .map((name) => `${service} has no ticket attribute ${name}; add it under Admin, Objects`)
              : [
                  `The Watchdesk user cannot read objects (admin.object), so the ticket attribute ${given.key_field} is not checked`,
                ]),
            ...api.oddities,
          ],
        };
      },
      isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

/** What to try, in order: the whole ticket, then only what is required. */
function wishes(given: Settings, { key, subject, body, priority, customer }: NewTicket) {
  const title = neutraliseLine(subject, TITLE_LIMIT);
  const needed = {
    title,
    group: given.group,
    customer: given.customer,
    article: { subject: title, body, type: 'note', internal: true, content_type: 'text/plain' },
    [given.key_field]: key,
  };
  const extras = {
    ...given.fields,
    priority: given.priorities[priority],
    ...(customer?.requester !== undefined && { customer: customer.requester }),
    ...(given.tags.length > 0 && { tags: given.tags.join(',') }),
  };
  return [{ body: { ...needed, ...extras } }, { body: needed, without: Object.keys(extras).join(', ') }];
}
