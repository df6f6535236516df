// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutralise, neutraliseLine } from '../core/neutralise.ts';
import type { Priority } from '../core/target.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType, NewTicket } from './helpdesk.ts';
import { helpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { createLeniently } from './shared/create-leniently.ts';
import { guarded } from './shared/guarded.ts';
import { isGenuineCall } from './shared/genuine.ts';
import { keepKey } from './shared/keep-key.ts';
import { httpSettings, secret, serverUrl, unknownValues } from './shared/settings.ts';
import { isEntry, keyedSubject, keyedText, keyOfSubject, marker } from './shared/ticket-words.ts';

const level = z.int().min(1).max(3);
const grade = (impact: number, urgency: number) =>
  z.strictObject({ impact: level, urgency: level }).default({ impact, urgency });
const text = z.string().min(1).max(200);

const settings = z
  .strictObject({
    instance: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name before .service-now.com, such as acme')
      .optional()
      .describe('The name before .service-now.com.'),
    url: serverUrl.optional().describe('Instead of `instance`, for a custom domain.'),
    user: text.describe('The Watchdesk user; what it does never counts as human work.'),
    password: secret.optional().describe('Password of the Watchdesk user.'),
    token: secret.optional().describe('OAuth token, instead of the password.'),
    table: z.string().regex(/^\w+$/).default('incident').describe('Table in which tickets are opened.'),
    caller: text
      .optional()
      .describe('Caller of the tickets (`caller_id`), unless the customer has its own `requester`.'),
    assignment_group: text.optional().describe('Group that tickets are assigned to.'),
    category: text.optional().describe('Category of the tickets.'),
    fields: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .default({})
      .describe('Additional fields.'),
    priorities: z
      .strictObject({
        urgent: grade(1, 1),
        high: grade(1, 2),
        medium: grade(2, 2),
        low: grade(3, 3),
      })
      .prefault({})
      .describe('Impact and urgency, from which ServiceNow derives the priority.'),
    states: z
      .strictObject({
        open: z.int().default(2),
        pending: z.int().default(3),
        resolved: z.int().default(6),
      })
      .prefault({})
      .describe('State values.'),
    resolved_states: z.array(z.int()).default([7, 8]).describe('Other states that count as resolved.'),
    hold_reason: z.int().default(4).describe('On-hold reason to set with the pending state.'),
    close_code: text.default('Solution provided').describe('Close code to set when a ticket is resolved.'),
    ...httpSettings({ lag: '0s', callsPerMinute: 120 }),
  })
  .refine((given) => (given.instance === undefined) !== (given.url === undefined), {
    message: 'exactly one of `instance` and `url`',
  })
  .refine((given) => (given.password === undefined) !== (given.token === undefined), {
    message: 'exactly one of `password` and `token`',
  });

type Settings = z.output<typeof settings>;

const secretsOf = ({ password, token, webhook_secret }: Settings): string[] =>
  [password, token, webhook_secret].filter((one) => one !== undefined);

/** All values are strings; references are bare ids by `sysparm_exclude_reference_link`. */
interface Row {
  sys_id: string;
  number: string;
  short_description: string;
  state: string;
  priority: string;
  correlation_id: string;
  'assigned_to.name'?: string;
  /** A `sys_id`, or empty. */
  assigned_to?: string;
  'assigned_to.user_name'?: string;
  'caller_id.user_name'?: string;
  'caller_id.email'?: string;
  company?: string;
  'company.name'?: string;
  parent_incident?: string;
  close_code?: string;
  hold_reason?: string;
  sys_created_on: string;
  sys_updated_on: string;
}

interface Entry {
  element: string;
  value: string;
  sys_created_on: string;
  sys_created_by: string;
}

const FIELDS =
  'sys_id,number,short_description,state,priority,correlation_id,assigned_to,assigned_to.name,assigned_to.user_name,caller_id.user_name,caller_id.email,company,company.name,parent_incident,close_code,hold_reason,sys_created_on,sys_updated_on';
const SUBJECT_LIMIT = 160;
const BODY_LIMIT = 4_000;
const PER_PAGE = 200;
const MOST_PAGES = 15;
const DUPLICATE = 'Duplicate';
/** One of the reasons for being on hold; the others are a change, a problem, a vendor. */
const AWAITING_CALLER = 1;
/** Users that run the platform's own rules and jobs. */
const NO_HUMANS = ['system', 'guest'];

/** ServiceNow, Table API: https://docs.servicenow.com, "Table API" */
export default {
  type: 'servicenow',
  product: 'ServiceNow',
  summary: 'ServiceNow; the correlation ID holds the incident key.',
  setup: `1. Create a separate user for Watchdesk with the role \`itil\`. It needs read access to \`sys_journal_field\`, to find
   out whether a note was written, and to \`sys_choice\`, to check states and close codes.
2. No custom field is needed: the incident key is stored in \`correlation_id\`. In a large table, add an index on it.
3. Close codes differ between instances; \`watchdesk validate --online\` lists yours.
4. To be notified of changes immediately, add a business rule that sends a POST to
   \`https://watch.example.com/hooks/helpdesk/servicenow\` with \`webhook_secret\` in the header
   \`X-Watchdesk-Secret\`.`,
  example: `type: servicenow
instance: acme
user: watchdesk
password: \${SERVICENOW_PASSWORD}
caller: watchdesk
assignment_group: Operations
close_code: Solution provided`,
  settings,
  capabilities: {
    keyIn: '`correlation_id`, read back after creation; the end of the short description if it was dropped',
    lookUp: 'a query of the table itself, which shows a new record immediately',
    doubles: 'resolved as duplicates and made children of the oldest',
    publicReply: true,
    assignee: 'the `sys_id` of the user',
    humanActs: 'comments and work notes, except those of the Watchdesk user, the system and the caller',
    whose: 'company and caller email address',
    changes: 'listing records by `sys_updated_on`',
    deleted: '404, also if the Watchdesk user may not see it',
    webhook: 'a business rule that sends the header `X-Watchdesk-Secret`',
    inspects: 'credentials, states, close code',
    worstCase:
      'Two at first, if a request stays in transit longer than the lookup waits; the duplicate search resolves the newer one within 24 hours. A note may appear twice if the Watchdesk user may not read the journal.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const service = 'ServiceNow';
    const base = given.url ?? `https://${given.instance}.service-now.com`;
    const basic = Buffer.from(`${given.user}:${given.password}`).toString('base64');
    const api = helpdeskApi(given, {
      service,
      base: `${base}/api/now/table`,
      headers: { authorization: given.token === undefined ? `Basic ${basic}` : `Bearer ${given.token}` },
      secrets: secretsOf(given),
      now,
    });
    const urlOf = (id: string) => `${base}/nav_to.do?uri=${given.table}.do?sys_id=${id}`;
    const shape = `sysparm_fields=${FIELDS}&sysparm_exclude_reference_link=true`;
    const reading = (row: Row): TicketReading => {
      const { sys_id, number, short_description, state, priority, correlation_id, parent_incident } = row;
      const isDuplicate = row.close_code === DUPLICATE && parent_incident;
      const name = row['assigned_to.name'] || row['assigned_to.user_name'];
      return {
        remoteId: sys_id,
        label: number,
        url: urlOf(sys_id),
        key: correlation_id || keyOfSubject(short_description),
        subject: short_description,
        status: statusOf(given, Number(state)),
        ...(statusOf(given, Number(state)) === 'pending' && {
          waitingOn:
            Number(row.hold_reason) === AWAITING_CALLER ? ('customer' as const) : ('third-party' as const),
        }),
        priority: priorityOf(Number(priority)),
        assignee: name && row['assigned_to.user_name'] !== given.user ? name : undefined,
        ...(row.assigned_to && { assigneeId: row.assigned_to }),
        ...(row['caller_id.email'] && { requester: row['caller_id.email'].toLowerCase() }),
        ...(row.company && { companies: [row.company, row['company.name'] ?? ''].filter(Boolean) }),
        createdAt: timeOf(row.sys_created_on),
        updatedAt: timeOf(row.sys_updated_on),
        ...(isDuplicate && { mergedInto: parent_incident }),
      };
    };
    const search = async (query: string, use: CallUse): Promise<Outcome<TicketReading[]>> => {
      const all: TicketReading[] = [];
      for (let page = 0; page < MOST_PAGES; page++) {
        const where = `sysparm_query=${encodeURIComponent(query)}&sysparm_limit=${PER_PAGE}&sysparm_offset=${page * PER_PAGE}`;
        const found = await api.get<{ result: Row[] }>(`/${given.table}?${where}&${shape}`, use);
        if (isMissing(found)) break;
        if (found.is !== 'done') return found;
        if (!Array.isArray(found.value?.result))
          return { is: 'temporary', why: `${service} returned no list` };
        all.push(...found.value.result.map(reading));
        if (found.value.result.length < PER_PAGE) break;
      }
      return { is: 'done', value: all };
    };
    const readRow = (remoteId: string, use: CallUse) =>
      api.get<{ result: Row }>(`/${given.table}/${remoteId}?${shape}`, use);
    const patch = (remoteId: string, body: unknown, isRepeatable: boolean) =>
      api.call<{ result: Row }>({
        method: 'PATCH',
        path: `/${given.table}/${remoteId}?${shape}`,
        body,
        use: 'change',
        isRepeatable,
      });
    const journal = async (remoteId: string, use: CallUse): Promise<Outcome<Entry[]>> => {
      const query = `element_id=${remoteId}^elementINcomments,work_notes^ORDERBYsys_created_on`;
      const path = `/sys_journal_field?sysparm_query=${encodeURIComponent(query)}&sysparm_limit=2000&sysparm_fields=element_id,element,value,sys_created_on,sys_created_by`;
      const found = await api.get<{ result: (Entry & { element_id?: string })[] }>(path, use);
      // ServiceNow ignores a part of a query that it does not understand, and returns all rows.
      return mapDone(found, ({ result }) => result.filter(({ element_id }) => element_id === remoteId));
    };
    /** A business rule may undo or reject the change: the result is read from the response. */
    const setState = async (remoteId: string, state: number, more: object): Promise<Outcome<string>> => {
      const done = await patch(remoteId, { state: String(state), ...more }, true);
      if (done.is !== 'done') return done;
      const now = done.value?.result?.state;
      if (now === undefined || Number(now) === state) return { is: 'done', value: remoteId };
      return {
        is: 'permanent',
        why: `${service} left the state of ${done.value.result.number} at ${now}, asked for ${state}`,
      };
    };

    return guarded(service, {
      adapter: 'servicenow',
      place: `${base} ${given.table}`,
      indexLagMs: given.index_lag,
      async create(ticket) {
        const { outcome, remarks } = await createLeniently<{ result: Row }>(wishes(given, ticket), (body) =>
          api.call({
            method: 'POST',
            path: `/${given.table}?${shape}`,
            body,
            use: createUse(ticket.priority),
          }),
        );
        if (outcome.is !== 'done') return outcome;
        const { sys_id: remoteId, number: label } = outcome.value?.result ?? {};
        if (typeof remoteId !== 'string')
          return { is: 'ambiguous', why: `the response from ${service} contains no record` };
        const kept = await keepKey(
          'correlation_id',
          ticket.key,
          async () => mapDone(await readRow(remoteId, 'urgent'), ({ result }) => reading(result)),
          () =>
            patch(
              remoteId,
              { short_description: keyedSubject(ticket.subject, ticket.key, SUBJECT_LIMIT) },
              true,
            ),
        );
        return {
          is: 'done',
          value: { remoteId, label, url: urlOf(remoteId), remarks: [...remarks, ...kept] },
        };
      },
      async findAll(key) {
        const found = await search(
          `correlation_id=${key}^ORshort_descriptionENDSWITH${marker(key)}^ORDERBYsys_created_on`,
          'urgent',
        );
        return mapDone(found, (all) => all.filter((ticket) => ticket.key === key));
      },
      note: async (remoteId, { key, text: said }) =>
        mapDone(
          await patch(remoteId, { work_notes: neutralise(keyedText(said, key), BODY_LIMIT) }, false),
          () => remoteId,
        ),
      reply: async (remoteId, { text: said }) =>
        mapDone(await patch(remoteId, { comments: neutralise(said, BODY_LIMIT) }, false), () => remoteId),
      async hasEntry(remoteId, key, reply) {
        return mapDone(await journal(remoteId, 'urgent'), (all) =>
          all.some(({ value }) => isEntry(value, key, reply)),
        );
      },
      async update(remoteId, { status, priority }) {
        const grade = priority && given.priorities[priority];
        const graded = grade && { impact: String(grade.impact), urgency: String(grade.urgency) };
        if (!status) return mapDone(await patch(remoteId, graded, true), () => remoteId);
        const why = {
          close_code: given.close_code,
          close_notes: 'Resolved by Watchdesk: the target has recovered.',
        };
        const more =
          status === 'resolved'
            ? why
            : status === 'pending'
              ? { hold_reason: String(given.hold_reason) }
              : {};
        return setState(remoteId, given.states[status], { ...more, ...graded });
      },
      async assign(remoteId, to) {
        const done = await patch(remoteId, { assigned_to: to }, true);
        if (done.is !== 'done') return done;
        const { assigned_to: is, 'assigned_to.user_name': user } = done.value.result;
        if (is === to && user) return { is: 'done', value: remoteId };
        // ServiceNow stores a reference to an unknown user, and returns 200 for a change that a rule has undone.
        const why = is === to ? `has no user with the sys_id ${to}` : `did not assign it to ${to}`;
        return { is: 'permanent', why: `${service} ${why}` };
      },
      async read(remoteId) {
        const found = await readRow(remoteId, 'look');
        return isMissing(found)
          ? { is: 'done', value: null }
          : mapDone(found, ({ result }) => reading(result));
      },
      async humanActs(remoteId, sinceMs) {
        const row = await readRow(remoteId, 'look');
        if (row.is !== 'done') return row;
        const others = [given.user, ...NO_HUMANS, row.value.result['caller_id.user_name']];
        const entries = await journal(remoteId, 'look');
        return mapDone(entries, (all) =>
          all.flatMap(({ element, sys_created_on, sys_created_by }): HumanAct[] => {
            const at = timeOf(sys_created_on);
            const isHuman = at > sinceMs && !others.includes(sys_created_by);
            return isHuman
              ? [{ at, by: sys_created_by, what: element === 'comments' ? 'replied' : 'noted' }]
              : [];
          }),
        );
      },
      async changedSince(sinceMs) {
        const since = new Date(sinceMs).toISOString().slice(0, 19).replace('T', ' ');
        const found = await search(`sys_updated_on>=${since}^ORDERBYsys_updated_on^ORDERBYsys_id`, 'look');
        return mapDone(found, (all) => ({
          tickets: all.filter(({ updatedAt }) => updatedAt >= Math.trunc(sinceMs / 1_000) * 1_000),
          isComplete: all.length < PER_PAGE * MOST_PAGES,
        }));
      },
      closeDouble: (remoteId, kept) =>
        setState(remoteId, given.states.resolved, {
          parent_incident: kept.remoteId,
          close_code: DUPLICATE,
          close_notes: `Duplicate of ${kept.label ?? kept.remoteId}, which is kept.`,
        }),
      async inspect() {
        const query = `nameIN${given.table},task^elementINstate,close_code^inactive=false`;
        const path = `/sys_choice?sysparm_query=${encodeURIComponent(query)}&sysparm_limit=500&sysparm_fields=name,element,value,label`;
        const choices = await api.get<{ result: { element: string; value: string }[] }>(path);
        if (choices.is !== 'done') return choices;
        const of = (element: string) =>
          choices.value.result.filter((one) => one.element === element).map(({ value }) => value);
        const isHidden = choices.value.result.length === 0;
        return {
          is: 'done',
          value: isHidden
            ? [`The user ${given.user} cannot read sys_choice, so states and close code are not checked`]
            : [
                ...unknownValues(service, 'state', given.states, of('state')),
                ...unknownValues(
                  service,
                  'close code',
                  { 'resolving a ticket': given.close_code, 'closing a duplicate': DUPLICATE },
                  of('close_code'),
                ),
                ...api.oddities,
              ],
        };
      },
      isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

/** UTC without a zone: `2026-01-02 03:04:05`. */
const timeOf = (stamp: string): number => Date.parse(`${stamp.replace(' ', 'T')}Z`);

function statusOf({ states, resolved_states }: Settings, state: number): TicketReading['status'] {
  if (state === states.resolved || resolved_states.includes(state)) return 'resolved';
  return state === states.pending ? 'pending' : 'open';
}

const priorityOf = (derived: number): Priority | undefined =>
  ({ 1: 'urgent', 2: 'high', 3: 'medium', 4: 'low', 5: 'low' })[derived] as Priority | undefined;

/** What to try, in order: the whole record, then only what is required. */
function wishes(given: Settings, { key, subject, body, priority, customer }: NewTicket) {
  const caller = customer?.requester ?? given.caller;
  const { impact, urgency } = given.priorities[priority];
  const needed = {
    short_description: neutraliseLine(subject, SUBJECT_LIMIT),
    description: neutralise(body, BODY_LIMIT),
    impact: String(impact),
    urgency: String(urgency),
    correlation_id: key,
    correlation_display: 'Watchdesk',
  };
  const extras = {
    ...given.fields,
    ...(caller !== undefined && { caller_id: caller }),
    ...(customer?.company !== undefined && { company: String(customer.company) }),
    ...(given.assignment_group !== undefined && { assignment_group: given.assignment_group }),
    ...(given.category !== undefined && { category: given.category }),
  };
  return [
    { body: { ...needed, ...extras } },
    { body: needed, without: Object.keys(extras).join(', ') || 'nothing' },
  ];
}
