import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from 'fastify';
import { Busy } from '../access/password.ts';
import { problemPage } from './pages/message.ts';
import { addAssets } from './assets.ts';
import { addBasePath, ownAddress } from './base-path.ts';
import { HOP_HEADER } from './hop.ts';
import { HttpProblem, sendProblem, type Problem } from './problem.ts';
import { isStaff } from '../core/user.ts';
import { say } from '../text/say.ts';
import { foreignOrigin } from './same-origin.ts';
import type { WebSources } from './sources.ts';

const BODY_LIMIT = 64 * 1024;

const HSTS = 'max-age=31536000';
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // Not `no-referrer`: with it a browser sends our own forms with `Origin: null`.
  'referrer-policy': 'same-origin',
} as const;

/** What all of our listeners share: limits, forms, headers, errors as pages or problem responses, assets. */
export async function baseServer(
  sources: Pick<WebSources, 'config' | 'onFault' | 'takesWrites' | 'onStrayProxy' | 'callerOfHop'>,
  mostConnections: number,
  serverFactory?: FastifyServerFactory,
): Promise<FastifyInstance> {
  const { trustedProxies, tls } = sources.config();
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    ...(serverFactory && { serverFactory }),
    ...((!serverFactory &&
      tls && { https: { cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' } }) as object),
    requestTimeout: 30_000,
    ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
    rewriteUrl: ({ url = '/' }) => ownAddress(url, sources.config()),
    logger: false,
    // A request whose URL cannot be decoded never reaches a handler.
    frameworkErrors: (error, request, reply) => void answerProblem(problemOf(error), request, reply),
  });
  server.server.maxConnections = mostConnections;
  refuseWhileFull(server, sources);
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      // `curl -d` sends JSON with this content type too.
      const text = String(body);
      done(null, text.trimStart().startsWith('{') ? text : Object.fromEntries(new URLSearchParams(text)));
    },
  );
  // Heartbeats are often sent by curl with no regard to the content type.
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body || undefined),
  );
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(new HttpProblem(400, say('api.invalid-request'), say('api.invalid-json')));
    }
  });
  server.addHook('onRequest', async (request) => {
    const { publicUrl, status } = sources.config();
    const { method, headers, url } = request;
    const { remoteAddress } = request.socket;
    const caller = sources.callerOfHop({ method, url: request.originalUrl }, headers[HOP_HEADER]);
    // Rate limits, guards and the audit log go by the caller's own address, whichever instance was asked.
    if (caller !== undefined) Object.defineProperty(request, 'ip', { value: caller });
    else if (
      headers['x-forwarded-for'] !== undefined &&
      request.ips === undefined &&
      remoteAddress !== undefined
    )
      sources.onStrayProxy(remoteAddress);
    const foreign = foreignOrigin(method, headers, publicUrl);
    // The public status page has its own origin, where its own forms are allowed.
    const isPublic = status && url.startsWith('/status') && !foreignOrigin(method, headers, status.url);
    if (foreign && !isPublic) throw new HttpProblem(403, say('api.request-blocked'), foreign);
  });
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
    // Browsers ignore it over plain HTTP (RFC 6797, 8.1).
    if (sources.config().publicUrl.startsWith('https:')) reply.header('strict-transport-security', HSTS);
  });
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && !(error instanceof HttpProblem)) sources.onFault(error);
    return answerProblem(problem, request, reply);
  });
  server.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    const detail = say('api.nothing-here', { method, path: url.split('?')[0]! });
    return answerProblem({ title: say('api.not-found'), status: 404, detail }, request, reply);
  });
  addBasePath(server, sources.config);
  await addAssets(server);
  return server;
}

/** When a write takes longer than this, the caller is answered instead of kept waiting. */
const SAID_AFTER_MS = 5_000;

/** Rejects changes while the store cannot write: a caller that retries later loses nothing. */
function refuseWhileFull(server: FastifyInstance, { takesWrites }: Pick<WebSources, 'takesWrites'>): void {
  const full = (): Problem => ({
    title: say('api.storage-unavailable'),
    status: 503,
    detail: say('api.storage-unavailable-detail'),
  });
  server.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url ?? '';
    const isLooking = ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    const isBeat = route.startsWith('/api/v1/heartbeats/');
    if ((isLooking && !isBeat) || route.startsWith('/-/')) return;
    // Heartbeats are accepted all the same: our own full disk must not make a job look dead.
    if (!takesWrites() && !isBeat) {
      void reply.header('retry-after', '10');
      await answerProblem(full(), request, reply);
      return;
    }
    const timer = setTimeout(() => {
      if (takesWrites() || reply.sent) return;
      void reply.header('retry-after', '10');
      void answerProblem(full(), request, reply);
    }, SAID_AFTER_MS);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

export function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(reply.request.dress?.(page) ?? page);
}

function problemOf(error: unknown): Problem {
  if (error instanceof HttpProblem) return error.problem;
  if (error instanceof Busy) return { title: say('api.busy'), status: 429, detail: say('api.busy-detail') };
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode && statusCode < 500)
    return { title: say('api.invalid-request'), status: statusCode, detail: message };
  return {
    title: say('api.internal-error'),
    status: 500,
    detail: say('api.internal-error-detail'),
  };
}

/** Browsers get a page, programs a problem response. */
function answerProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wantsPage = request.headers.accept?.includes('text/html') && !request.url.startsWith('/api/');
  if (!wantsPage) return sendProblem(reply, problem);
  // Public visitors get no link to the wall.
  const { caller } = request;
  const isCustomer = caller?.is === 'user' && !isStaff(caller.user.role);
  const back = request.url.startsWith('/status') ? 'status' : isCustomer ? 'portal' : 'wall';
  return sendPage(reply.code(problem.status), problemPage(problem, back));
}
