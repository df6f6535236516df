import { z } from 'zod';
import { PRIORITIES } from '../core/target.ts';
import { listenAddress, webUrl, word } from './fields.ts';

const names = z.array(z.string().min(1)).min(1).optional();

const component = z
  .strictObject({
    name: z.string().trim().min(1).max(80).describe('Name shown to the public.'),
    targets: names,
    customers: names,
    tags: names,
  })
  .refine(({ targets, customers, tags }) => targets ?? customers ?? tags, '`targets`, `customers` or `tags`');

/** The public status page; off unless configured. */
export const statusSchema = z.strictObject({
  title: z.string().trim().min(1).max(80).default('Service status'),
  listen: listenAddress
    .optional()
    .describe('Separate listen address for the public; by default the page is /status of the server.'),
  url: webUrl.optional().describe('Public URL of the page, for links in emails and feeds.'),
  components: z
    .union([z.literal('customers'), z.array(component).min(1).max(200)])
    .describe(
      'What the page lists: components with a public name, or `customers` for one component per customer.',
    ),
  priorities: z
    .array(z.enum(PRIORITIES))
    .min(1)
    .default(['urgent'])
    .describe('Priorities of the incidents to show.'),
  subscribe: word
    .optional()
    .describe('Channel for emails to subscribers; without it, there is no subscription form.'),
  report: z.boolean().default(true).describe('Whether visitors can report a critical problem.'),
  phone: z.string().min(1).max(40).optional().describe('Phone number shown next to the report button.'),
});
