import { EVERYBODY } from './may.ts';
import { randomBytes } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { formatDuration } from '../core/duration.ts';
import { EVERYTHING } from '../core/history.ts';
import { codeFrom } from '../core/new-code.ts';
import { HISTORY_DAYS } from '../history/history.ts';
import { statusView, type StatusView } from '../status/status-view.ts';
import type { StatusSettings } from '../status/status-settings.ts';
import { say } from '../text/say.ts';
import { sendPage } from './base-server.ts';
import {
  confirmPage,
  leavePage,
  reportedPage,
  reportPage,
  saidPage,
  statusPage,
  type StatusFacts,
} from './pages/status.ts';
import { PageCache } from './page-cache.ts';
import { HttpProblem } from './problem.ts';
import type { WebSources } from './sources.ts';
import { statusFeed, statusJson } from './status-feeds.ts';

/** Requests per address and minute: enough for a company behind one router; the page itself is cached. */
const READS_A_MINUTE = 6_000;
/**
 * Requests per address and hour that send mails or page people. Behind an untrusted proxy all visitors share one
 * address; the report desk keeps a flood of reports from paging.
 */
const ASKS_AN_HOUR = 30;
const HOUR_MS = 3_600_000;
/** Number of incidents searched. */
const INCIDENTS = 200;
/** How long a page is cached for all readers. */
const FRESH_MS = 2_000;

const line = (most: number) => z.string().trim().min(1).max(most);

const reportForm = z.object({
  form: z.string().regex(/^[0-9A-Z]{16}$/),
  name: line(80),
  contact: line(120),
  component: z.string().max(80).optional(),
  text: line(4_000),
  /** Honeypot, invisible to people: only programs fill it in. */
  website: z.string().optional(),
});

/** Fields that people fill in themselves. */
const FILLED_IN = ['name', 'contact', 'text'] as const;

// A single address, not a list: RFC 5321, 4.5.3.1.3 for its length.
const ADDRESS = /^[^\s<>@,;:"()[\]\\]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/i;

/** The public status page: the state of services, subscriptions, and reports of critical problems. */
export async function statusRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { planning, history, historyWatch, reports, subscriptions, keeper, store, now } = sources;
  await server.register(rateLimit, {
    max: READS_A_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { ttl }) =>
      new HttpProblem(
        429,
        say('status.too-many-requests'),
        // Whole seconds, as in the header.
        say('status.wait', { wait: formatDuration(Math.ceil(ttl / 1_000) * 1_000) }),
      ),
  });
  const asks = { config: { ...EVERYBODY.config, rateLimit: { max: ASKS_AN_HOUR, timeWindow: HOUR_MS } } };

  const settings = (): StatusSettings => {
    const { status } = sources.config();
    if (!status) throw notFound(say('status.no-status-page'));
    return status;
  };
  let made: { view: StatusView; of: StatusSettings; at: number } | undefined;
  const view = async (): Promise<StatusView> => {
    const status = settings();
    if (made && made.of === status && now() - made.at < FRESH_MS && now() >= made.at) return made.view;
    const { items } = await store.incidents({ limit: INCIDENTS });
    const open = keeper.open();
    const ids = new Set(open.map(({ id }) => id));
    const fresh = statusView({
      ...status,
      targets: sources.config().targets,
      incidents: [...open, ...items.filter(({ id }) => !ids.has(id))],
      windows: planning.windows.list(now()),
      commonSpans: history.ownSpansOf(EVERYTHING),
      ownSpansOf: (target) => historyWatch.spansFor(target, status.priorities),
      now: now(),
      timeZone: sources.config().timeZone,
      days: HISTORY_DAYS,
    });
    made = { view: fresh, of: status, at: now() };
    return fresh;
  };
  const facts = async () => ({
    settings: settings(),
    view: await view(),
    now: now(),
    timeZone: sources.config().timeZone,
  });

  // Cached for concurrent readers.
  const pages = new PageCache(now, () => () => {});
  const once = async (key: string, make: (given: StatusFacts) => string): Promise<string> => {
    const given = await facts();
    return pages.get(key, () => make(given));
  };
  server.get('/status', EVERYBODY, async (_request, reply) =>
    sendPage(reply, await once('page', statusPage)),
  );
  // Below the public page's path as well: often nothing else is open to the public.
  for (const path of ['/status.json', '/status/status.json']) {
    server.get(path, EVERYBODY, async (_request, reply) =>
      reply
        .header('access-control-allow-origin', '*')
        .type('application/json; charset=utf-8')
        .send(await once('json', (given) => JSON.stringify(statusJson(given)))),
    );
  }
  server.get('/status/feed.rss', EVERYBODY, async (_request, reply) =>
    reply.type('application/rss+xml; charset=utf-8').send(await once('feed', statusFeed)),
  );

  server.get('/status/report', EVERYBODY, async (_request, reply) => {
    takesReports(settings());
    return sendPage(reply, reportPage(await facts(), { form: codeFrom(randomBytes(16)) }));
  });
  server.post<{ Body: Record<string, string> | undefined }>(
    '/status/report',
    asks,
    async ({ body }, reply) => {
      const status = settings();
      takesReports(status);
      const parsed = reportForm.safeParse(body ?? {});
      if (!parsed.success) {
        const problems = parsed.error.issues.map(({ path }) =>
          say(`status.invalid-${FILLED_IN.find((field) => field === path[0]) ?? 'form'}`),
        );
        const form = /^[0-9A-Z]{16}$/.test(body?.['form'] ?? '') ? body!['form']! : codeFrom(randomBytes(16));
        return sendPage(
          reply.code(400),
          reportPage(await facts(), { ...body, form }, [...new Set(problems)]),
        );
      }
      const { form, website, component, ...report } = parsed.data;
      // A program gets the same answer, but its report is dropped.
      if (website) return reply.redirect('/status/reported', 303);
      const known = status.components.find(({ name }) => name === component)?.name;
      const incident = await reports.take({ ...report, ...(known && { component: known }) }, form);
      return reply.redirect(`/status/reported${incident ? `?report=${incident}` : ''}`, 303);
    },
  );
  server.get<{ Querystring: { report?: string } }>(
    '/status/reported',
    EVERYBODY,
    async ({ query }, reply) => {
      const ticket = query.report === undefined ? undefined : reports.ticketOf(String(query.report));
      return sendPage(reply, reportedPage(await facts(), ticket));
    },
  );

  server.post<{ Body: Record<string, string> | undefined }>(
    '/status/subscribe',
    asks,
    async ({ body }, reply) => {
      if (settings().subscribe === undefined) throw notFound(say('status.no-subscriptions'));
      const email = typeof body?.['email'] === 'string' ? body['email'].trim() : '';
      if (body?.['website']) return sendPage(reply, saidPage(await facts(), 'asked'));
      if (email.length > 254 || !ADDRESS.test(email))
        throw new HttpProblem(400, say('status.invalid-address'), say('status.address-example'));
      return sendPage(reply, saidPage(await facts(), await subscriptions.ask(email)));
    },
  );
  // Programs follow links in mails too: a GET only shows and never acts.
  server.get<{ Params: { token: string } }>('/status/confirm/:token', EVERYBODY, async ({ params }, reply) =>
    sendPage(reply, confirmPage(await facts(), params.token)),
  );
  server.post<{ Params: { token: string } }>(
    '/status/confirm/:token',
    EVERYBODY,
    async ({ params }, reply) => {
      const isConfirmed = await subscriptions.confirm(params.token);
      return sendPage(reply, saidPage(await facts(), isConfirmed ? 'confirmed' : 'unknown'));
    },
  );
  server.get<{ Params: { token: string } }>('/status/leave/:token', EVERYBODY, async ({ params }, reply) =>
    sendPage(reply, leavePage(await facts(), params.token)),
  );
  server.post<{ Params: { token: string } }>('/status/leave/:token', EVERYBODY, async ({ params }, reply) => {
    await subscriptions.end(params.token);
    return sendPage(reply, saidPage(await facts(), 'left'));
  });
}

const notFound = (detail: string): HttpProblem => new HttpProblem(404, say('status.not-found'), detail);

function takesReports({ takesReports }: StatusSettings): void {
  if (!takesReports) throw notFound(say('status.no-reports'));
}
