import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { withAgentNumber } from './shared/agent-number.ts';
import { helpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse } from './shared/call-budget.ts';
import { createLeniently } from './shared/create-leniently.ts';
import { nameBook, namesOf } from './shared/name-book.ts';
import { remembered } from './shared/remembered.ts';
import { guarded } from './shared/guarded.ts';
import { isGenuineCall } from './shared/genuine.ts';
import {
  httpSettings,
  mailAddress,
  mapping,
  priorityOf,
  secret,
  serverUrl,
  statusOf,
  waitingOn,
  unknownValues,
} from './shared/settings.ts';
import { html, isEntry, keyedSubject, keyOfSubject, marker } from './shared/ticket-words.ts';

const settings = z
  .strictObject({
    domain: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name before .freshdesk.com, such as acme')
      .optional()
      .describe('The name before .freshdesk.com.'),
    url: serverUrl.optional().describe('Instead of `domain`, for a custom domain.'),
    api_key: secret.describe('API key of the Watchdesk agent.'),
    requester: mailAddress.describe('Requester of the tickets, unless the customer has its own `requester`.'),
    key_field: z
      .string()
      .regex(/^cf_\w+$/, 'the name of a custom text field, such as cf_watchdesk_key')
      .default('cf_watchdesk_key')
      .describe('Custom text field that holds the incident key.'),
    group_id: z.int().positive().optional().describe('ID of the group that tickets are assigned to.'),
    product_id: z.int().positive().optional().describe('ID of the product of the tickets.'),
    ticket_type: z.string().min(1).optional().describe('Ticket type, such as Incident.'),
    tags: z.array(z.string().min(1).max(32)).default(['watchdesk']).describe('Tags of the tickets.'),
    fields: z
      .record(z.string().regex(/^cf_\w+$/), z.unknown())
      .default({})
      .describe('Additional custom fields.'),
    // https://developers.freshdesk.com/api/#ticket_attributes
    ...mapping(z.int(), {
      priorities: { low: 1, medium: 2, high: 3, urgent: 4 },
      statuses: { open: 2, pending: 3, resolved: 4 },
      pending: [3, 6, 7],
      thirdParty: [7],
      resolved: [4, 5],
    }),
    ...httpSettings({ lag: '60s', callsPerMinute: 100 }),
  })
  .refine((given) => (given.domain === undefined) !== (given.url === undefined), {
    message: 'exactly one of `domain` and `url`',
  });

type Settings = z.output<typeof settings>;

const secretsOf = ({ api_key, webhook_secret }: Settings): string[] => [
  api_key,
  ...(webhook_secret ? [webhook_secret] : []),
];

interface Ticket {
  id: number;
  subject?: string;
  status: number;
  priority: number;
  responder_id?: number | null;
  company_id?: number | null;
  /** Where it was asked for. */
  requester?: { email?: string | null };
  created_at: string;
  updated_at: string;
  custom_fields?: Record<string, unknown>;
  deleted?: boolean;
  spam?: boolean;
}

interface Conversation {
  body?: string;
  incoming?: boolean;
  private?: boolean;
  user_id?: number;
  created_at: string;
}

interface TicketField {
  name: string;
  choices?: Record<string, unknown>;
}

/** Credits of a call that asks for more than the ticket. */
const WITH_INCLUDE = 3;
const SUBJECT_LIMIT = 255;
const PER_PAGE = 100;
const MOST_PAGES = 30;
const MOST = PER_PAGE * MOST_PAGES;
/** Tickets are looked for among those that were touched within this time: an outage and the sweep after it. */
const LOOK_BACK_MS = 72 * 3_600_000;

/** Freshdesk, API v2: https://developers.freshdesk.com/api/ */
export default {
  type: 'freshdesk',
  summary: 'Freshdesk; a custom text field holds the incident key.',
  setup: `1. Under _Admin → Ticket Fields_, add a single-line text field named \`watchdesk_key\`; the API calls it
   \`cf_watchdesk_key\`. It holds the incident key, by which Watchdesk finds a ticket again after a lost response.
2. Create a separate agent for Watchdesk and copy its API key (_Profile settings_). What this agent does never counts
   as human work.
3. To be notified of changes immediately, create a rule under _Admin → Automations → Ticket updates_ that triggers a
   webhook (POST) to \`https://watch.example.com/hooks/helpdesk/freshdesk\` with \`webhook_secret\` in the header
   \`X-Watchdesk-Secret\`.`,
  example: `type: freshdesk
domain: acme # or url: https://support.acme.example
api_key: \${FRESHDESK_API_KEY}
requester: monitoring@acme.example
group_id: 42
webhook_secret: \${FRESHDESK_HOOK_SECRET}`,
  settings,
  capabilities: {
    keyIn: 'a custom text field (`key_field`); the end of the subject if the field is rejected',
    lookUp: 'the list of updated tickets; the search lags by minutes and is not used',
    doubles: 'merged into the oldest',
    publicReply: true,
    assignee: 'the agent ID, from the URL of their profile',
    humanActs: 'conversations of all agents except the Watchdesk agent',
    whose: 'company ID and requester email address',
    changes: 'listing tickets with `updated_since`',
    deleted: '404 or `deleted`; a ticket that the Watchdesk agent may not see is left unchanged',
    webhook: 'an automation rule that sends the header `X-Watchdesk-Secret`',
    inspects: 'credentials, key field, custom fields, statuses, priorities, types, groups',
    worstCase:
      'Two at first, if the list lags by more than `index_lag` after a lost response; the duplicate search merges them within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const base = given.url ?? `https://${given.domain}.freshdesk.com`;
    const service = 'Freshdesk';
    const api = helpdeskApi(given, {
      service,
      base: `${base}/api/v2`,
      headers: { authorization: `Basic ${Buffer.from(`${given.api_key}:X`).toString('base64')}` },
      secrets: secretsOf(given),
      now,
    });
    const urlOf = (id: number | string) => `${base}/a/tickets/${id}`;
    const nameOf = nameBook(async (id: number) =>
      mapDone(
        await api.get<{ contact?: { name?: string } }>(`/agents/${id}`),
        (agent) => agent.contact?.name,
      ),
    );
    /** Agents by their id; `read` alone asks for the name. */
    const reading = (ticket: Ticket): TicketReading => {
      const { id, subject = '', custom_fields, responder_id } = ticket;
      const key = custom_fields?.[given.key_field] ?? keyOfSubject(subject);
      return {
        remoteId: String(id),
        url: urlOf(id),
        key: typeof key === 'string' ? key : undefined,
        subject,
        status: statusOf(given, ticket.status),
        ...waitingOn(given, ticket.status),
        ...(typeof ticket.company_id === 'number' && { companies: [ticket.company_id] }),
        ...(ticket.requester?.email && { requester: ticket.requester.email.toLowerCase() }),
        priority: priorityOf(given, ticket.priority),
        assignee: responder_id ? String(responder_id) : undefined,
        ...(responder_id && { assigneeId: String(responder_id) }),
        createdAt: Date.parse(ticket.created_at),
        updatedAt: Date.parse(ticket.updated_at),
      };
    };
    const whoAmI = remembered(async () =>
      mapDone(await api.get<{ id: number }>('/agents/me'), ({ id }) => id),
    );
    /** Page after page of a list. */
    const pages = async <Item>(path: string, use: 'look' | 'urgent'): Promise<Outcome<Item[]>> => {
      const cost = path.includes('include=') ? WITH_INCLUDE : 1;
      const all: Item[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const listed = await api.get<Item[]>(`${path}per_page=${PER_PAGE}&page=${page}`, use, cost);
        if (listed.is !== 'done') return listed;
        if (!Array.isArray(listed.value)) return { is: 'temporary', why: `${service} returned no list` };
        all.push(...listed.value);
        if (listed.value.length < PER_PAGE) break;
      }
      return { is: 'done', value: all };
    };
    const list = async (sinceMs: number, order: string, use: 'look' | 'urgent') => {
      const since = new Date(sinceMs).toISOString().replace(/\.\d+/, '');
      return pages<Ticket>(`/tickets?updated_since=${since}&${order}&`, use);
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
      adapter: 'freshdesk',
      place: base,
      readsAs: (priority) => priorityOf(given, given.priorities[priority]),
      indexLagMs: given.index_lag,
      async create(ticket) {
        const { outcome, remarks } = await createLeniently<Ticket>(wishes(given, ticket), (body) =>
          api.call({
            method: 'POST',
            path: '/tickets',
            body,
            use: createUse(ticket.priority),
          }),
        );
        if (outcome.is !== 'done') return outcome;
        const { id, subject, custom_fields } = outcome.value ?? {};
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
        const listed = await list(now() - LOOK_BACK_MS, 'order_by=created_at&order_type=desc', 'urgent');
        if (listed.is !== 'done') return listed;
        const found = listed.value.map(reading).filter((ticket) => ticket.key === key);
        return { is: 'done', value: found.sort((a, b) => Number(a.remoteId) - Number(b.remoteId)) };
      },
      note: (remoteId, { key, text }) => write(remoteId, 'notes', text, key),
      reply: (remoteId, { key, text }) => write(remoteId, 'reply', text, key),
      async hasEntry(remoteId, key, reply) {
        const listed = await pages<Conversation>(`/tickets/${remoteId}/conversations?`, 'urgent');
        return mapDone(listed, (all) => all.some(({ body = '' }) => isEntry(body, key, reply)));
      },
      update: (remoteId, { status, priority }) =>
        put(remoteId, {
          ...(status && { status: given.statuses[status] }),
          ...(priority && { priority: given.priorities[priority] }),
        }),
      assign: (remoteId, to) =>
        withAgentNumber(service, to, (agent) => put(remoteId, { responder_id: agent })),
      async read(remoteId) {
        const path = `/tickets/${remoteId}?include=requester`;
        const read = await api.get<Ticket & { merged_ticket_id?: number }>(path, 'look', WITH_INCLUDE);
        if (isMissing(read) || ('status' in read && read.status === 405)) return { is: 'done', value: null };
        if (read.is !== 'done') return read;
        if (read.value.deleted || read.value.spam) return { is: 'done', value: null };
        const { merged_ticket_id: merged } = read.value;
        const mergedInto = merged ? String(merged) : undefined;
        const { responder_id: agent } = read.value;
        const assignee = agent ? await nameOf(agent) : undefined;
        if (assignee && assignee.is !== 'done') return assignee;
        return {
          is: 'done',
          value: { ...reading(read.value), assignee: assignee?.value, mergedInto },
        };
      },
      async humanActs(remoteId, sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const listed = await pages<Conversation>(`/tickets/${remoteId}/conversations?`, 'look');
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
        const listed = await list(sinceMs, 'order_by=updated_at&order_type=asc&include=requester', 'look');
        return mapDone(listed, (all) => ({ tickets: all.map(reading), isComplete: all.length < MOST }));
      },
      closeDouble: (remoteId, kept) =>
        api
          .call({
            method: 'PUT',
            path: '/tickets/merge',
            body: {
              primary_id: Number(kept.remoteId),
              ticket_ids: [Number(remoteId)],
              note_in_primary: {
                body: `Duplicate ticket ${remoteId} was merged into this ticket.`,
                private: true,
              },
              note_in_secondary: {
                body: `Duplicate of ticket ${kept.remoteId}, which is kept.`,
                private: true,
              },
            },
            use: 'change',
          })
          .then((done) => mapDone(done, () => remoteId)),
      async inspect() {
        const me = await api.get<{ id: number }>('/agents/me');
        if (me.is !== 'done') return me;
        const fields = await api.get<TicketField[]>('/ticket_fields');
        if (fields.is !== 'done') return fields;
        const groups = given.group_id === undefined ? undefined : await api.get(`/groups/${given.group_id}`);
        return {
          is: 'done',
          value: [
            ...misfits(given, fields.value),
            ...(groups && groups.is !== 'done' ? [`${service} has no group ${given.group_id}`] : []),
            ...api.oddities,
          ],
        };
      },
      isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

/** The whole ticket, then what cannot be done without, then with the key in the subject. */
function wishes(given: Settings, { key, subject, body, priority, customer }: NewTicket) {
  const requester = customer?.requester ?? given.requester;
  const company = typeof customer?.company === 'number' ? customer.company : undefined;
  const needed = {
    ...(/^\d+$/.test(requester) ? { requester_id: Number(requester) } : { email: requester }),
    subject: neutraliseLine(subject, SUBJECT_LIMIT),
    description: html(body),
    priority: given.priorities[priority],
    status: given.statuses.open,
    source: 2,
  };
  const extras = {
    tags: given.tags,
    ...(given.group_id !== undefined && { group_id: given.group_id }),
    ...(given.product_id !== undefined && { product_id: given.product_id }),
    ...(given.ticket_type !== undefined && { type: given.ticket_type }),
    ...(company !== undefined && { company_id: company }),
  };
  const keyField = { [given.key_field]: key };
  const all = { ...needed, ...extras, custom_fields: { ...given.fields, ...keyField } };
  const left = [...Object.keys(extras), ...Object.keys(given.fields)].join(', ');
  return [
    { body: all },
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

function misfits(given: Settings, fields: readonly TicketField[]): string[] {
  const of = (name: string) => fields.find((field) => field.name === name);
  const missing = [given.key_field, ...Object.keys(given.fields)].filter((name) => !of(name));
  const statuses = Object.keys(of('status')?.choices ?? {}).map(Number);
  const priorities = Object.values(of('priority')?.choices ?? {}).map(Number);
  const types = Object.values(of('ticket_type')?.choices ?? {}).map(String);
  const type = given.ticket_type;
  return [
    ...missing.map((name) => `Freshdesk has no ticket field ${name}; add it under Admin, Ticket Fields`),
    ...unknownValues('Freshdesk', 'status', given.statuses, statuses),
    ...unknownValues('Freshdesk', 'priority', given.priorities, priorities),
    ...(type && !types.includes(type)
      ? [`Freshdesk has no ticket type ${type}; it has ${types.join(', ')}`]
      : []),
  ];
}
