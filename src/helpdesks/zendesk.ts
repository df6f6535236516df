// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { hash } from 'node:crypto';
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutralise, neutraliseLine } from '../core/neutralise.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { withAgentNumber } from './shared/agent-number.ts';
import { helpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { createLeniently } from './shared/create-leniently.ts';
import { guarded } from './shared/guarded.ts';
import { header, hmac, isEqual } from '../outside/signature.ts';
import { isGenuineCall } from './shared/genuine.ts';
import { nameBook } from './shared/name-book.ts';
import { remembered } from './shared/remembered.ts';
import { keepKey } from './shared/keep-key.ts';
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
import { isEntry, keyedSubject, keyedText, keyOfSubject } from './shared/ticket-words.ts';

const settings = z
  .strictObject({
    subdomain: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name before .zendesk.com, such as acme')
      .optional()
      .describe('The name before .zendesk.com.'),
    url: serverUrl.optional().describe('Instead of `subdomain`, for a custom domain.'),
    email: mailAddress.optional().describe('Email address of the Watchdesk user; with `api_token`.'),
    api_token: secret.optional().describe('API token, with `email`.'),
    token: secret.optional().describe('OAuth token, instead of `email` and `api_token`.'),
    requester: z
      .email()
      .optional()
      .describe('Requester of the tickets, unless the customer has its own `requester`.'),
    group_id: z.int().positive().optional().describe('ID of the group that tickets are assigned to.'),
    ticket_type: z
      .enum(['problem', 'incident', 'question', 'task'])
      .optional()
      .describe('Type of the tickets.'),
    organization_field: z
      .boolean()
      .default(true)
      .describe('Send `customer.company` as the organization if it is a number.'),
    tags: z
      .array(z.string().regex(/^\S+$/, 'a tag without spaces'))
      .default(['watchdesk'])
      .describe('Tags of the tickets.'),
    fields: z
      .record(z.string().regex(/^\d+$/, 'the id of a ticket field'), z.unknown())
      .default({})
      .describe('Custom fields by ID.'),
    public: z.boolean().default(false).describe('Make the description visible to the customer.'),
    ...mapping(z.string(), {
      priorities: { urgent: 'urgent', high: 'high', medium: 'normal', low: 'low' },
      statuses: { open: 'open', pending: 'pending', resolved: 'solved' },
      pending: ['hold'],
      thirdParty: ['hold'],
      resolved: ['closed'],
    }),
    ...httpSettings({ lag: '30s', callsPerMinute: 150 }),
  })
  .refine((given) => (given.subdomain === undefined) !== (given.url === undefined), {
    message: 'exactly one of `subdomain` and `url`',
  })
  .refine(
    (given) => (given.token === undefined) === (given.email !== undefined && given.api_token !== undefined),
    {
      message: '`email` with `api_token`, or `token`',
    },
  );

type Settings = z.output<typeof settings>;

const secretsOf = ({ api_token, token, webhook_secret }: Settings): string[] =>
  [api_token, token, webhook_secret].filter((one) => one !== undefined);

interface Ticket {
  id: number;
  subject?: string;
  status: string;
  priority: string | null;
  external_id?: string | null;
  assignee_id?: number | null;
  organization_id?: number | null;
  requester_id?: number | null;
  /** The requester, where the call includes the users. */
  requester?: User;
  tags?: string[];
  created_at: string;
  updated_at: string;
}

interface Comment {
  author_id: number;
  body?: string;
  plain_body?: string;
  public?: boolean;
  created_at: string;
}

interface User {
  id: number | null;
  name?: string;
  role?: string;
  email?: string | null;
}

/** Zendesk's paging by cursor. */
interface Paged {
  meta?: { has_more?: boolean; after_cursor?: string };
}

const SUBJECT_LIMIT = 150;
const BODY_LIMIT = 60_000;
const PER_PAGE = 100;
const MOST_PAGES = 30;

/** Zendesk Support, API v2: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ */
export default {
  type: 'zendesk',
  product: 'Zendesk',
  summary: 'Zendesk; the external ID holds the incident key.',
  setup: `1. Create a separate agent for Watchdesk and an API token (_Admin Center → Apps and integrations → APIs_), or use an
   OAuth token as \`token\`. No custom field is needed: the incident key is stored in \`external_id\`.
2. To be notified of changes immediately, create a webhook to
   \`https://watch.example.com/hooks/helpdesk/zendesk\` and a trigger that calls it; its signing secret is
   \`webhook_secret\`.`,
  example: `type: zendesk
subdomain: acme
email: watchdesk@acme.example
api_token: \${ZENDESK_API_TOKEN}
requester: monitoring@acme.example
webhook_secret: \${ZENDESK_HOOK_SECRET}`,
  settings,
  capabilities: {
    keyIn: '`external_id`, read back after creation; the end of the subject if it was dropped',
    lookUp:
      'listing tickets by `external_id`; the search lags by minutes and is not used. An `Idempotency-Key` is valid for 2 hours',
    doubles: 'merged into the oldest',
    publicReply: true,
    assignee: 'the agent ID, from the URL of their profile',
    humanActs: 'comments of all agents except the Watchdesk user',
    whose: 'organization ID and requester email address',
    changes: 'listing tickets by `updated_at`, newest first',
    deleted: '404; a closed ticket can no longer be changed and counts as deleted',
    webhook: 'signed with `X-Zendesk-Webhook-Signature`',
    inspects: 'credentials, custom fields, statuses, priorities, group',
    worstCase:
      'Exactly one within 2 hours of the first attempt. After that, two at first, if the list lags by more than `index_lag`; the duplicate search merges them within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const service = 'Zendesk';
    const base = given.url ?? `https://${given.subdomain}.zendesk.com`;
    const basic = Buffer.from(`${given.email}/token:${given.api_token}`).toString('base64');
    const api = helpdeskApi(given, {
      service,
      base: `${base}/api/v2`,
      headers: { authorization: given.token === undefined ? `Basic ${basic}` : `Bearer ${given.token}` },
      secrets: secretsOf(given),
      now,
    });
    const urlOf = (id: number | string) => `${base}/agent/tickets/${id}`;
    const whoAmI = remembered(async (): Promise<Outcome<number>> => {
      const me = await api.get<{ user: User }>('/users/me');
      if (me.is !== 'done') return me;
      // Zendesk returns 200 for bad credentials, with a user who has no id.
      const { id } = me.value.user;
      if (id === null || id === undefined) {
        return {
          is: 'temporary',
          why: `${service} does not recognise the Watchdesk user: renew the credentials`,
        };
      }
      return { is: 'done', value: id };
    });
    const nameOf = nameBook(async (id: number) =>
      mapDone(await api.get<{ user: User }>(`/users/${id}`), ({ user }) => user.name),
    );
    /** Identifies agents by id; only `read` asks for the name. */
    const reading = ({ id, subject = '', ...ticket }: Ticket): TicketReading => ({
      remoteId: String(id),
      url: urlOf(id),
      key: ticket.external_id ?? keyOfSubject(subject),
      subject,
      status: statusOf(given, ticket.status),
      ...waitingOn(given, ticket.status),
      ...(typeof ticket.organization_id === 'number' && { companies: [ticket.organization_id] }),
      ...(ticket.requester?.email && { requester: ticket.requester.email.toLowerCase() }),
      priority: priorityOf(given, ticket.priority),
      assignee: ticket.assignee_id ? String(ticket.assignee_id) : undefined,
      ...(ticket.assignee_id && { assigneeId: String(ticket.assignee_id) }),
      createdAt: Date.parse(ticket.created_at),
      updatedAt: Date.parse(ticket.updated_at),
    });
    const put = async (
      remoteId: string,
      ticket: unknown,
      isRepeatable: boolean,
    ): Promise<Outcome<string>> => {
      const done = await api.call({
        method: 'PUT',
        path: `/tickets/${remoteId}`,
        body: { ticket },
        use: 'change',
        isRepeatable,
      });
      return mapDone(done, () => remoteId);
    };
    const say = (remoteId: string, { key, text }: { key: string; text: string }, isPublic: boolean) =>
      put(
        remoteId,
        {
          comment: {
            body: neutralise(isPublic ? text : keyedText(text, key), BODY_LIMIT),
            public: isPublic,
          },
        },
        false,
      );
    const readTicket = async (remoteId: string, use: CallUse): Promise<Outcome<Ticket | null>> => {
      const path = `/tickets/${remoteId}?include=users`;
      const found = await api.get<{ ticket: Ticket; users?: User[] }>(path, use);
      return isMissing(found)
        ? { is: 'done', value: null }
        : mapDone(found, ({ ticket, users }) => withRequester(ticket, users));
    };
    const list = async (
      query: string,
      use: CallUse,
      isEnough: (last: Ticket) => boolean,
    ): Promise<Outcome<Ticket[]>> => {
      const all: Ticket[] = [];
      let after = '';
      for (let page = 1; page <= MOST_PAGES; page++) {
        const listed = await api.get<{ tickets: Ticket[]; users?: User[] } & Paged>(
          `/tickets?${query}&include=users&page[size]=${PER_PAGE}${after}`,
          use,
        );
        if (listed.is !== 'done') return listed;
        if (!Array.isArray(listed.value?.tickets))
          return { is: 'temporary', why: `${service} returned no list` };
        const { tickets, users } = listed.value;
        all.push(...tickets.map((ticket) => withRequester(ticket, users)));
        const { has_more, after_cursor } = listed.value.meta ?? {};
        if (!has_more || !after_cursor || all.length === 0 || isEnough(all.at(-1)!)) break;
        after = `&page[after]=${encodeURIComponent(after_cursor)}`;
      }
      return { is: 'done', value: all };
    };
    const comments = async (
      remoteId: string,
      use: CallUse,
    ): Promise<Outcome<{ comments: Comment[]; users: User[] }>> => {
      const found = { comments: [] as Comment[], users: [] as User[] };
      let after = '';
      for (let page = 1; page <= MOST_PAGES; page++) {
        const path = `/tickets/${remoteId}/comments?include=users&page[size]=${PER_PAGE}${after}`;
        const listed = await api.get<{ comments: Comment[]; users?: User[] } & Paged>(path, use);
        if (listed.is !== 'done') return listed;
        found.comments.push(...listed.value.comments);
        found.users.push(...(listed.value.users ?? []));
        const { has_more, after_cursor } = listed.value.meta ?? {};
        if (!has_more || !after_cursor) break;
        after = `&page[after]=${encodeURIComponent(after_cursor)}`;
      }
      return { is: 'done', value: found };
    };

    return guarded(service, {
      adapter: 'zendesk',
      place: base,
      readsAs: (priority) => priorityOf(given, given.priorities[priority]),
      indexLagMs: given.index_lag,
      async create(order) {
        const { outcome, remarks } = await createLeniently<{ ticket: Ticket }>(
          wishes(given, order),
          (ticket) => {
            // Zendesk rejects the same key with another body: a request for less is another request.
            const idempotencyKey = `${order.orderId}-${hash('sha256', JSON.stringify(ticket), 'hex').slice(0, 16)}`;
            return api.call({
              method: 'POST',
              path: '/tickets',
              body: { ticket },
              headers: { 'idempotency-key': idempotencyKey },
              use: createUse(order.priority),
            });
          },
        );
        if (outcome.is !== 'done') return outcome;
        const id = outcome.value?.ticket?.id;
        if (typeof id !== 'number')
          return { is: 'ambiguous', why: `the response from ${service} contains no ticket` };
        const remoteId = String(id);
        const kept = await keepKey(
          'external_id',
          order.key,
          async () => {
            const back = await readTicket(remoteId, 'urgent');
            return mapDone(back, (found) => found && reading(found));
          },
          () => put(remoteId, { subject: keyedSubject(order.subject, order.key, SUBJECT_LIMIT) }, true),
        );
        return { is: 'done', value: { remoteId, url: urlOf(id), remarks: [...remarks, ...kept] } };
      },
      async findAll(key) {
        const listed = await list(`external_id=${encodeURIComponent(key)}&sort=id`, 'urgent', () => false);
        if (listed.is !== 'done') return listed;
        const all = listed.value.map(reading);
        return {
          is: 'done',
          value: all
            .filter((ticket) => ticket.key === key)
            .sort((a, b) => a.createdAt - b.createdAt || Number(a.remoteId) - Number(b.remoteId)),
        };
      },
      note: (remoteId, entry) => say(remoteId, entry, false),
      reply: (remoteId, entry) => say(remoteId, entry, true),
      async hasEntry(remoteId, key, reply) {
        const listed = await comments(remoteId, 'urgent');
        return mapDone(listed, ({ comments: all }) =>
          all.some(
            ({ body, plain_body }) =>
              isEntry(body ?? '', key, reply) || isEntry(plain_body ?? '', key, reply),
          ),
        );
      },
      update: (remoteId, { status, priority }) =>
        put(
          remoteId,
          {
            ...(status && { status: given.statuses[status] }),
            ...(priority && { priority: given.priorities[priority] }),
          },
          true,
        ),
      assign: (remoteId, to) =>
        withAgentNumber(service, to, (agent) => put(remoteId, { assignee_id: agent }, true)),
      async read(remoteId) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const found = await readTicket(remoteId, 'look');
        if (found.is !== 'done' || found.value === null) return found as Outcome<null>;
        const { assignee_id: agent } = found.value;
        const assignee = agent && agent !== me.value ? await nameOf(agent) : undefined;
        if (assignee && assignee.is !== 'done') return assignee;
        const ticket = { ...reading(found.value), assignee: assignee?.value };
        if (found.value.status !== 'closed') return { is: 'done', value: ticket };
        if (!found.value.tags?.includes('closed_by_merge')) return { is: 'done', value: null };
        // Only its last comment says which ticket it was merged into.
        const listed = await comments(remoteId, 'look');
        if (listed.is !== 'done') return listed;
        const mergedInto = /#(\d+)/.exec(listed.value.comments.at(-1)?.body ?? '')?.[1];
        return { is: 'done', value: mergedInto ? { ...ticket, mergedInto } : ticket };
      },
      async humanActs(remoteId, sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const listed = await comments(remoteId, 'look');
        if (listed.is !== 'done') return listed;
        const team = new Map(
          listed.value.users
            .filter(({ id, role }) => id !== me.value && (role === 'agent' || role === 'admin'))
            .map(({ id, name }) => [id, name ?? `agent ${id}`]),
        );
        const acts = listed.value.comments.flatMap(
          ({ author_id, created_at, public: isPublic }): HumanAct[] => {
            const by = team.get(author_id);
            const at = Date.parse(created_at);
            return by !== undefined && at > sinceMs ? [{ at, by, what: isPublic ? 'replied' : 'noted' }] : [];
          },
        );
        return { is: 'done', value: acts };
      },
      async changedSince(sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const listed = await list(
          'sort=-updated_at',
          'look',
          (last) => Date.parse(last.updated_at) < sinceMs,
        );
        if (listed.is !== 'done') return listed;
        const changed = listed.value.filter(({ updated_at }) => Date.parse(updated_at) >= sinceMs);
        return { is: 'done', value: { tickets: changed.map(reading).toReversed(), isComplete: true } };
      },
      closeDouble: (remoteId, kept) =>
        api
          .call({
            method: 'POST',
            path: `/tickets/${kept.remoteId}/merge`,
            body: {
              ids: [Number(remoteId)],
              source_comment: `Duplicate of ticket ${kept.remoteId}, which is kept.`,
              target_comment: `Duplicate ticket ${remoteId} was merged into this ticket.`,
              source_comment_is_public: false,
              target_comment_is_public: false,
            },
            use: 'change',
            isRepeatable: true,
          })
          .then((done) => mapDone(done, () => remoteId)),
      async inspect() {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const fields = await api.get<{
          ticket_fields: { id: number; type: string; system_field_options?: { value: string }[] }[];
        }>('/ticket_fields');
        if (fields.is !== 'done') return fields;
        const group = given.group_id === undefined ? undefined : await api.get(`/groups/${given.group_id}`);
        const valuesOf = (type: string) =>
          fields.value.ticket_fields
            .find((field) => field.type === type)
            ?.system_field_options?.map(({ value }) => value);
        const ids = fields.value.ticket_fields.map(({ id }) => String(id));
        const statuses = valuesOf('status');
        const priorities = valuesOf('priority');
        return {
          is: 'done',
          value: [
            ...Object.keys(given.fields)
              .filter((id) => !ids.includes(id))
              .map((id) => `${service} has no ticket field ${id}`),
            ...(statuses
              ? unknownValues(service, 'status', given.statuses, [...statuses, 'pending', 'solved'])
              : []),
            ...(priorities ? unknownValues(service, 'priority', given.priorities, priorities) : []),
            ...(group && group.is !== 'done' ? [`${service} has no group ${given.group_id}`] : []),
            ...api.oddities,
          ],
        };
      },
      /** Signature of Zendesk's webhooks: https://developer.zendesk.com/documentation/webhooks/verifying/ */
      isGenuine(headers, body) {
        const signature = header(headers, 'x-zendesk-webhook-signature');
        if (signature === '' || given.webhook_secret === undefined)
          return isGenuineCall(given.webhook_secret, headers, body);
        const stamp = header(headers, 'x-zendesk-webhook-signature-timestamp');
        return isEqual(signature, hmac('sha256', given.webhook_secret, stamp + body, 'base64'));
      },
    });
  },
} satisfies HelpdeskType<Settings>;

/** What to try, in order: the whole ticket, then only what is required. */
function wishes(given: Settings, { key, subject, body, priority, customer }: NewTicket) {
  const requester = customer?.requester ?? given.requester;
  const company =
    typeof customer?.company === 'number' && given.organization_field ? customer.company : undefined;
  const needed = {
    subject: neutraliseLine(subject, SUBJECT_LIMIT),
    comment: { body: neutralise(body, BODY_LIMIT), public: given.public },
    priority: given.priorities[priority],
    external_id: key,
  };
  const fields = Object.entries(given.fields);
  const extras = {
    tags: given.tags,
    ...(given.group_id !== undefined && { group_id: given.group_id }),
    ...(given.ticket_type !== undefined && { type: given.ticket_type }),
    ...(company !== undefined && { organization_id: company }),
    ...(requester !== undefined && { requester: { email: requester, name: customer?.name ?? requester } }),
    ...(fields.length > 0 && { custom_fields: fields.map(([id, value]) => ({ id: Number(id), value })) }),
  };
  return [{ body: { ...needed, ...extras } }, { body: needed, without: Object.keys(extras).join(', ') }];
}

const withRequester = (ticket: Ticket, users: readonly User[] = []): Ticket => ({
  ...ticket,
  requester: users.find(({ id }) => id === ticket.requester_id),
});
