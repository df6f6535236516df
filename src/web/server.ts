import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CONTENT_TYPES, expositionFor } from '../observe/exposition.ts';
import { scrape } from '../observe/scrape.ts';
import { answerRoutes } from './answer-routes.ts';
import type { ApiRoute } from './api-route.ts';
import { API_ROUTES } from './api-routes.ts';
import { connectionCaps } from './connection-caps.ts';
import { baseServer, sendPage } from './base-server.ts';
import { deskRoutes } from './desk-routes.ts';
import { callerName } from '../access/audit-log.ts';
import { callerAddress } from './caller-address.ts';
import { addGuard } from './guard.ts';
import { HEARTBEAT_ROUTES, takeAnyBody } from './heartbeat-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { liveStream } from './live-stream.ts';
import { openApi } from './openapi.ts';
import { incidentsPage } from './pages/incidents.ts';
import { incidentPage } from './pages/incident.ts';
import { maintenanceForm, maintenancePage } from './pages/maintenance.ts';
import { onCallFeed } from '../on-call/feed.ts';
import { onCallPage, overrideOf } from './pages/on-call.ts';
import { auditPage } from './pages/audit.ts';
import { monitorPage } from './pages/monitor.ts';
import { probeNow } from './pages/probe-now.ts';
import { targetPage } from './pages/target.ts';
import { wallPage } from './pages/wall.ts';
import { wallAddress, wallWish } from './pages/wall-wish.ts';
import { takeForms } from './multipart.ts';
import { PageCache } from './page-cache.ts';
import { probeOnDemand } from './probe-endpoint.ts';
import { isStaff } from '../core/user.ts';
import { say } from '../text/say.ts';
import { HttpProblem, notFound, parsed, sendProblem } from './problem.ts';
import { portalRoutes } from './portal-routes.ts';
import { reportRoutes } from './report-routes.ts';
import { accountRoutes } from './account-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import type { WebSources } from './sources.ts';
import { statusRoutes } from './status-routes.ts';

/** Everything under one address: pages, API, metrics, health. */
export async function buildServer(sources: WebSources): Promise<FastifyInstance> {
  const server = await baseServer(sources, connectionCaps().main);
  await takeForms(server, () => sources.config().deskSettings.attachments);
  addGuard(server, {
    access: sources.access,
    settings: () => sources.config().access,
    config: () => sources.config(),
  });
  addPlainForms(server);
  addAudit(server, sources);
  addPages(server, sources);
  addHealth(server, sources);
  await server.register(async (inner) => signInRoutes(inner, sources));
  await server.register(async (inner) => accountRoutes(inner, sources));
  await server.register(async (inner) => deskRoutes(inner, sources));
  await server.register(async (inner) => portalRoutes(inner, sources));
  await server.register(async (inner) => reportRoutes(inner, sources));
  await server.register(async (inner) => answerRoutes(inner, sources));
  await server.register(async (inner) => hookRoutes(inner, sources));
  await server.register(async (inner) => statusRoutes(inner, sources));
  for (const route of API_ROUTES) addApiRoute(server, route, sources);
  await server.register(async (inner) => {
    takeAnyBody(inner);
    for (const route of HEARTBEAT_ROUTES) addApiRoute(inner, route, sources);
  });
  server.get('/api/openapi.json', async () => openApi([...API_ROUTES, ...HEARTBEAT_ROUTES], sources.version));
  return server;
}

/** Every change by somebody who signed in, and by every program, leaves a line: who, what, from where, in whose name. */
function addAudit(server: FastifyInstance, { auditLog }: WebSources): void {
  server.addHook('onResponse', async (request, reply) => {
    const { caller, method, body } = request;
    const isChange = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
    if (!isChange || reply.statusCode >= 400 || !caller || caller.is === 'nobody') return;
    // By the route: the same address can be written in many ways. A heartbeat has a record of its own.
    const route = request.routeOptions.url ?? '';
    if (route.startsWith('/api/v1/heartbeats/')) return;
    if (caller.is === 'anybody' && !/^\/(api|-)\//.test(route)) return;
    const { by, name } = (typeof body === 'object' && body !== null ? body : {}) as {
      by?: unknown;
      name?: unknown;
    };
    const as = [by, name].find((one) => typeof one === 'string');
    const isOther = as !== undefined && !(caller.is === 'user' && as === caller.user.id);
    const about = `${method} ${request.url.split('?')[0]}${isOther ? ` as ${as}` : ''}`;
    auditLog.note('called', callerName(caller), { from: callerAddress(request), about });
  });
}

/** Pages take forms, whose fields are text: a program that sends something else has sent nothing there. */
function addPlainForms(server: FastifyInstance): void {
  server.addHook('preValidation', async (request) => {
    const path = request.routeOptions.url ?? '';
    if (/^\/(api|hooks|-|probe)(\/|$)/.test(path)) return;
    request.query = onlyText(request.query, (value) => (Array.isArray(value) ? value[0] : value));
    if (request.body !== undefined && !request.isMultipart())
      request.body = onlyText(request.body, (value) => value);
  });
}

const onlyText = (given: unknown, pick: (value: unknown) => unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typeof given === 'object' && given !== null ? given : {})
      .map(([name, value]) => [name, pick(value)] as const)
      .filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );

function addApiRoute(server: FastifyInstance, route: ApiRoute, sources: WebSources): void {
  server.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ':$1'),
    handler: async (request, reply) => {
      const answer = await route.handle(
        {
          params: request.params as Record<string, string>,
          query: route.query ? parsed(route.query, request.query, 'query') : {},
          body: route.body ? parsed(route.body, signed(bodyOf(request), route, request), 'body') : undefined,
          caller: callerName(request.caller),
        },
        sources,
      );
      return reply.code(route.good.status).send(answer);
    },
  });
}

/** Whoever is signed in acts in their own name, whatever the body says. */
function signed(body: unknown, route: ApiRoute, { caller }: FastifyRequest): unknown {
  if (caller?.is !== 'user' || !(route.body instanceof z.ZodObject) || !('by' in route.body.shape))
    return body;
  return { ...(body as object | undefined), by: caller.user.id };
}

/** Text that is JSON after all is taken as such; an empty body is none. */
function bodyOf({ body }: FastifyRequest): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body.trim() === '' ? undefined : { message: body.slice(0, 1_000) };
  }
}

function addPages(server: FastifyInstance, sources: WebSources): void {
  const { store, keeper } = sources;
  const walls = new PageCache(() => sources.now(), sources.onChange);
  server.get<{ Querystring: Record<string, unknown> }>('/', ({ query }, reply) => {
    const wish = wallWish(query);
    return sendPage(
      reply,
      walls.get(wallAddress(wish, { page: wish.page }), () => wallPage(sources, wish)),
    );
  });
  server.get('/live', { exposeHeadRoute: false }, (request, reply) => liveStream(request, reply, sources));
  server.get<{ Params: { name: string } }>('/targets/:name', async ({ params }, reply) => {
    const target = sources.config().targets.find((one) => one.name === params.name);
    if (!target) throw notFound(say('api.no-target', { name: params.name }));
    const { items } = await store.incidents({ target: target.name, limit: 20 });
    return sendPage(reply, targetPage(target, items, sources));
  });
  server.post<{ Params: { name: string } }>('/targets/:name/probe', async ({ params }, reply) => {
    const target = sources.config().targets.find((one) => one.name === params.name);
    if (!target) throw notFound(say('api.no-target', { name: params.name }));
    const { items } = await store.incidents({ target: target.name, limit: 20 });
    const probed = await probeNow(target, sources);
    return sendPage(reply, targetPage(target, items, sources, probed));
  });
  server.get<{ Querystring: Record<string, unknown> }>('/incidents', async ({ query }, reply) => {
    const status = (['open', 'worked', 'resolved'] as const).find((one) => one === query['status']);
    const cursor = String(query['cursor'] ?? '');
    const list = await store.incidents({
      limit: 50,
      ...(status && { status }),
      ...(/^\d{1,16}$/.test(cursor) && { cursor }),
    });
    return sendPage(reply, incidentsPage({ ...list, ...(status && { status }) }));
  });
  server.get<{ Params: { id: string }; Querystring: { by?: string } }>(
    '/incidents/:id',
    async ({ params, query }, reply) => {
      const incident = keeper.get(params.id) ?? (await store.incident(params.id));
      if (!incident) throw notFound(say('api.no-incident', { id: params.id }));
      const { items } = await store.effects({ incident: incident.id, kinds: ['page', 'notice'], limit: 100 });
      const events = await store.events(incident.id);
      return sendPage(reply, incidentPage({ incident, events, messages: items, reader: query.by }, sources));
    },
  );
  server.post<{ Params: { id: string }; Body: Record<string, string> }>(
    '/incidents/:id',
    async (request, reply) => {
      const { params, body } = request;
      const route = API_ROUTES.find(({ path }) => path === `/api/v1/incidents/{id}/${body?.['action']}`);
      if (!route?.body)
        throw new HttpProblem(400, say('api.invalid-request'), say('api.unknown-form-action'));
      const { by, text, in: inText } = body;
      const isEstimate = body['action'] === 'estimate';
      await route.handle(
        {
          params,
          query: {},
          body: parsed(route.body, { by, ...(text && { text }), ...(isEstimate && { in: inText }) }, 'form'),
          caller: callerName(request.caller),
        },
        sources,
      );
      return reply.redirect(`/incidents/${params.id}`, 303);
    },
  );
  server.get<{ Querystring: { cursor?: string } }>('/audit', async ({ query }, reply) => {
    const cursor = query.cursor ?? '';
    const list = await store.audit.list({ limit: 100, ...(/^\d{1,16}$/.test(cursor) && { cursor }) });
    return sendPage(reply, auditPage(list, store.audit.head()));
  });
  server.get('/monitor', (_request, reply) => sendPage(reply, monitorPage(sources)));
  server.get('/maintenance', (_request, reply) => sendPage(reply, maintenancePage(sources)));
  server.post<{ Body: Record<string, string> }>('/maintenance', async (request, reply) => {
    const { body } = request;
    const { end, change, ...given } = body ?? {};
    const does = end !== undefined ? 'DELETE' : change !== undefined ? 'PUT' : 'POST';
    const route = API_ROUTES.find(
      ({ method, path }) => path.startsWith('/api/v1/maintenance') && method === does,
    )!;
    try {
      const wanted = end === undefined ? parsed(route.body!, maintenanceForm(given), 'form') : undefined;
      await route.handle(
        { params: { id: end ?? change ?? '' }, query: {}, body: wanted, caller: callerName(request.caller) },
        sources,
      );
    } catch (error) {
      // What somebody has typed is not lost for a slip.
      if (!(error instanceof HttpProblem) || does !== 'POST') throw error;
      const { status, detail, problems = [detail] } = error.problem;
      return sendPage(reply.code(status), maintenancePage(sources, { given, problems }));
    }
    return reply.redirect('/maintenance', 303);
  });
  server.get('/oncall', (_request, reply) => sendPage(reply, onCallPage(sources)));
  server.post<{ Body: Record<string, string> }>('/oncall', async (request, reply) => {
    const { body } = request;
    const { end } = body ?? {};
    const wanted = end === undefined ? 'POST' : 'DELETE';
    const route = API_ROUTES.find(
      ({ method, path }) => path.startsWith('/api/v1/oncall/overrides') && method === wanted,
    )!;
    const given = end === undefined ? parsed(route.body!, overrideOf(body ?? {}), 'form') : undefined;
    await route.handle(
      { params: { id: end ?? '' }, query: {}, body: given, caller: callerName(request.caller) },
      sources,
    );
    return reply.redirect('/oncall', 303);
  });
  server.get<{ Params: { what: string; file: string } }>('/oncall/:what/:file', ({ params }, reply) => {
    const name = params.file.replace(/\.ics$/, '');
    const { schedules } = sources.planning.roster;
    const { people } = sources.config();
    const one = params.what === 'schedules' ? schedules.get(name) : undefined;
    const isPerson = params.what === 'people' && people.has(name);
    if (!one && !isPerson) throw notFound(say('api.no-calendar', { name: `${params.what}/${params.file}` }));
    const feed = onCallFeed({
      schedules: one ? [one] : [...schedules.values()],
      ...(isPerson && { person: name }),
      nameOf: (id) => people.get(id)?.name ?? id,
      now: sources.now(),
      publicUrl: sources.config().publicUrl,
    });
    return reply.header('content-type', 'text/calendar; charset=utf-8').send(feed);
  });
}

function addHealth(server: FastifyInstance, sources: WebSources): void {
  server.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', ({ caller }, reply) => {
    const readiness = sources.readiness();
    const { refused } = sources.configState();
    // Whether, and not why, is what everybody may know.
    const mayKnow = caller.is !== 'nobody' && (caller.is !== 'user' || isStaff(caller.user.role));
    const details =
      refused && mayKnow
        ? refused.problems.map((problem) => say('api.ready-config-refused', { problem }))
        : [];
    if (readiness.is === 'ready') return reply.type('text/plain').send(['ready', ...details, ''].join('\n'));
    if (!mayKnow)
      return sendProblem(reply, {
        title: say('api.not-ready'),
        status: 503,
        detail: say('api.sign-in-to-see-why'),
      });
    return sendProblem(reply, {
      title: say('api.not-ready'),
      status: 503,
      detail: say('api.not-healthy'),
      problems: [...readiness.why, ...details],
    });
  });
  server.get('/metrics', ({ headers }, reply) => {
    const format = expositionFor(headers.accept);
    const pieces = Readable.from(scrape(sources, format, sources.config().metricsWithout));
    void reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'accept, accept-encoding');
    if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i.test(headers['accept-encoding'] ?? ''))
      return reply.send(pieces);
    const packed = createGzip({ level: constants.Z_BEST_SPEED });
    pieces.on('error', (error) => packed.destroy(error));
    packed.on('close', () => pieces.destroy());
    return reply.header('content-encoding', 'gzip').send(pieces.pipe(packed));
  });
  server.route<{ Querystring: Record<string, string | string[]> }>({
    method: ['GET', 'POST'],
    url: '/probe',
    async handler({ query, headers, raw }, reply) {
      // A page of another site would make the monitor ask what its reader cannot.
      const site = headers['sec-fetch-site'];
      if (site === 'cross-site' || (site === 'same-site' && !sources.access.isGuarded))
        throw new HttpProblem(403, say('api.request-blocked'), say('api.other-site-probe'));
      const first = (name: string) => [query[name]].flat()[0];
      const scrapeTimeout = headers['x-prometheus-scrape-timeout-seconds'];
      const asked = {
        target: first('target'),
        module: first('module') || undefined,
        hostname: first('hostname'),
        debug: first('debug'),
        scrapeTimeout: [scrapeTimeout].flat()[0],
      };
      const answer = await probeOnDemand(asked, sources, (stop) => {
        raw.socket.once('close', stop);
        return () => raw.socket.off('close', stop);
      });
      const type = 'text/plain; version=0.0.4; charset=utf-8';
      if (answer.is === 'refused')
        return reply.code(answer.status).type('text/plain; charset=utf-8').send(`${answer.why}\n`);
      return reply.type(asked.debug === 'true' ? 'text/plain; charset=utf-8' : type).send(answer.text);
    },
  });
}
