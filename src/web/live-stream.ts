import type { FastifyReply, FastifyRequest } from 'fastify';

const QUIET_MS = 1_000;
const KEEP_ALIVE_MS = 15_000;
const MAX_STREAMS = 500;

let streams = 0;

/** Tells a page that something has changed, at most once a second (server-sent events). */
export function liveStream(
  request: FastifyRequest,
  reply: FastifyReply,
  onChange: (callback: () => void) => () => void,
): void {
  reply.hijack();
  const { raw } = reply;
  if (streams >= MAX_STREAMS) {
    raw.writeHead(503).end();
    return;
  }
  streams++;
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\n');
  let waiting: NodeJS.Timeout | undefined;
  const stopListening = onChange(() => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      raw.write('event: change\ndata: 1\n\n');
    }, QUIET_MS);
  });
  const keepAlive = setInterval(() => raw.write(':\n\n'), KEEP_ALIVE_MS);
  request.raw.on('close', () => {
    streams--;
    stopListening();
    clearInterval(keepAlive);
    clearTimeout(waiting);
  });
}
