import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from 'fastify';
import { Agent, type Dispatcher } from 'undici';
import { wasNotSent } from '../core/not-sent.ts';
import { addAssets } from './assets.ts';
import { callerAddress } from './caller-address.ts';
import { HOP_HEADER, signHop } from './hop.ts';
import { problemPage } from './pages/message.ts';
import { sendProblem } from './problem.ts';
import { say } from '../text/say.ts';

/** How long a call waits for an instance that decides, and how long one from outside does, which may not be repeated. */
const WAIT_MS = 5_000;
const HOOK_WAIT_MS = 10_000;
const LOOK_MS = 250;
/** Calls that are handed on at a time. */
const MOST_CALLS = 256;
const RETRY_AFTER_S = 5;
/** A page that takes longer is not one of ours. */
const ANSWER_MS = 40_000;
/** Events come every 10 s; a stream that is silent for longer has lost its other end. */
const SILENT_MS = 60_000;
/** A machine that is gone does not refuse a connection, it says nothing. */
const CONNECT_MS = 2_000;
/** Bodies up to this size are read first, so that the call can be made again when it did not arrive. */
const SMALL_BODY = 64 * 1_024;
/** On the answer of an instance that does not decide, which no page of ours has. */
const NOT_HERE_HEADER = 'x-watchdesk-not-here';

export interface FrontPorts {
  serverFactory: FastifyServerFactory;
  trustedProxies: readonly string[];
  /** Where the instance that decides can be reached at present. */
  decider(): { url: string; hopKey: string } | undefined;
  /** Why this instance could not take over; empty when it could. */
  unfit(): readonly string[];
  metrics(): Promise<{ contentType: string; text: string }>;
  now(): number;
  onFault(error: unknown): void;
}

/**
 * The door of an instance that does not decide: it answers for its own health, and hands everything else to the one that
 * does. Nothing but a read is ever repeated.
 */
export async function frontServer(ports: FrontPorts): Promise<FastifyInstance> {
  const { serverFactory, trustedProxies, decider, unfit, metrics, now, onFault } = ports;
  const server = Fastify({
    logger: false,
    serverFactory,
    ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
  });
  // Bodies are handed on as they come.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const way = new Agent({ connections: MOST_CALLS, connect: { timeout: CONNECT_MS } });
  server.addHook('onClose', () => way.destroy());
  await addAssets(server);
  server.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', (_request, reply) => {
    const why = unfit();
    if (why.length === 0) return reply.type('text/plain').send(`${say('api.stands-by')}\n`);
    return sendProblem(reply, {
      title: say('api.not-ready'),
      status: 503,
      detail: say('api.cannot-take-over'),
      problems: [...why],
    });
  });
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics();
    return reply.header('content-type', contentType).send(text);
  });
  server.all('/*', async (request, reply) => {
    // Handed on by an instance that believes this one to decide: it must ask again who does.
    if (request.headers[HOP_HEADER] !== undefined)
      return reply
        .code(421)
        .header(NOT_HERE_HEADER, '1')
        .send({ title: say('api.does-not-decide') });
    await handOn(request, reply, { decider, now, onFault, way }, now() + waitFor(request.url));
    return reply;
  });
  return server;
}

const waitFor = (url: string): number => (url.startsWith('/hooks/') ? HOOK_WAIT_MS : WAIT_MS);

interface Handing extends Pick<FrontPorts, 'decider' | 'now' | 'onFault'> {
  way: Dispatcher;
}

async function handOn(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: Handing,
  until: number,
): Promise<void> {
  const { decider, now, onFault, way } = ports;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const body = await bodyOf(request);
  for (;;) {
    const to = decider();
    if (to !== undefined) {
      const isStill = () => decider()?.url === to.url;
      const outcome = await sendTo(request, body, reply, { ...to, way, isStill }, now());
      if (outcome.is === 'answered') return;
      // What has not arrived can be sent again, if it is still at hand; what may have arrived is not, unless it only reads.
      const isRepeatable = isRead || (outcome.is === 'not-sent' && !(body instanceof Readable));
      if (!isRepeatable) {
        onFault(new Error(`a call was not handed on: ${outcome.why}`));
        break;
      }
    }
    if (now() >= until) break;
    await pause(LOOK_MS);
  }
  nobodyDecides(request, reply);
}

/** A small body is read whole; a large one, or one of unknown length, is handed on as it comes. */
async function bodyOf({ body, headers }: FastifyRequest): Promise<Buffer | Readable | null> {
  if (!(body instanceof Readable)) return null;
  const length = Number(headers['content-length'] ?? NaN);
  if (!(length <= SMALL_BODY)) return body;
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

type Handed = { is: 'answered' } | { is: 'not-sent'; why: string } | { is: 'failed'; why: string };

/** Headers between two neighbours, which are not handed on: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const OF_ONE_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
]);

async function sendTo(
  request: FastifyRequest,
  body: Buffer | Readable | null,
  reply: FastifyReply,
  { url, hopKey, way, isStill }: { url: string; hopKey: string; way: Dispatcher; isStill(): boolean },
  at: number,
): Promise<Handed> {
  const { method, originalUrl, headers } = request;
  const named = headers.connection?.toLowerCase().split(/\s*,\s*/) ?? [];
  const kept = Object.entries(headers).filter(
    ([name, value]) =>
      value !== undefined &&
      !OF_ONE_HOP.has(name) &&
      !named.includes(name) &&
      // The body of a GET is not read, so it is not handed on, nor announced.
      (request.body !== undefined || name !== 'content-length'),
  );
  const hop = signHop(hopKey, { method, url: originalUrl }, callerAddress(request), at);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  // Whoever has lost the lease may stand still for as long as it likes: nobody waits for its answer.
  const lost = new AbortController();
  const watching = setInterval(() => {
    if (!isStill()) lost.abort(new Error(say('api.does-not-decide')));
  }, LOOK_MS);
  let answer: Dispatcher.ResponseData;
  try {
    // The path is put behind the decider's origin: `//elsewhere/` and `http://elsewhere/` stay paths.
    answer = await way.request({
      origin: url,
      path: originalUrl,
      method: method as Dispatcher.HttpMethod,
      // Links and cookies are made for the address that people use: the host header stays theirs.
      headers: { ...Object.fromEntries(kept), [HOP_HEADER]: hop },
      body,
      signal: AbortSignal.any([gone.signal, lost.signal]),
      headersTimeout: ANSWER_MS,
      bodyTimeout: SILENT_MS,
    });
  } catch (error) {
    if (gone.signal.aborted) return { is: 'answered' };
    const { code, message } = error as { code?: string; message: string };
    return { is: wasNotSent(code) ? 'not-sent' : 'failed', why: message };
  } finally {
    clearInterval(watching);
  }
  if (answer.statusCode === 421 && answer.headers[NOT_HERE_HEADER] !== undefined) {
    await answer.body.dump();
    return { is: 'not-sent', why: say('api.does-not-decide') };
  }
  const back = Object.entries(answer.headers).filter(([name]) => !OF_ONE_HOP.has(name));
  reply.hijack();
  reply.raw.writeHead(answer.statusCode, Object.fromEntries(back));
  // Whoever asked hears as soon as anything is said: a stream of events is never complete.
  reply.raw.flushHeaders();
  await pipeline(answer.body, reply.raw).catch(() => reply.raw.destroy());
  return { is: 'answered' };
}

/** A page tries again by itself; a program is told when to. */
function nobodyDecides({ headers }: FastifyRequest, reply: FastifyReply): void {
  const problem = { title: say('api.nobody-decides'), status: 503, detail: say('api.nobody-decides-detail') };
  void reply.header('retry-after', String(RETRY_AFTER_S));
  if (headers.accept?.includes('text/html'))
    void reply
      .code(503)
      .header('refresh', String(RETRY_AFTER_S))
      .header('cache-control', 'no-store')
      .header('content-type', 'text/html; charset=utf-8')
      .send(problemPage(problem));
  else void sendProblem(reply, problem);
}
