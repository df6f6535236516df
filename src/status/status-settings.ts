import { z } from 'zod';
import { listenAddress, webUrl, word } from '../config/fields.ts';
import type { MaintenanceScope } from '../core/maintenance.ts';
import { PRIORITIES, type Priority } from '../core/target.ts';

const names = z.array(z.string().min(1)).min(1).optional();

const component = z
  .strictObject({
    name: z.string().trim().min(1).max(80).describe('As the public reads it.'),
    targets: names,
    customers: names,
    tags: names,
  })
  .refine(
    ({ targets, customers, tags }) => targets ?? customers ?? tags,
    '`targets`, `customers` or `tags`, of which it is made',
  );

/** The public status page; there is none until it is asked for. */
export const statusSchema = z.strictObject({
  title: z.string().trim().min(1).max(80).default('Service status'),
  listen: listenAddress
    .optional()
    .describe('An address of its own, for the public; without, it is /status of the server.'),
  url: webUrl.optional().describe('How the public reaches it, for links in mails and feeds.'),
  components: z
    .union([z.literal('customers'), z.array(component).min(1).max(200)])
    .describe('What the public sees: parts by a public name, or `customers` for one part a customer.'),
  priorities: z.array(z.enum(PRIORITIES)).min(1).default(['urgent']).describe('Incidents that are shown.'),
  subscribe: word.optional().describe('Channel for mails to subscribers; without, nobody can subscribe.'),
  report: z.boolean().default(true).describe('Whether a critical problem can be reported there.'),
  phone: z.string().min(1).max(40).optional().describe('A number that is shown beside the report.'),
});

export interface StatusComponent {
  name: string;
  scope: MaintenanceScope;
}

export interface StatusSettings {
  title: string;
  listen?: { host: string; port: number };
  /** Of the page itself, without a trailing slash. */
  url: string;
  components: readonly StatusComponent[];
  priorities: readonly Priority[];
  /** Name of the channel. */
  subscribe?: string;
  takesReports: boolean;
  phone?: string;
}
