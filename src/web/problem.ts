import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { say } from '../text/say.ts';

/** RFC 9457. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  /** All problems, one sentence each. */
  problems?: string[];
}

export class HttpProblem extends Error {
  readonly problem: Problem;

  constructor(status: number, title: string, detail: string, problems?: string[]) {
    super(detail);
    this.problem = { title, status, detail, ...(problems && { problems }) };
  }
}

/** `detail`: a whole sentence of the catalogue, such as `There is no incident M3XA9K7Q.` */
export const notFound = (detail: string): HttpProblem => new HttpProblem(404, say('api.not-found'), detail);

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}

/** The parsed value, or a 400 error that says what is wrong. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: 'query' | 'body' | 'form',
): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.join('.');
    return path ? `${path}: ${issue.message}` : issue.message;
  });
  throw new HttpProblem(400, say('api.invalid-request'), say(`api.invalid-${where}`), problems);
}
