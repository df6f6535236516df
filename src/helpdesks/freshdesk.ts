import { z } from 'zod';
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

/** Freshdesk, API v2: https://developers.freshdesk.com/api/ */
export default {
  type: 'freshdesk',
  product: 'Freshdesk',
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
  secrets: freshworksSecrets,
  create(given: Settings, { now }) {
    const dialect: FreshworksDialect = {
      adapter: 'freshdesk',
      service: 'Freshdesk',
      base: given.url ?? `https://${given.domain}.freshdesk.com`,
      isWrapped: false,
      fieldsPath: '/ticket_fields',
      order: (by, type) => `order_by=${by}&order_type=${type}`,
      agentName: ({ contact }) => contact?.name,
      companyOf: ({ company_id }) => company_id,
      scope: {},
      inPriority: (priority) => ({ priority: given.priorities[priority] }),
      extrasOf: (company) => ({
        tags: given.tags,
        ...(given.group_id !== undefined && { group_id: given.group_id }),
        ...(given.product_id !== undefined && { product_id: given.product_id }),
        ...(given.ticket_type !== undefined && { type: given.ticket_type }),
        ...(company !== undefined && { company_id: company }),
      }),
      misfits: (fields) => misfits(given, fields),
      merge: (double, kept) => ({
        method: 'PUT',
        path: '/tickets/merge',
        body: {
          primary_id: kept,
          ticket_ids: [double],
          note_in_primary: {
            body: `Duplicate ticket ${double} was merged into this ticket.`,
            private: true,
          },
          note_in_secondary: { body: `Duplicate of ticket ${kept}, which is kept.`, private: true },
        },
      }),
    };
    return freshworksHelpdesk(given, dialect, now);
  },
} satisfies HelpdeskType<Settings>;

function misfits(given: Settings, fields: readonly TicketField[]): string[] {
  const of = (name: string) => fields.find((field) => field.name === name);
  const missing = [given.key_field, ...Object.keys(given.fields)].filter((name) => !of(name));
  const choices = (name: string) => (of(name)?.choices ?? {}) as Record<string, unknown>;
  const statuses = Object.keys(choices('status')).map(Number);
  const priorities = Object.values(choices('priority')).map(Number);
  const types = Object.values(choices('ticket_type')).map(String);
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
