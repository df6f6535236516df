import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerAddress } from './caller-address.ts';
import type { WebSources } from './sources.ts';

const QUIET_MS = 1_000;
/** A page that receives nothing for three of these intervals knows that it is disconnected. */
const TICK_MS = 10_000;
const MAX_STREAMS = 500;
/** Streams per session, or per address without a session: a browser opens one for each page. */
const MAX_OF_ONE = 40;

const streams = new Map<string, number>();

/**
 * Tells a page, with server-sent events, that something has changed (at most once a second), that the connection is
 * alive, and that its session has ended.
 */
export function liveStream(
  request: FastifyRequest,
  reply: FastifyReply,
  { access, onChange }: Pick<WebSources, 'access' | 'onChange'>,
): void {
  reply.hijack();
  const { raw } = reply;
  const { caller } = request;
  const session = caller.is === 'user' ? caller.session : undefined;
  const owner = session ?? `from ${callerAddress(request)}`;
  const total = [...streams.values()].reduce((sum, one) => sum + one, 0);
  const own = streams.get(owner) ?? 0;
  if (total >= MAX_STREAMS || own >= MAX_OF_ONE) {
    raw.writeHead(503, { 'retry-after': '30' }).end();
    return;
  }
  streams.set(owner, own + 1);
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\nevent: tick\ndata: 1\n\n');
  let waiting: NodeJS.Timeout | undefined;
  const stopListening = onChange(() => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      raw.write('event: change\ndata: 1\n\n');
    }, QUIET_MS);
  });
  const tick = async () => {
    if (session === undefined || (await access.isSignedIn(session))) raw.write('event: tick\ndata: 1\n\n');
    else raw.end('event: signed-out\ndata: 1\n\n');
  };
  // If the store does not respond, the session is not taken to have ended.
  const ticking = setInterval(() => void tick().catch(() => {}), TICK_MS);
  request.raw.on('close', () => {
    const left = (streams.get(owner) ?? 1) - 1;
    if (left > 0) streams.set(owner, left);
    else streams.delete(owner);
    stopListening();
    clearInterval(ticking);
    clearTimeout(waiting);
  });
}
