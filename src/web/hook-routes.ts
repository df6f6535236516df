import { EVERYBODY } from './may.ts';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { InboundCall } from '../channels/channel.ts';
import { say } from '../text/say.ts';
import { HttpProblem, notFound } from './problem.ts';
import type { WebSources } from './sources.ts';

/** Helpdesk webhooks carry whole tickets. */
const BODY_LIMIT = 1024 * 1024;
/** Text messages, key presses and buttons are small. */
const CALL_LIMIT = 64 * 1024;
/** Calls per address and minute. One proxy may carry all callers, so this only bounds the load. */
const CALLS_A_MINUTE = 6_000;

/** Webhooks: signatures cover the raw body, so it is not parsed before the signature has been verified. */
export async function hookRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { ways, hotline } = sources;
  await server.register(rateLimit, { max: CALLS_A_MINUTE, timeWindow: 60_000 });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
    done(null, String(body)),
  );
  server.post<{ Params: { name: string }; Querystring: { secret?: unknown } }>(
    '/hooks/helpdesk/:name',
    { bodyLimit: BODY_LIMIT, ...EVERYBODY },
    (request, reply) => {
      const { headers, query } = request;
      // The secret of a helpdesk that can neither sign nor send its own headers, such as Jira Server.
      const secret = typeof query.secret === 'string' ? { 'x-watchdesk-secret': query.secret } : {};
      if (!ways.helpdeskCalls(request.params.name, { ...headers, ...secret }, bodyOf(request)))
        throw notBelieved();
      return reply.code(202).send({ heard: true });
    },
  );
  const take = async (request: FastifyRequest, reply: FastifyReply, who: string, what: string) => {
    const call: InboundCall = {
      what,
      // Signatures cover the public URL, as the provider knows it, not the one that a proxy calls.
      url: sources.config().publicUrl + request.url,
      query: request.query as Record<string, string>,
      headers: request.headers,
      body: bodyOf(request),
    };
    const answer = await (who === HOTLINE ? hotline.hear(call) : ways.channelCalls(who, call));
    if (!answer) throw notBelieved();
    if (answer.is === 'answer') return reply.type(answer.type).send(answer.body);
    sources.onRefused(who, answer.why);
    if (answer.status === 401) throw notBelieved();
    if (answer.status === 404) throw notFound(say('api.no-such-call'));
    throw new HttpProblem(answer.status, say('api.invalid-request'), answer.why);
  };
  server.post<{ Params: { name: string; what: string } }>(
    '/hooks/channel/:name/:what',
    { bodyLimit: CALL_LIMIT, ...EVERYBODY },
    (request, reply) => take(request, reply, request.params.name, request.params.what),
  );
  server.post<{ Params: { what: string } }>(
    '/hooks/hotline/:what',
    { bodyLimit: CALL_LIMIT, ...EVERYBODY },
    (request, reply) => take(request, reply, HOTLINE, request.params.what),
  );
}

/** Cannot clash with a channel: channel names contain no slash. */
const HOTLINE = '/hotline';

const bodyOf = ({ body }: FastifyRequest): string => (typeof body === 'string' ? body : '');

/** Outsiders must not learn which hooks exist. */
const notBelieved = () =>
  new HttpProblem(401, say('api.not-authenticated'), say('api.not-authenticated-detail'));
