import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { say } from '../text/say.ts';
import { heardAnswer } from './answers.ts';
import type { ApiRoute } from './api-route.ts';
import { HttpProblem, notFound } from './problem.ts';

/** Only the beginning of a body is read and counts. */
const MOST_BODY = 64 * 1_024;
const MOST_MESSAGE = 1_000;

/** Words of other tools, too: Uptime Kuma sends `up` and `down`, healthchecks.io and cron scripts an exit code. */
const WELL = new Set(['ok', 'up', 'success', 'good', '0']);
const ILL = new Set(['failed', 'down', 'fail', 'failure', 'error', 'critical']);

const query = z.looseObject({
  status: z.string().max(40).optional().describe('`ok` or `up`, `failed` or `down`, or an exit code.'),
  msg: z.string().optional().describe('Message.'),
  message: z.string().optional(),
});
const body = z
  .looseObject({
    status: z.union([z.string().max(40), z.number()]).optional(),
    message: z.string().optional(),
    msg: z.string().optional(),
  })
  .optional();

/** Undefined for an unknown word: it must not be taken for success. */
function statusOf(word: string): 'ok' | 'failed' | undefined {
  const plain = word.trim().toLowerCase();
  if (WELL.has(plain)) return 'ok';
  if (ILL.has(plain) || /^[1-9]\d{0,2}$/.test(plain)) return 'failed';
  return undefined;
}

function reports(method: 'GET' | 'POST', ending: '' | '/fail' | '/{code}', summary: string): ApiRoute {
  return {
    method,
    path: `/api/v1/heartbeats/{token}${ending}`,
    may: { needs: 'nothing' },
    summary,
    query,
    ...(method === 'POST' && { body }),
    good: { status: method === 'POST' ? 202 : 200, description: 'Recorded.', answer: heardAnswer },
    async handle({ params, query: asked, body: said }, { beat }) {
      const { status: inQuery, msg, message } = asked as z.output<typeof query>;
      const given = said as z.output<typeof body>;
      const word =
        ending === '/fail' ? 'failed' : (params['code'] ?? String(inQuery ?? given?.status ?? 'ok'));
      const status = statusOf(word);
      if (status === undefined) {
        throw new HttpProblem(
          422,
          say('api.invalid-request'),
          say('api.expected-status', { status: word.slice(0, 40) }),
        );
      }
      const text = msg ?? message ?? given?.message ?? given?.msg ?? '';
      const heard = await beat(params['token']!, {
        is: 'report',
        status,
        message: text.slice(0, MOST_MESSAGE),
      });
      if (!heard) throw notFound(say('api.no-listening-check'));
      return { heard: true };
    },
  };
}

/** A log message of a running job: accepted, with no effect on the check. */
function logs(method: 'GET' | 'POST'): ApiRoute {
  return {
    method,
    path: '/api/v1/heartbeats/{token}/log',
    may: { needs: 'nothing' },
    summary: 'A job reports progress while it runs; its state does not change.',
    good: { status: method === 'POST' ? 202 : 200, description: 'Recorded.', answer: heardAnswer },
    async handle({ params }, { field }) {
      if (field.listening(params['token']!).length === 0) throw notFound(say('api.no-listening-check'));
      return { heard: true };
    },
  };
}

function starts(method: 'GET' | 'POST'): ApiRoute {
  return {
    method,
    path: '/api/v1/heartbeats/{token}/start',
    may: { needs: 'nothing' },
    summary: 'A job reports that it has started; the next report gives its duration.',
    good: { status: method === 'POST' ? 202 : 200, description: 'Recorded.', answer: heardAnswer },
    async handle({ params }, { beat }) {
      if (!(await beat(params['token']!, { is: 'start' }))) throw notFound(say('api.no-listening-check'));
      return { heard: true };
    },
  };
}

export const HEARTBEAT_ROUTES: readonly ApiRoute[] = [
  reports('POST', '', 'A heartbeat; an empty body means success.'),
  reports('GET', '', 'A heartbeat by GET, as curl and other monitors send it; HEAD counts as well.'),
  reports('POST', '/fail', 'A job reports that it failed.'),
  reports('GET', '/fail', 'A job reports that it failed.'),
  starts('POST'),
  starts('GET'),
  logs('POST'),
  logs('GET'),
  reports('POST', '/{code}', 'A job reports its exit code; 0 means success.'),
  reports('GET', '/{code}', 'A job reports its exit code; 0 means success.'),
];

/** Accepts a body of any length and type: a job that logs a lot must still be able to report. */
export function takeAnyBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => {
    const pieces: Buffer[] = [];
    let length = 0;
    payload.on('data', (piece: Buffer) => {
      if (length < MOST_BODY) pieces.push(piece.subarray(0, MOST_BODY - length));
      length += piece.length;
    });
    payload.on('end', () => done(null, fieldsOf(Buffer.concat(pieces).toString('utf8'))));
    payload.on('error', (error: Error) => done(error));
  });
}

/** Returns the fields of JSON and forms; any other text is the message. */
function fieldsOf(text: string): unknown {
  const plain = text.trim();
  if (plain === '') return undefined;
  if (plain.startsWith('{')) {
    try {
      return JSON.parse(plain);
    } catch {
      return { message: plain };
    }
  }
  if (/^(status|msg|message)=[^\s]*$/.test(plain.slice(0, 4_000)))
    return Object.fromEntries(new URLSearchParams(plain));
  return { message: plain };
}
