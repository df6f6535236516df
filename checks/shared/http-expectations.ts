import { jsonpath, type JSONPathQuery } from 'json-p3';
import { RE2JS } from 're2js';
import { optionProblem, type OptionProblem, type ProbeContext } from '../../src/core/check-type.ts';
import { findingOfFault } from '../../src/core/fault-of-code.ts';
import type { HttpAnswer } from '../../src/core/http-response.ts';
import { neutraliseLine } from '../../src/core/neutralise.ts';
import { failed, good, type Finding, type Measured } from '../../src/core/probe-result.ts';
import { tooSlow } from '../../src/core/slowness.ts';
import { canonical, parseExactly } from './exact-json.ts';
import type { HttpOptions } from './http-options.ts';
import { readBody } from './read-body.ts';

/** What a good response is, compiled once. */
export interface Expectations {
  status: (status: number) => boolean;
  statusText: string;
  headers: [string, RE2JS][];
  matches?: RE2JS;
  matchesNot?: RE2JS;
  json: [string, JSONPathQuery, unknown][];
  readsBody: boolean;
}

export function compileExpectations(expect: HttpOptions['expect']): Expectations | OptionProblem {
  const wanted = Array.isArray(expect.status) ? expect.status : [expect.status];
  const headers: Expectations['headers'] = [];
  for (const [name, value] of Object.entries(expect.headers)) {
    const compiled = compilePattern(value);
    if (typeof compiled === 'string') return optionProblem(['expect', 'headers', name], compiled);
    headers.push([name.toLowerCase(), compiled]);
  }
  const json: Expectations['json'] = [];
  for (const [path, value] of Object.entries(expect.json)) {
    try {
      json.push([path, jsonpath.compile(path), value]);
    } catch (error) {
      return optionProblem(['expect', 'json', path], `a JSONPath as in RFC 9535 (${messageOf(error)})`);
    }
  }
  const compiled: Expectations = {
    status: (status) => wanted.some((pattern) => statusMatches(status, String(pattern))),
    statusText: wanted.join(' or '),
    headers,
    json,
    readsBody: [expect.body, expect.body_not, expect.matches, expect.matches_not, json[0]].some(Boolean),
  };
  for (const [option, name] of [
    ['matches', 'matches'],
    ['matches_not', 'matchesNot'],
  ] as const) {
    const text = expect[option];
    if (text === undefined) continue;
    const pattern = compilePattern(text);
    if (typeof pattern === 'string') return optionProblem(['expect', option], pattern);
    compiled[name] = pattern;
  }
  return compiled;
}

function compilePattern(text: string): RE2JS | string {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    return `an RE2 pattern (${messageOf(error)})`;
  }
}

/** Judges a complete response. */
export async function judgeAnswer(
  answer: HttpAnswer,
  { expect, body_limit }: HttpOptions,
  expectations: Expectations,
  context: ProbeContext,
  measured: Measured,
): Promise<Finding> {
  if (!expectations.status(answer.status)) {
    const said = `${answer.status} ${shown(answer.statusText)}`.trim();
    return failed('status', `status ${said}, expected ${expectations.statusText}`, measured);
  }
  for (const [name, pattern] of expectations.headers) {
    const value = answer.headers.get(name);
    if (value === undefined) return failed('header', `no header ${name}`, measured);
    if (!pattern.matcher(value).find()) {
      return failed('header', `header ${name} is "${shown(value)}", expected ${pattern.pattern()}`, measured);
    }
  }
  if (expectations.readsBody) {
    const body = await readBody(answer, body_limit);
    if (typeof body !== 'string') return findingOfFault(body, measured);
    const problem = bodyProblem(body, expect, expectations);
    if (problem !== undefined) return failed('body', problem, measured);
  }
  return tooSlow(context.elapsedMs(), expect.within, measured) ?? good(`status ${answer.status}`, measured);
}

function bodyProblem(
  body: string,
  expect: HttpOptions['expect'],
  compiled: Expectations,
): string | undefined {
  const begins = body === '' ? 'the body is empty' : `the body starts with "${shown(body)}"`;
  if (expect.body !== undefined && !body.includes(expect.body))
    return `"${shown(expect.body)}" not found; ${begins}`;
  if (expect.body_not !== undefined && body.includes(expect.body_not))
    return `"${shown(expect.body_not)}" found`;
  if (compiled.matches && !compiled.matches.matcher(body).find()) {
    return `no match for ${shown(compiled.matches.pattern())}; ${begins}`;
  }
  if (compiled.matchesNot?.matcher(body).find()) return `match for ${shown(compiled.matchesNot.pattern())}`;
  if (compiled.json.length === 0) return undefined;
  let parsed: Parameters<JSONPathQuery['query']>[0];
  try {
    parsed = parseExactly(body) as typeof parsed;
  } catch {
    return `not JSON; ${begins}`;
  }
  for (const [path, query, wanted] of compiled.json) {
    const values = query.query(parsed).values();
    const wish = canonical(wanted);
    const isWanted = (value: unknown) =>
      canonical(value) === wish || (typeof value === 'bigint' && String(value) === wanted);
    if (!values.some(isWanted)) {
      const found = values.length === 0 ? 'nothing' : values.map(canonical).join(', ');
      return `${path} is ${shown(found)}, expected ${shown(wish)}`;
    }
  }
  return undefined;
}

function statusMatches(status: number, pattern: string): boolean {
  if (pattern.endsWith('xx')) return Math.floor(status / 100) === Number(pattern[0]);
  const [low, high = low] = pattern.split('-').map(Number);
  return status >= low! && status <= high!;
}

const shown = (text: string): string => neutraliseLine(text, 120);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
