import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { mapDone, type Outcome } from '../core/effect.ts';
import type { Priority } from '../core/target.ts';
import type { HelpdeskType, RemoteTicket } from './helpdesk.ts';
import { callApi, type ApiRequest } from './http-outcome.ts';

const settings = z
  .strictObject({
    domain: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name before .freshdesk.com, such as acme')
      .optional(),
    url: z
      .string()
      .regex(/^https?:\/\/[^\s/]+$/, 'a URL of scheme, host and port only')
      .optional()
      .describe('In place of `domain`, for a domain of your own.'),
    api_key: z.string().min(8).meta({ secret: true }),
    requester: z.email().describe('In whose name tickets are opened.'),
    key_field: z
      .string()
      .regex(/^cf_\w+$/, 'the name of a custom text field, such as cf_watchdesk_key')
      .default('cf_watchdesk_key')
      .describe('Custom text field that holds the key of the incident.'),
    group_id: z.int().positive().optional().describe('Group that gets the tickets.'),
    tags: z.array(z.string().min(1).max(32)).default(['watchdesk']),
    index_lag: z
      .string({ error: DURATION_EXPECTED })
      .regex(DURATION_PATTERN, DURATION_EXPECTED)
      .transform(durationMs)
      .prefault('60s')
      .describe('How long a new ticket may be missing from listings.'),
  })
  .refine((given) => (given.domain === undefined) !== (given.url === undefined), {
    message: 'either `domain` or `url`',
  });

type Settings = z.output<typeof settings>;

interface Ticket {
  id: number;
  status: number;
  created_at: string;
  custom_fields?: Record<string, unknown>;
}

// https://developers.freshdesk.com/api/#ticket_attributes
const PRIORITY: Record<Priority, number> = { low: 1, medium: 2, high: 3, urgent: 4 };
const OPEN = 2;
const RESOLVED = 4;
const CLOSED = 5;
const SUBJECT_LIMIT = 255;
const PER_PAGE = 100;
const MOST_PAGES = 30;
/** Tickets are looked for among those that were touched within this time: an outage and the sweep after it. */
const LOOK_BACK_MS = 72 * 3_600_000;

/** Freshdesk, API v2: https://developers.freshdesk.com/api/ */
export default {
  type: 'freshdesk',
  summary: 'Freshdesk; a custom text field holds the key of the incident.',
  settings,
  secrets: ({ api_key }: Settings) => [api_key],
  create(given: Settings, { now }) {
    const base = given.url ?? `https://${given.domain}.freshdesk.com`;
    const authorization = `Basic ${Buffer.from(`${given.api_key}:X`).toString('base64')}`;
    const call = <Answer>(
      method: ApiRequest['method'],
      path: string,
      body?: unknown,
      isRepeatable = true,
    ): Promise<Outcome<Answer>> =>
      callApi<Answer>('Freshdesk', {
        method,
        url: `${base}/api/v2${path}`,
        headers: { authorization },
        body,
        isRepeatable,
      });
    const remote = ({ id }: Pick<Ticket, 'id'>): RemoteTicket => ({
      remoteId: String(id),
      url: `${base}/a/tickets/${id}`,
    });

    /** By the listing, which shows a new ticket sooner than the search does. Asked for from its new end; the oldest first. */
    const withKey = async (key: string): Promise<Outcome<Ticket[]>> => {
      const since = new Date(now() - LOOK_BACK_MS).toISOString().replace(/\.\d+/, '');
      const found: Ticket[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const query = `updated_since=${since}&order_by=created_at&order_type=desc&per_page=${PER_PAGE}&page=${page}`;
        const listed = await call<Ticket[]>('GET', `/tickets?${query}`);
        if (listed.is !== 'done') return listed;
        if (!Array.isArray(listed.value))
          return { is: 'temporary', why: 'Freshdesk gave no list of tickets' };
        found.push(...listed.value.filter((ticket) => ticket.custom_fields?.[given.key_field] === key));
        if (listed.value.length < PER_PAGE) break;
      }
      return { is: 'done', value: found.sort((a, b) => a.id - b.id) };
    };
    const note = (remoteId: string, text: string, key: string) =>
      call<{ id: number }>(
        'POST',
        `/tickets/${remoteId}/notes`,
        { body: `${html(text)}<br><br>${marker(key)}`, private: true },
        false,
      ).then((made) => mapDone(made, () => remoteId));
    const setStatus = (remoteId: string, status: number) =>
      call<Ticket>('PUT', `/tickets/${remoteId}`, { status }).then((done) => mapDone(done, () => remoteId));

    return {
      adapter: 'freshdesk',
      indexLagMs: given.index_lag,
      async create({ key, subject, body, priority }) {
        const made = await call<Ticket>(
          'POST',
          '/tickets',
          {
            email: given.requester,
            subject: subject.slice(0, SUBJECT_LIMIT),
            description: html(body),
            priority: PRIORITY[priority],
            status: OPEN,
            source: 2,
            tags: given.tags,
            custom_fields: { [given.key_field]: key },
            ...(given.group_id !== undefined && { group_id: given.group_id }),
          },
          false,
        );
        if (made.is !== 'done') return made;
        if (typeof made.value?.id === 'number') return { is: 'done', value: remote(made.value) };
        return { is: 'ambiguous', why: 'the answer of Freshdesk names no ticket' };
      },
      find: async (key) => mapDone(await withKey(key), ([first]) => (first ? remote(first) : null)),
      note: (remoteId, { key, text }) => note(remoteId, text, key),
      async findNote(remoteId, key) {
        for (let page = 1; page <= MOST_PAGES; page++) {
          const path = `/tickets/${remoteId}/conversations?per_page=${PER_PAGE}&page=${page}`;
          const listed = await call<{ body?: string }[]>('GET', path);
          if (listed.is !== 'done') return listed;
          if (listed.value.some(({ body }) => body?.includes(marker(key)))) {
            return { is: 'done', value: remoteId };
          }
          if (listed.value.length < PER_PAGE) break;
        }
        return { is: 'done', value: null };
      },
      resolve: (remoteId) => setStatus(remoteId, RESOLVED),
      reopen: (remoteId) => setStatus(remoteId, OPEN),
      doubles: {
        findAll: async (key) =>
          mapDone(await withKey(key), (tickets) =>
            tickets.map((ticket) => ({
              ...remote(ticket),
              isOpen: ticket.status !== RESOLVED && ticket.status !== CLOSED,
            })),
          ),
        async close(remoteId, kept) {
          const said = await note(
            remoteId,
            `Opened twice; ticket ${kept.remoteId} is kept.`,
            `double:${remoteId}`,
          );
          return said.is === 'done' ? setStatus(remoteId, RESOLVED) : said;
        },
      },
    };
  },
} satisfies HelpdeskType<Settings>;

/** Stands at the end of a note, so that one whose answer was lost can be found. */
const marker = (key: string): string => `[${key}]`;

/** Freshdesk shows HTML: nothing of the text may become any. */
function html(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replace(/^ +/gm, (spaces) => '&nbsp;'.repeat(spaces.length)).replaceAll('\n', '<br>');
}
