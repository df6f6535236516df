import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  enrolSchema,
  MOST_REPORT_BYTES,
  OLDEST_PROTOCOL,
  PING_EVERY_MS,
  PROTOCOL,
  reportSchema,
} from '../locations/protocol.ts';
import type { OrderStream } from '../locations/hub.ts';
import type { EnrolledAgent } from '../locations/roster.ts';
import { StoreError } from '../store/store.ts';
import { say } from '../text/say.ts';
import { EVERYBODY } from './may.ts';
import { HttpProblem, parsed, sendProblem } from './problem.ts';
import type { WebSources } from './sources.ts';

/** Attempts to be enrolled, and to report with a wrong credential, per address and minute. */
const TRIES_A_MINUTE = 30;
/** Reports and streams of all agents behind one address. */
const CALLS_A_MINUTE = 12_000;
const RETRY_AFTER_S = 2;

/** What agents ask: to be enrolled, for their orders, and to take their reports. */
export async function agentRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { hub, roster, onFault } = sources;
  await server.register(rateLimit, { max: CALLS_A_MINUTE, timeWindow: 60_000 });
  server.post(
    '/agent/v1/enrol',
    { ...EVERYBODY, bodyLimit: 4_096, config: { ...EVERYBODY.config, rateLimit: { max: TRIES_A_MINUTE } } },
    async (request, reply) => {
      const { token, protocol, host } = parsed(enrolSchema, request.body, 'body');
      if (!isSpoken(protocol)) return otherProtocol(reply, protocol);
      const enrolment = await roster.enrol(token, host);
      if (enrolment.is === 'refused')
        throw new HttpProblem(401, say('api.not-authenticated'), say(`api.invitation-${enrolment.why}`));
      const { id, secret, location } = enrolment;
      return { credential: `${id}.${secret}`, location };
    },
  );
  server.get<{ Querystring: Record<string, string> }>('/agent/v1/orders', EVERYBODY, (request, reply) => {
    const agent = agentOf(request, sources);
    const { boot = '', protocol } = request.query;
    if (!isSpoken(Number(protocol))) return otherProtocol(reply, Number(protocol));
    if (!/^[\w-]{8,40}$/.test(boot))
      throw new HttpProblem(400, say('api.invalid-request'), say('api.expected-boot'));
    giveOrders(agent, boot, request, reply, hub);
    return reply;
  });
  server.post('/agent/v1/reports', { ...EVERYBODY, bodyLimit: MOST_REPORT_BYTES }, async (request, reply) => {
    const agent = agentOf(request, sources);
    const { protocol } = (request.body ?? {}) as { protocol?: unknown };
    if (!isSpoken(Number(protocol))) return otherProtocol(reply, Number(protocol));
    try {
      const taken = await hub.report(agent, parsed(reportSchema, request.body, 'body'));
      if (taken.is === 'superseded')
        throw new HttpProblem(409, say('api.agent-superseded'), say('api.agent-superseded-detail'));
      return { assignment: taken.assignment };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      onFault(error);
      void reply.header('retry-after', String(RETRY_AFTER_S));
      throw new HttpProblem(503, say('api.takes-no-writes'), say('api.report-again'));
    }
  });
}

const isSpoken = (protocol: number): boolean => protocol >= OLDEST_PROTOCOL && protocol <= PROTOCOL;

/** 426, with the versions that are spoken here: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.22 */
function otherProtocol(reply: FastifyReply, given: number): FastifyReply {
  void reply.header('upgrade', `watchdesk-agent/${PROTOCOL}`);
  const speaks = { oldest: OLDEST_PROTOCOL, newest: PROTOCOL };
  return sendProblem(reply, {
    title: say('api.other-protocol'),
    status: 426,
    detail: say('api.other-protocol-detail', { given: Number.isFinite(given) ? given : 0, ...speaks }),
    ...({ speaks } as object),
  });
}

/** Throws for whoever is not enrolled, or no longer. */
function agentOf({ headers }: FastifyRequest, { roster }: WebSources): EnrolledAgent {
  const credential = /^Bearer (\S{1,600})$/.exec(headers.authorization ?? '')?.[1];
  const agent = credential === undefined ? undefined : roster.authenticate(credential);
  if (agent) return agent;
  throw new HttpProblem(401, say('api.not-authenticated'), say('api.agent-not-enrolled'));
}

function giveOrders(
  agent: EnrolledAgent,
  boot: string,
  request: FastifyRequest,
  reply: FastifyReply,
  hub: WebSources['hub'],
): void {
  const { raw } = reply;
  let isOpen = false;
  const early: string[] = [];
  const write = (text: string) => (isOpen ? void raw.write(text) : void early.push(text));
  const stream: OrderStream = {
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    end: () => void raw.end(),
  };
  const leave = hub.connect(agent, boot, stream);
  if (leave === undefined)
    throw new HttpProblem(409, say('api.agent-superseded'), say('api.agent-superseded-detail'));
  reply.hijack();
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  isOpen = true;
  raw.write(early.join(''));
  const pinging = setInterval(() => raw.write(':\n\n'), PING_EVERY_MS);
  request.raw.on('close', () => {
    clearInterval(pinging);
    leave();
  });
}
