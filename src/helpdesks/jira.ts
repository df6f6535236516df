// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { HumanAct, TicketReading, TicketStatus } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { helpdeskApi, type HelpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { createLeniently } from './shared/create-leniently.ts';
import { remembered } from './shared/remembered.ts';
import { guarded } from './shared/guarded.ts';
import { isGenuineCall } from './shared/genuine.ts';
import {
  JIRA_CLOUD,
  JIRA_DATA_CENTER,
  type JiraComment,
  type JiraDialect,
  type JiraIssue,
  type JiraUser,
} from './shared/jira-dialect.ts';
import { keepKey } from './shared/keep-key.ts';
import {
  httpSettings,
  priorityOf,
  secret,
  serverUrl,
  unknownValues,
  mailAddress,
} from './shared/settings.ts';
import { isEntry, keyedSubject, keyedText, keyOfSubject } from './shared/ticket-words.ts';

const name = z.string().min(1).max(255);
const settings = z
  .strictObject({
    url: serverUrl.describe(
      'URL of Jira, such as https://acme.atlassian.net; for Data Center including its path, such as https://jira.acme.example/jira.',
    ),
    deployment: z
      .enum(['cloud', 'data-center'])
      .default('cloud')
      .describe('`cloud` uses REST API 3, `data-center` (also for Server) REST API 2 with wiki markup.'),
    email: mailAddress.optional().describe('Cloud: email address of the Watchdesk user; with `api_token`.'),
    api_token: secret.optional().describe('Cloud: API token, with `email`.'),
    token: secret
      .optional()
      .describe('Bearer token, instead of `email` and `api_token`; for Data Center a personal access token.'),
    project: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]+$/, 'the key of a project, such as OPS')
      .describe('Key of the project, such as OPS.'),
    issue_type: name.default('Incident').describe('Issue type of the tickets.'),
    service_management: z
      .boolean()
      .default(false)
      .describe(
        'Set to true for a Jira Service Management project: notes are internal, and replies reach the customer.',
      ),
    reporter: name
      .optional()
      .describe(
        'Account ID of the reporter (Data Center: user name), unless the customer has its own `requester`.',
      ),
    labels: z
      .array(name.regex(/^\S+$/, 'a label without spaces'))
      .default(['watchdesk'])
      .describe('Labels of the tickets, in addition to the incident key.'),
    fields: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Additional fields, such as customfield_10010 for the request type in Service Management.'),
    company_field: z
      .string()
      .optional()
      .describe('Field that `customer.company` is written to, such as customfield_10002 for organizations.'),
    priorities: z
      .strictObject({
        urgent: name.default('Highest'),
        high: name.default('High'),
        medium: name.default('Medium'),
        low: name.default('Low'),
      })
      .prefault({})
      .describe('Names of the priorities in Jira.'),
    statuses: z
      .strictObject({ open: name.optional(), pending: name.optional(), resolved: name.optional() })
      .prefault({})
      .describe('Statuses that tickets are moved to; if omitted, any status of the right category.'),
    pending_statuses: z
      .array(name)
      .default([
        'Pending',
        'Waiting for customer',
        'Waiting for third party',
        'Waiting for vendor',
        'On hold',
      ])
      .describe('Statuses that count as pending.'),
    third_party_statuses: z
      .array(name)
      .default(['Waiting for third party', 'Waiting for vendor', 'On hold'])
      .describe(
        'Pending statuses in which a ticket waits on a third party; in all others it waits on the customer.',
      ),
    resolution: name.default('Done').describe('Resolution to set where the workflow requires one.'),
    ...httpSettings({ lag: '2m', callsPerMinute: 200 }),
  })
  .refine(
    (given) => (given.token === undefined) === (given.email !== undefined && given.api_token !== undefined),
    {
      message: '`email` with `api_token`, or `token`',
    },
  )
  .refine((given) => given.deployment === 'cloud' || given.token !== undefined, {
    path: ['token'],
    message: 'a personal access token as `token`: Jira Data Center has no API tokens',
  });

type Settings = z.output<typeof settings>;

const secretsOf = ({ api_token, token, webhook_secret }: Settings): string[] =>
  [api_token, token, webhook_secret].filter((one) => one !== undefined);

interface Transition {
  id: string;
  name: string;
  to: { name: string; statusCategory?: { key: string } };
  fields?: Record<string, { required?: boolean }>;
}

const FIELDS = ['summary', 'status', 'priority', 'labels', 'assignee', 'reporter', 'created', 'updated'];
const SUMMARY_LIMIT = 255;
const BODY_LIMIT = 30_000;
const PER_PAGE = 100;
const MOST_PAGES = 30;
const LABEL = 'watchdesk-';
const CATEGORY: Record<TicketStatus, readonly string[]> = {
  open: ['indeterminate', 'new'],
  pending: ['indeterminate'],
  resolved: ['done'],
};

/** Jira and Jira Service Management, Cloud and Data Center. */
export default {
  type: 'jira',
  product: 'Jira',
  summary: 'Jira and Jira Service Management, Cloud and Data Center; a label holds the incident key.',
  setup: `1. Create a separate account for Watchdesk in the project, with the permissions to browse, create, edit, transition,
   link and comment (for \`people\` also _Assign issues_), and an API token. For Data Center
   (\`deployment: data-center\`, Jira 8.14 or later), create a personal access token in its profile and set it as
   \`token\`.
2. Put _Labels_ and _Priority_ on the create screen of the issue type.
3. For Jira Service Management, set \`service_management: true\`: notes are then internal, and replies reach the
   customer. The request type is a field (often \`customfield_10010\`) with a value such as \`ops/incident\`.
4. To be notified of changes immediately, add a webhook under _System → WebHooks_ for issue and comment events, to
   \`https://watch.example.com/hooks/helpdesk/jira\`, with \`webhook_secret\` as its secret. Jira Server, and Data Center
   before 10, cannot sign webhooks: put the secret in the URL there, \`…/hooks/helpdesk/jira?secret=…\`.`,
  example: `type: jira
url: https://acme.atlassian.net
email: watchdesk@acme.example
api_token: \${JIRA_API_TOKEN}
project: OPS
issue_type: Incident
service_management: true
statuses: { resolved: Done }
webhook_secret: \${JIRA_HOOK_SECRET}`,
  settings,
  capabilities: {
    keyIn: 'the label `watchdesk-<key>`, read back after creation; the end of the summary if it was rejected',
    lookUp: 'a search by label, which is eventually consistent: Watchdesk waits for `index_lag`',
    doubles: 'linked as duplicates and resolved; Jira cannot merge',
    publicReply: 'in Service Management only (`service_management`)',
    assignee: 'the `accountId`, from the URL of their profile; for Data Center the user name',
    humanActs:
      'comments and change log, except those of the Watchdesk user, apps and customers; Data Center only distinguishes the reporter from the team',
    whose: 'organizations (`company_field`), and reporter email address unless it is hidden',
    changes: 'searching by `updated` within the project',
    deleted: '404; a moved issue is followed',
    webhook:
      'signed with `X-Hub-Signature`; with `?secret=` in the URL for Server and for Data Center before 10',
    inspects: 'credentials, project, issue type, required fields, priorities',
    worstCase:
      'Two at first, if the search lags by more than `index_lag` after a lost response; the duplicate search links and resolves the newer one within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const dialect = given.deployment === 'cloud' ? JIRA_CLOUD : JIRA_DATA_CENTER;
    const { service, idOf } = dialect;
    const basic = Buffer.from(`${given.email}:${given.api_token}`).toString('base64');
    const api = helpdeskApi(given, {
      service,
      base: given.url + dialect.base,
      headers: { authorization: given.token === undefined ? `Basic ${basic}` : `Bearer ${given.token}` },
      secrets: secretsOf(given),
      now,
    });
    const urlOf = (key: string) => `${given.url}/browse/${key}`;
    const whoAmI = remembered(async () =>
      mapDone(await api.get<JiraUser>('/myself'), (user) => idOf(user) ?? ''),
    );
    const wanted = given.company_field === undefined ? FIELDS : [...FIELDS, given.company_field];
    const reading = ({ key, fields }: JiraIssue, me?: string): TicketReading => {
      const { summary = '', status, priority, labels = [], assignee, reporter, created, updated } = fields;
      const companies = given.company_field === undefined ? [] : companiesIn(fields[given.company_field]);
      const label = labels.find((one) => one.startsWith(LABEL))?.slice(LABEL.length);
      return {
        remoteId: key,
        url: urlOf(key),
        key: label ?? keyOfSubject(summary),
        subject: summary,
        status: statusOf(given, status),
        ...(statusOf(given, status) === 'pending' && {
          waitingOn: given.third_party_statuses.some(
            (one) => one.toLowerCase() === status?.name.toLowerCase(),
          )
            ? ('third-party' as const)
            : ('customer' as const),
        }),
        priority: ownPriority(given, priority?.name),
        assignee: assignee && idOf(assignee) !== me ? (assignee.displayName ?? idOf(assignee)) : undefined,
        ...(assignee && { assigneeId: idOf(assignee) }),
        ...(reporter?.emailAddress && { requester: reporter.emailAddress.toLowerCase() }),
        ...(companies.length > 0 && { companies }),
        createdAt: Date.parse(created ?? ''),
        updatedAt: Date.parse(updated ?? ''),
      };
    };
    const search = async (jql: string, use: CallUse): Promise<Outcome<TicketReading[]>> => {
      const me = await whoAmI();
      if (me.is !== 'done') return me;
      const all: TicketReading[] = [];
      let from: string | undefined;
      for (let page = 1; page <= MOST_PAGES; page++) {
        const found = await dialect.search(api, { jql, fields: wanted, size: PER_PAGE, from, use });
        if (found.is !== 'done') return found;
        all.push(...found.value.issues.map((issue) => reading(issue, me.value)));
        if (found.value.next === undefined) break;
        from = found.value.next;
      }
      return { is: 'done', value: all };
    };
    const read = async (remoteId: string, use: CallUse): Promise<Outcome<TicketReading | null>> => {
      const me = await whoAmI();
      if (me.is !== 'done') return me;
      const found = await api.get<JiraIssue>(`/issue/${remoteId}?fields=${wanted.join(',')}`, use);
      if (isMissing(found)) return { is: 'done', value: null };
      return mapDone(found, (issue) => {
        const ticket = reading(issue, me.value);
        return issue.key === remoteId ? ticket : { ...ticket, mergedInto: issue.key };
      });
    };
    /** On Data Center, only the reporter tells a customer's comment from the team's. */
    const reporterOf = async (remoteId: string): Promise<Outcome<string | undefined>> => {
      if (given.deployment === 'cloud') return { is: 'done', value: undefined };
      const found = await api.get<JiraIssue>(`/issue/${remoteId}?fields=reporter`);
      return mapDone(found, ({ fields }) => (fields.reporter ? idOf(fields.reporter) : undefined));
    };
    const edit = (remoteId: string, fields: unknown) =>
      api.call({ method: 'PUT', path: `/issue/${remoteId}`, body: { fields }, use: 'change' });
    const comment = async (remoteId: string, text: string, isPublic: boolean): Promise<Outcome<string>> => {
      const internal = given.service_management && !isPublic;
      const made = await api.call({
        method: 'POST',
        path: `/issue/${remoteId}/comment`,
        body: {
          body: dialect.text(text, BODY_LIMIT),
          ...(internal && { properties: [{ key: 'sd.public.comment', value: { internal: true } }] }),
        },
        use: 'change',
      });
      return mapDone(made, () => remoteId);
    };
    const move = async (remoteId: string, status: TicketStatus): Promise<Outcome<string>> => {
      const issue = await api.get<JiraIssue>(`/issue/${remoteId}?fields=status`, 'change');
      if (issue.is !== 'done') return issue;
      if (isThere(given, status, issue.value.fields.status)) return { is: 'done', value: remoteId };
      const path = `/issue/${remoteId}/transitions`;
      const ways = await api.get<{ transitions: Transition[] }>(
        `${path}?expand=transitions.fields`,
        'change',
      );
      if (ways.is !== 'done') return ways;
      const way = ways.value.transitions.find(({ to }) => isThere(given, status, to));
      if (!way) {
        const known = ways.value.transitions.map(({ to }) => to.name).join(', ') || 'none';
        return {
          is: 'permanent',
          why: `${service} has no transition for ${remoteId} to ${given.statuses[status] ?? status}; available: ${known}`,
        };
      }
      // Jira rejects a field that is not on the screen of the transition.
      const fields =
        way.fields && 'resolution' in way.fields ? { resolution: { name: given.resolution } } : undefined;
      const moved = await api.call({
        method: 'POST',
        path,
        body: { transition: { id: way.id }, ...(fields && { fields }) },
        use: 'change',
        isRepeatable: true,
      });
      return mapDone(moved, () => remoteId);
    };

    return guarded(service, {
      adapter: 'jira',
      place: `${given.url} ${given.project}`,
      readsAs: (priority) => ownPriority(given, given.priorities[priority]),
      indexLagMs: given.index_lag,
      async create(ticket) {
        const { outcome, remarks } = await createLeniently<JiraIssue>(
          wishes(given, ticket, dialect),
          (fields) =>
            api.call({
              method: 'POST',
              path: '/issue',
              body: { fields },
              use: createUse(ticket.priority),
            }),
        );
        if (outcome.is !== 'done') return outcome;
        const key = outcome.value?.key;
        if (typeof key !== 'string')
          return { is: 'ambiguous', why: `the response from ${service} contains no issue` };
        const kept = await keepKey(
          'the labels',
          ticket.key,
          () => read(key, 'urgent'),
          () => edit(key, { summary: keyedSubject(ticket.subject, ticket.key, SUMMARY_LIMIT) }),
        );
        return { is: 'done', value: { remoteId: key, url: urlOf(key), remarks: [...remarks, ...kept] } };
      },
      async findAll(key) {
        const found = await search(
          `project = "${given.project}" AND (labels = "${LABEL}${key}" OR summary ~ "${key}") ORDER BY created ASC`,
          'urgent',
        );
        return mapDone(found, (all) => all.filter((ticket) => ticket.key === key));
      },
      note: (remoteId, { key, text }) => comment(remoteId, keyedText(text, key), false),
      ...(given.service_management && {
        reply: (remoteId: string, { text }: { text: string }) => comment(remoteId, text, true),
      }),
      async hasEntry(remoteId, key, reply) {
        const listed = await comments(api, dialect, remoteId, 'urgent');
        return mapDone(listed, (all) => all.some(({ body }) => isEntry(dialect.plain(body), key, reply)));
      },
      async update(remoteId, { status, priority }) {
        const moved = status ? await move(remoteId, status) : undefined;
        if (moved && moved.is !== 'done') return moved;
        if (!priority) return { is: 'done', value: remoteId };
        const edited = await edit(remoteId, { priority: { name: given.priorities[priority] } });
        // The workflow may not let the priority be edited: that is no reason to leave a ticket closed.
        return moved && edited.is === 'permanent' ? moved : mapDone(edited, () => remoteId);
      },
      // Requires only the permission Assign Issues, and no field on a screen.
      assign: (remoteId, to) =>
        api
          .call({
            method: 'PUT',
            path: `/issue/${remoteId}/assignee`,
            body: dialect.refTo(to),
            use: 'change',
            ignoresBody: true,
          })
          .then((done) => mapDone(done, () => remoteId)),
      read: (remoteId) => read(remoteId, 'look'),
      async humanActs(remoteId, sinceMs) {
        const me = await whoAmI();
        if (me.is !== 'done') return me;
        const listed = await comments(api, dialect, remoteId, 'look');
        if (listed.is !== 'done') return listed;
        const changes = await dialect.changes(api, remoteId);
        if (changes.is !== 'done') return changes;
        const issue = await reporterOf(remoteId);
        if (issue.is !== 'done') return issue;
        const acts = [
          ...listed.value.map((one) => ({
            author: one.author,
            created: one.created,
            what:
              given.service_management && dialect.isPublic(one) ? ('replied' as const) : ('noted' as const),
          })),
          ...changes.value.map(({ author, created, items }) => ({
            author,
            created,
            what: items.some(({ field }) => field === 'assignee')
              ? ('assigned' as const)
              : ('changed' as const),
          })),
        ];
        const human = acts.flatMap(({ author, created, what }): HumanAct[] => {
          const at = Date.parse(created);
          const by = author && idOf(author);
          const isTeam = author && by !== me.value && by !== issue.value && dialect.isTeam(author);
          return isTeam && at > sinceMs ? [{ at, by: author.displayName ?? by ?? '', what }] : [];
        });
        return { is: 'done', value: human.sort((a, b) => a.at - b.at) };
      },
      async changedSince(sinceMs) {
        // Jira reads times in the time zone of our user; minutes back from now are the same everywhere.
        const minutes = Math.max(1, Math.ceil((now() - sinceMs) / 60_000) + 1);
        const found = await search(
          `project = "${given.project}" AND updated >= "-${minutes}m" ORDER BY updated ASC`,
          'look',
        );
        return mapDone(found, (all) => ({
          tickets: all.filter(({ updatedAt }) => updatedAt >= sinceMs),
          isComplete: all.length < PER_PAGE * MOST_PAGES,
        }));
      },
      async closeDouble(remoteId, kept) {
        const linked = await api.call({
          method: 'POST',
          path: '/issueLink',
          body: {
            type: { name: 'Duplicate' },
            inwardIssue: { key: remoteId },
            outwardIssue: { key: kept.remoteId },
          },
          use: 'change',
          isRepeatable: true,
          ignoresBody: true,
        });
        if (linked.is !== 'done') return linked;
        const said = await comment(remoteId, `Duplicate of ${kept.remoteId}, which is kept.`, false);
        return said.is === 'done' ? move(remoteId, 'resolved') : said;
      },
      inspect: () => inspect(api, given, dialect),
      isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

const ownPriority = ({ priorities }: Settings, name: string | undefined) => priorityOf({ priorities }, name);

async function comments(
  api: HelpdeskApi,
  { commentQuery }: JiraDialect,
  remoteId: string,
  use: CallUse,
): Promise<Outcome<JiraComment[]>> {
  const all: JiraComment[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const path = `/issue/${remoteId}/comment?startAt=${page * PER_PAGE}&maxResults=${PER_PAGE}${commentQuery}`;
    const listed = await api.get<{ comments: JiraComment[] }>(path, use);
    if (listed.is !== 'done') return listed;
    all.push(...listed.value.comments);
    if (listed.value.comments.length < PER_PAGE) break;
  }
  return { is: 'done', value: all };
}

type Status = { name: string; statusCategory?: { key: string } } | undefined;

function statusOf({ pending_statuses }: Settings, status: Status): TicketStatus {
  if (status?.statusCategory?.key === 'done') return 'resolved';
  const waits = pending_statuses.some((one) => one.toLowerCase() === status?.name.toLowerCase());
  return waits ? 'pending' : 'open';
}

/** Compares with the name in the config, or else with the category of the status. */
function isThere(given: Settings, wanted: TicketStatus, status: Status): boolean {
  const named = given.statuses[wanted];
  if (named !== undefined) return status?.name.toLowerCase() === named.toLowerCase();
  return CATEGORY[wanted].includes(status?.statusCategory?.key ?? '') && statusOf(given, status) === wanted;
}

/** Organisations arrive as `{ id, name }`, a choice as `{ id, value }`, and text as it is. */
function companiesIn(value: unknown): string[] {
  return [value].flat().flatMap((one) => {
    if (typeof one === 'string' || typeof one === 'number') return [String(one)];
    const { id, name, value: choice } = (one ?? {}) as Record<string, unknown>;
    return [id, name, choice].flatMap((part) =>
      typeof part === 'string' || typeof part === 'number' ? [String(part)] : [],
    );
  });
}

/** What to try, in order: the whole issue, ever fewer fields, and last the key in the summary instead of a label. */
function wishes(
  given: Settings,
  { key, subject, body, priority, customer }: NewTicket,
  { code, refTo }: JiraDialect,
) {
  const reporter = customer?.requester ?? given.reporter;
  const company = given.company_field && customer?.company;
  const needed = {
    project: { key: given.project },
    issuetype: { name: given.issue_type },
    summary: neutraliseLine(subject, SUMMARY_LIMIT),
    description: code(body, BODY_LIMIT),
  };
  const urgent = { priority: { name: given.priorities[priority] } };
  const label = LABEL + key;
  const extras = {
    ...given.fields,
    ...(reporter !== undefined && { reporter: refTo(reporter) }),
    ...(company !== undefined && { [given.company_field!]: [company] }),
  };
  const left = [...Object.keys(extras), ...given.labels.map((one) => `label ${one}`)].join(', ');
  const others = { ...needed, ...given.fields };
  return [
    { body: { ...needed, ...urgent, ...extras, labels: [label, ...given.labels] } },
    { body: { ...needed, ...urgent, labels: [label] }, without: left || 'nothing but labels' },
    { body: { ...others, labels: [label] }, without: 'the priority, the reporter' },
    { body: { ...needed, labels: [label] }, without: `${left}, the priority` },
    {
      body: { ...needed, summary: keyedSubject(subject, key, SUMMARY_LIMIT) },
      without: `${left}, the priority, all labels`,
    },
  ];
}

async function inspect(api: HelpdeskApi, given: Settings, dialect: JiraDialect): Promise<Outcome<string[]>> {
  const me = await api.get<JiraUser>('/myself');
  if (me.is !== 'done') return me;
  const path = `/issue/createmeta/${given.project}/issuetypes`;
  const types = await api.get<unknown>(`${path}?maxResults=200`);
  if (isMissing(types))
    return { is: 'done', value: [`Jira has no project ${given.project} that the Watchdesk user can see`] };
  if (types.is !== 'done') return types;
  const kinds = dialect.issueTypesIn(types.value);
  const known = kinds.map((one) => one.name);
  const type = kinds.find((one) => one.name === given.issue_type);
  if (!type) {
    return {
      is: 'done',
      value: [
        `The project ${given.project} has no issue type ${given.issue_type}; it has ${known.join(', ')}`,
      ],
    };
  }
  const meta = await api.get<unknown>(`${path}/${type.id}?maxResults=200`);
  if (meta.is !== 'done') return meta;
  const fields = dialect.fieldsIn(meta.value);
  const sent = [
    'project',
    'issuetype',
    'summary',
    'description',
    'priority',
    'labels',
    'reporter',
    ...Object.keys(given.fields),
  ];
  const has = (id: string) => fields.some(({ fieldId }) => fieldId === id);
  const priorities = fields
    .find(({ fieldId }) => fieldId === 'priority')
    ?.allowedValues?.map((one) => one.name);
  return {
    is: 'done',
    value: [
      ...(has('labels')
        ? []
        : [
            'Labels cannot be set when an issue is created: add them to its create screen, otherwise the incident key goes into the summary',
          ]),
      ...Object.keys(given.fields)
        .filter((id) => !has(id))
        .map((id) => `The field ${id} is not on the create screen of ${given.issue_type}`),
      ...fields
        .filter(
          ({ fieldId, required, hasDefaultValue }) => required && !hasDefaultValue && !sent.includes(fieldId),
        )
        .map(
          (one) =>
            `${given.issue_type} requires the field ${one.name} (${one.fieldId}); set it under \`fields\``,
        ),
      ...(priorities
        ? unknownValues('Jira', 'priority', given.priorities, priorities)
        : ['Jira does not accept a priority for new issues there']),
      ...api.oddities,
    ],
  };
}
