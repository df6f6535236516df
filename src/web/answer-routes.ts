import { EVERYBODY } from './may.ts';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { LINK_LIFE_MS } from '../answering/answer-links.ts';
import type { Answered } from '../answering/answer-desk.ts';
import { formatDuration } from '../core/duration.ts';
import { isMessage, type Effect, type Message } from '../core/effect.ts';
import type { HumanAction } from '../core/human-action.ts';
import type { Incident } from '../core/incident.ts';
import { outsider } from '../answering/outsider.ts';
import { say } from '../text/say.ts';
import { answerPage, ESTIMATES_MINUTES } from './pages/answer.ts';
import { HttpProblem } from './problem.ts';
import type { WebSources } from './sources.ts';

/** Requests per address and minute: enough for a team behind one router, too few to guess a signature. */
const REQUESTS_A_MINUTE = 120;

const ACTIONS = [
  'acknowledge',
  'escalate',
  'resolve',
  'vendor',
  ...ESTIMATES_MINUTES.map((minutes) => `estimate-${minutes}`),
];

interface Held {
  code: string;
  message: Effect<Message>;
  incident: Incident;
  others: Incident[];
}

/** The link in a page: a GET only shows and never acts; each action works once. */
export async function answerRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  await server.register(rateLimit, {
    max: REQUESTS_A_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { ttl }) =>
      new HttpProblem(
        429,
        say('answer.too-many-requests'),
        say('answer.wait', { wait: formatDuration(Math.ceil(ttl / 1_000) * 1_000) }),
      ),
    // Attackers who guess links never lock out a person with a genuine one.
    allowList: (request) => {
      const { token } = request.params as { token?: string };
      return token !== undefined && sources.links.codeOf(token) !== undefined;
    },
  });

  server.get<{ Params: { token: string }; Querystring: { said?: string } }>(
    '/a/:token',
    EVERYBODY,
    async ({ params, query }, reply) => {
      const held = await heldBy(params.token, sources);
      if (held.is === 'test') return reply.redirect('/', 302);
      return send(reply, await page(params.token, held, sources, saidText(query.said)));
    },
  );

  server.post<{ Params: { token: string }; Body: Record<string, string> | undefined }>(
    '/a/:token',
    EVERYBODY,
    async ({ params, body }, reply) => {
      const held = await heldBy(params.token, sources);
      const action = body?.['action'] ?? '';
      if (held.is === 'test') return reply.redirect('/', 303);
      if (!ACTIONS.includes(action))
        throw new HttpProblem(400, say('answer.invalid-request'), say('answer.unknown-action'));
      if (hasExpired(held, sources)) {
        throw new HttpProblem(410, say('answer.link-expired'), say('answer.link-expired-why'));
      }
      const by = held.message.content.person ?? outsider(body?.['by'], sources.config().people);
      if (!by) throw new HttpProblem(422, say('answer.name-missing'), say('answer.name-missing-why'));
      // Acknowledging one incident also acknowledges the others in the same message.
      const all = action === 'acknowledge' ? [held.incident, ...held.others] : [held.incident];
      let said: (typeof OUTCOMES)[number] = 'over';
      for (const incident of all) {
        const once = onceOf(held.code, action, incident.id);
        const wanted = actionOf(action, sources.now());
        const answered = await sources.answers.take({ incident: incident.id, by, action: wanted, once });
        if (incident === held.incident) said = outcomeOf(answered);
      }
      return reply.redirect(`/a/${encodeURIComponent(params.token)}?said=${said}`, 303);
    },
  );
}

/** Result of an action, passed in the URL of the page that reports it. */
const OUTCOMES = ['done', 'repeated', 'over', 'unknown', 'nobody-left', 'no-vendor'] as const;

function saidText(given: string | undefined): string | undefined {
  const outcome = OUTCOMES.find((one) => one === given);
  return outcome && say(`answer.said-${outcome}`);
}

function outcomeOf(answered: Answered): (typeof OUTCOMES)[number] {
  if (answered.is !== 'done') return answered.is;
  if (answered.because === 'nothing-to-escalate') return 'nobody-left';
  return answered.because === 'no-vendor' ? 'no-vendor' : 'done';
}

function actionOf(action: string, now: number): HumanAction {
  const minutes = /^estimate-(\d+)$/.exec(action)?.[1];
  if (minutes !== undefined) return { is: 'estimate', at: now + Number(minutes) * 60_000 };
  return { is: action as 'acknowledge' | 'escalate' | 'resolve' | 'vendor' };
}

const onceOf = (code: string, action: string, incident: string): string =>
  `link ${code} ${action} ${incident}`;

async function heldBy(
  token: string,
  { links, store, keeper }: WebSources,
): Promise<({ is: 'page' } & Held) | { is: 'test' }> {
  const code = links.codeOf(token);
  const message = code === undefined ? undefined : await store.messageByCode(code);
  if (code === undefined || !message || !isMessage(message))
    throw new HttpProblem(404, say('answer.link-not-valid'), say('answer.link-not-valid-why'));
  if (message.content.occasion.is === 'test') return { is: 'test' };
  const find = async (id: string) => keeper.get(id) ?? (await store.incident(id));
  const incident = await find(message.incident);
  if (!incident) return { is: 'test' };
  const bundled = await store.bundledWith(code);
  const ids = [...new Set(bundled.map((effect) => effect.incident))].filter((id) => id !== incident.id);
  const others = (await Promise.all(ids.map(find))).filter((one) => one !== undefined);
  return { is: 'page', code, message, incident, others };
}

const hasExpired = ({ message }: Held, { now }: WebSources): boolean =>
  now() - message.createdAt > LINK_LIFE_MS;

async function page(
  token: string,
  held: Held,
  sources: WebSources,
  said: string | undefined,
): Promise<string> {
  const used = new Map<string, number>();
  for (const action of ACTIONS) {
    const done = await sources.store.inbound(onceOf(held.code, action, held.incident.id));
    if (done) used.set(action, done.at);
  }
  const { incident, others, message } = held;
  const { person } = message.content;
  const view = { token, incident, others, person, used, said, hasExpired: hasExpired(held, sources) };
  return answerPage(view, sources);
}

function send(reply: FastifyReply, text: string): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-robots-tag', 'noindex')
    .send(text);
}
