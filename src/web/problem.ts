import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** RFC 9457. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  /** What is wrong, one sentence each. */
  problems?: string[];
}

export class HttpProblem extends Error {
  readonly problem: Problem;

  constructor(status: number, title: string, detail: string, problems?: string[]) {
    super(detail);
    this.problem = { title, status, detail, ...(problems && { problems }) };
  }
}

export const notFound = (what: string): HttpProblem =>
  new HttpProblem(404, 'Not found', `There is no ${what}.`);

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}

/** What the schema makes of the value, or a 400 that says what is wrong with it. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.join('.');
    return path ? `${path}: ${issue.message}` : issue.message;
  });
  throw new HttpProblem(400, 'Invalid request', `The ${where} is not valid.`, problems);
}
