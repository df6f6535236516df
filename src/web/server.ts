import { EVERYBODY } from './may.ts';
import type { FastifyInstance, FastifyRequest, FastifyServerFactory } from 'fastify';
import { z } from 'zod';
import { agentRoutes } from './agent-routes.ts';
import { answerRoutes } from './answer-routes.ts';
import type { ApiRoute } from './api-route.ts';
import { API_ROUTES } from './api-routes.ts';
import { connectionCaps } from './connection-caps.ts';
import { baseServer } from './base-server.ts';
import { deskRoutes } from './desk-routes.ts';
import { callerName } from '../access/audit-log.ts';
import { callerAddress } from './caller-address.ts';
import { addGuard } from './guard.ts';
import { HEARTBEAT_ROUTES, takeAnyBody } from './heartbeat-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { openApi } from './openapi.ts';
import { takeForms } from './multipart.ts';
import { parsed } from './problem.ts';
import { portalRoutes } from './portal-routes.ts';
import { reportRoutes } from './report-routes.ts';
import { accountRoutes } from './account-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import type { WebSources } from './sources.ts';
import { statusRoutes } from './status-routes.ts';

/** Serves everything on one address: pages, API, metrics, health. */
/** `serverFactory`: for a listener that is open already. */
export async function buildServer(
  sources: WebSources,
  serverFactory?: FastifyServerFactory,
): Promise<FastifyInstance> {
  const server = await baseServer(sources, connectionCaps().main, serverFactory);
  await takeForms(server, () => sources.config().deskSettings.attachments);
  addGuard(server, {
    access: sources.access,
    settings: () => sources.config().access,
    config: () => sources.config(),
  });
  addPlainForms(server);
  addAudit(server, sources);
  pageRoutes(server, sources);
  healthRoutes(server, sources);
  await server.register(async (inner) => signInRoutes(inner, sources));
  await server.register(async (inner) => accountRoutes(inner, sources));
  await server.register(async (inner) => deskRoutes(inner, sources));
  await server.register(async (inner) => portalRoutes(inner, sources));
  await server.register(async (inner) => reportRoutes(inner, sources));
  await server.register(async (inner) => answerRoutes(inner, sources));
  await server.register(async (inner) => hookRoutes(inner, sources));
  await server.register(async (inner) => agentRoutes(inner, sources));
  await server.register(async (inner) => statusRoutes(inner, sources));
  for (const route of API_ROUTES) addApiRoute(server, route, sources);
  await server.register(async (inner) => {
    takeAnyBody(inner);
    for (const route of HEARTBEAT_ROUTES) addApiRoute(inner, route, sources);
  });
  server.get('/api/openapi.json', EVERYBODY, async () =>
    openApi([...API_ROUTES, ...HEARTBEAT_ROUTES], sources.version),
  );
  return server;
}

/** Logs every change by signed-in users and programs: who, what, from where, in whose name. */
function addAudit(server: FastifyInstance, { auditLog }: WebSources): void {
  server.addHook('onResponse', async (request, reply) => {
    const { caller, method, body } = request;
    const isChange = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
    if (!isChange || reply.statusCode >= 400 || !caller || caller.is === 'nobody') return;
    // By route, because the same URL can be written in many ways. Heartbeats are recorded elsewhere.
    const route = request.routeOptions.url ?? '';
    if (route.startsWith('/api/v1/heartbeats/')) return;
    if (caller.is === 'anybody' && !/^\/(api|-)\//.test(route)) return;
    const { by, name } = (typeof body === 'object' && body !== null ? body : {}) as {
      by?: unknown;
      name?: unknown;
    };
    const as = [by, name].find((one) => typeof one === 'string');
    const isOther = as !== undefined && !(caller.is === 'user' && as === caller.user.id);
    // Where everybody may call, the address itself may be what lets them: a signed link, a token.
    const isSecret = request.routeOptions.config.may?.needs === 'nothing';
    const address = isSecret ? route : request.url.split('?')[0];
    const about = `${method} ${address}${isOther ? ` as ${as}` : ''}`;
    auditLog.note('called', callerName(caller), { from: callerAddress(request), about });
  });
}

/** Pages accept forms, whose fields are text: anything else that a program sends is ignored. */
function addPlainForms(server: FastifyInstance): void {
  server.addHook('preValidation', async (request) => {
    const path = request.routeOptions.url ?? '';
    if (/^\/(api|agent|hooks|-|probe)(\/|$)/.test(path)) return;
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
    config: { may: route.may },
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

/** Signed-in users always act under their own id, whatever the body says. */
function signed(body: unknown, route: ApiRoute, { caller }: FastifyRequest): unknown {
  if (caller?.is !== 'user' || !(route.body instanceof z.ZodObject) || !('by' in route.body.shape))
    return body;
  return { ...(body as object | undefined), by: caller.user.id };
}

/** Parses text that is valid JSON; an empty body counts as none. */
function bodyOf({ body }: FastifyRequest): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body.trim() === '' ? undefined : { message: body.slice(0, 1_000) };
  }
}
