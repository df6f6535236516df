import { EVERYBODY, may } from './may.ts';
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { CONTENT_TYPES, expositionFor } from '../observe/exposition.ts';
import { scrape } from '../observe/scrape.ts';
import { probeOnDemand } from './probe-endpoint.ts';
import { isStaff } from '../core/user.ts';
import { say } from '../text/say.ts';
import { HttpProblem, sendProblem } from './problem.ts';
import type { WebSources } from './sources.ts';

/** Routes for machines: health, metrics, probes on demand. */
export function healthRoutes(server: FastifyInstance, sources: WebSources): void {
  server.get('/healthz', EVERYBODY, (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', EVERYBODY, ({ caller }, reply) => {
    const readiness = sources.readiness();
    const { refused } = sources.configState();
    // Everyone may know whether the monitor is ready; only authorised callers learn why not.
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
  server.get('/metrics', may('viewer', { scope: 'metrics', open: 'metrics' }), ({ headers }, reply) => {
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
    // It makes this monitor send requests to hosts that the caller chooses.
    ...may('agent', { scope: 'metrics' }),
    async handler({ query, headers, raw }, reply) {
      // A page of another site must not make the monitor query hosts that its visitor cannot reach.
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
