import { z } from 'zod';
import type { Priority } from '../core/target.ts';
import type { HelpdeskType } from './helpdesk.ts';
import {
  freshworksHelpdesk,
  freshworksSecrets,
  type FreshworksDialect,
  type TicketField,
} from './shared/freshworks.ts';
import { httpSettings, mailAddress, mapping, secret, serverUrl, unknownValues } from './shared/settings.ts';

const settings = z
  .strictObject({
    domain: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name before .freshservice.com, such as acme')
      .optional()
      .describe('The name before .freshservice.com.'),
    url: serverUrl
      .optional()
      .describe('Instead of `domain`, for another host; the API does not work by custom domains.'),
    api_key: secret.describe('API key of the Watchdesk agent.'),
    requester: mailAddress.describe('Requester of the tickets, unless the customer has its own `requester`.'),
    key_field: z
      .string()
      .regex(/^\w+$/, 'the name of a custom text field, such as watchdesk_key')
      .default('watchdesk_key')
      .describe('Custom text field that holds the incident key.'),
    group_id: z.int().positive().optional().describe('ID of the group that tickets are assigned to.'),
    workspace_id: z.int().positive().optional().describe('ID of the workspace; the primary one by default.'),
    category: z.string().min(1).max(255).optional().describe('Category of the tickets.'),
    tags: z.array(z.string().min(1).max(32)).default(['watchdesk']).describe('Tags of the tickets.'),
    fields: z
      .record(z.string().regex(/^\w+$/), z.unknown())
      .default({})
      .describe('Additional custom fields.'),
    // https://api.freshservice.com/#ticket_attributes
    ...mapping(z.int(), {
      priorities: { low: 1, medium: 2, high: 3, urgent: 4 },
      statuses: { open: 2, pending: 3, resolved: 4 },
      pending: [3],
      resolved: [4, 5],
    }),
    ...httpSettings({ lag: '60s', callsPerMinute: 80 }),
  })
  .refine((given) => (given.domain === undefined) !== (given.url === undefined), {
    message: 'exactly one of `domain` and `url`',
  });

type Settings = z.output<typeof settings>;

/** With a priority matrix, Freshservice computes the priority from these two: 1 is low, 3 is high. */
const MATRIX: Readonly<Record<Priority, { urgency: number; impact: number }>> = {
  urgent: { urgency: 3, impact: 3 },
  high: { urgency: 3, impact: 2 },
  medium: { urgency: 2, impact: 2 },
  low: { urgency: 1, impact: 1 },
};

/** Freshservice, API v2: https://api.freshservice.com/ */
export default {
  type: 'freshservice',
  product: 'Freshservice',
  summary: 'Freshservice; a custom text field holds the incident key.',
  setup: `1. Under _Admin → Form Fields → Ticket_, add a single-line text field labelled \`watchdesk_key\`, which requesters do not
   see. It holds the incident key, by which Watchdesk finds a ticket again after a lost response.
2. Create a separate agent for Watchdesk who may create, edit and reply to tickets, and copy its API key (_Profile
   settings_). What this agent does never counts as human work.
3. To be notified of changes immediately, create a rule under _Admin → Workflow Automator_ that triggers a webhook (POST) to
   \`https://watch.example.com/hooks/helpdesk/freshservice\` with \`webhook_secret\` in the header \`X-Watchdesk-Secret\`.

Besides the priority, urgency and impact are set, because a priority matrix computes the priority from them. Fields that are
required when a ticket is resolved must have a default, or Watchdesk cannot resolve it.`,
  example: `type: freshservice
domain: acme
api_key: \${FRESHSERVICE_API_KEY}
requester: monitoring@acme.example
group_id: 42
webhook_secret: \${FRESHSERVICE_HOOK_SECRET}`,
  settings,
  capabilities: {
    keyIn: 'a custom text field (`key_field`); the end of the subject if the field is rejected',
    lookUp: 'the list of updated tickets; the filter lags by minutes and is not used',
    doubles: 'resolved with a note; the API cannot merge',
    publicReply: true,
    assignee: 'the agent ID, from the URL of their profile',
    humanActs: 'conversations of all agents except the Watchdesk agent',
    whose: 'department ID and requester email address',
    changes: 'listing tickets with `updated_since`',
    deleted: '404 or `deleted`; a ticket that the Watchdesk agent may not see is left unchanged',
    webhook: 'a workflow that sends the header `X-Watchdesk-Secret`',
    inspects: 'credentials, key field, custom fields, statuses, priorities, groups',
    worstCase:
      'Two at first, if the list lags by more than `index_lag` after a lost response; the duplicate search resolves the younger within 24 hours.',
  },
  secrets: freshworksSecrets,
  create(given: Settings, { now }) {
    const dialect: FreshworksDialect = {
      adapter: 'freshservice',
      service: 'Freshservice',
      base: given.url ?? `https://${given.domain}.freshservice.com`,
      isWrapped: true,
      fieldsPath: `/ticket_form_fields${given.workspace_id === undefined ? '' : `?workspace_id=${given.workspace_id}`}`,
      // Sorted by time of creation only, the youngest first: if a list is cut, it has the newest tickets.
      order: () => 'order_type=desc',
      agentName: ({ first_name = '', last_name = '' }) => `${first_name} ${last_name}`.trim() || undefined,
      companyOf: ({ department_id }) => department_id,
      scope: given.workspace_id === undefined ? {} : { workspace_id: given.workspace_id },
      inPriority: (priority) => ({ priority: given.priorities[priority], ...MATRIX[priority] }),
      extrasOf: (department) => ({
        tags: given.tags,
        ...(given.group_id !== undefined && { group_id: given.group_id }),
        ...(given.category !== undefined && { category: given.category }),
        ...(department !== undefined && { department_id: department }),
      }),
      misfits: (fields) => misfits(given, fields),
    };
    return freshworksHelpdesk(given, dialect, now);
  },
} satisfies HelpdeskType<Settings>;

function misfits(given: Settings, fields: readonly TicketField[]): string[] {
  const of = (name: string) => fields.find((field) => field.name === name);
  const missing = [given.key_field, ...Object.keys(given.fields)].filter((name) => !of(name));
  const choices = (name: string) => {
    const known = of(name)?.choices;
    return Array.isArray(known) ? (known as { id?: unknown; value?: unknown }[]) : [];
  };
  const categories = choices('category').map(({ value }) => String(value));
  const { category } = given;
  return [
    ...missing.map((name) => `Freshservice has no ticket field ${name}; add it under Admin, Form Fields`),
    ...unknownValues(
      'Freshservice',
      'status',
      given.statuses,
      choices('status').map(({ id }) => Number(id)),
    ),
    ...unknownValues(
      'Freshservice',
      'priority',
      given.priorities,
      choices('priority').map(({ id }) => Number(id)),
    ),
    ...(category !== undefined && categories.length > 0 && !categories.includes(category)
      ? [`Freshservice has no category ${category}; it has ${categories.join(', ')}`]
      : []),
  ];
}
