import { jsonpath, type JSONPathQuery } from 'json-p3';
import { RE2JS } from 're2js';
import { z } from 'zod';
import {
  optionProblem,
  type CheckType,
  type Fault,
  type ProbeContext,
  type TlsWish,
} from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { unbracketed } from '../src/core/host-port.ts';
import { decodedBody } from '../src/core/http-body.ts';
import { exchange, requestText, type HttpExchange } from '../src/core/http-exchange.ts';
import type { HttpAnswer } from '../src/core/http-response.ts';
import { neutraliseLine } from '../src/core/neutralise.ts';
import { failed, good, type Finding, type Measured, type Phases } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { ip, secret, within } from './shared/fields.ts';

const HEAD_LIMIT = 64 * 1024;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const statusPattern = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^([1-5]xx|[1-5]\d\d(-[1-5]\d\d)?)$/, 'a status such as 200, "2xx" or "200-204"'),
]);
const pattern = z.string().min(1).max(1_000);

const options = z.strictObject({
  url: z.string().min(1).optional().describe("By default the target's own, else `http://<address>/`."),
  path: z
    .string()
    .startsWith('/', 'a path that begins with /')
    .optional()
    .describe('Put in place of the path of the URL.'),
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, 'a method in capitals, such as GET')
    .default('GET')
    .describe('Method of the request.'),
  headers: z
    .record(
      z.string().regex(TOKEN, 'a header name'),
      z.string().regex(FIELD_VALUE, 'a header value on one line'),
    )
    .default({})
    .describe('Headers to send. The values are treated as secrets in logs where they are not harmless ones.'),
  auth: z
    .union([
      z.strictObject({ basic: z.strictObject({ username: z.string().min(1), password: secret }) }),
      z.strictObject({ bearer: secret.regex(FIELD_VALUE, 'a token on one line') }),
    ])
    .optional()
    .describe(
      '`{ basic: { username, password } }` or `{ bearer: token }`; not sent on to another host by a redirect.',
    ),
  body: z.string().max(1_048_576).optional().describe('Body to send.'),
  redirects: z.int().min(0).max(20).default(5).describe('Redirects to follow; 0 judges the first answer.'),
  ip,
  proxy: z
    .string()
    .min(1)
    .meta({ secret: true })
    .optional()
    .describe('Forward proxy, `http://user:password@proxy:3128`.'),
  tls: z
    .strictObject({
      verify: z.boolean().default(true).describe('False takes any certificate.'),
      server_name: z.string().min(1).optional().describe('Name to ask for and to find in the certificate.'),
      ca: z
        .string()
        .min(1)
        .optional()
        .describe('Authorities in PEM to trust instead; `${file:/path/ca.pem}`.'),
      cert: z.string().min(1).optional().describe('Client certificate in PEM.'),
      key: secret.optional().describe('Its key in PEM.'),
      passphrase: secret.optional().describe('Passphrase of the key.'),
      min_version: z.enum(['TLSv1.2', 'TLSv1.3']).optional().describe('An older protocol is refused.'),
    })
    .prefault({})
    .describe('How to speak TLS.'),
  body_limit: z
    .int()
    .min(0)
    .max(16_777_216)
    .default(1_048_576)
    .describe('Bytes of the body to read; the rest is left.'),
  expect: z
    .strictObject({
      status: z
        .union([statusPattern, z.array(statusPattern).min(1)])
        .default('2xx')
        .describe('Status that is good, or a list: `200`, `"2xx"`, `[200, 401]`, `"200-204"`.'),
      body: z.string().min(1).optional().describe('Text that must be in the body.'),
      body_not: z.string().min(1).optional().describe('Text that must not be in the body.'),
      matches: pattern.optional().describe('RE2 pattern that must match the body.'),
      matches_not: pattern.optional().describe('RE2 pattern that must not match the body.'),
      headers: z
        .record(z.string().regex(TOKEN, 'a header name'), pattern)
        .default({})
        .describe('RE2 patterns that the named headers must match.'),
      json: z
        .record(z.string().startsWith('$', 'a JSONPath that begins with $'), z.json())
        .default({})
        .describe('JSONPath (RFC 9535) and the value that it must find: `{ "$.status": ok }`.'),
      within,
    })
    .prefault({})
    .describe('What a good answer is.'),
});

type Options = z.output<typeof options>;

export default {
  type: 'http',
  summary: 'A web server answers with the right status, headers and body, in time.',
  notes: `Every probe opens a connection of its own and reports the phases resolve, connect, tls, processing (until
the first byte) and transfer. Fails with the reason of the connection (\`refused\`, \`timeout\`, \`dns-nxdomain\`,
\`tls-expired\`, …), with \`status\`, \`header\`, \`body\`, \`redirect\`, \`slow\`, or with \`protocol\`, \`closed\` and
\`too-large\` when the answer is not proper HTTP.

Patterns are [RE2](https://github.com/google/re2/wiki/Syntax): no answer can make them run away. A compressed body is
unpacked before it is judged, up to \`body_limit\`. HTTP/1.1 is spoken. Through a \`proxy\` only processing and
transfer are told apart.`,
  examples: [
    {
      title: 'A page is there and quick',
      yaml: '{ type: http, path: /health, expect: { status: 200, body: ok, within: 2s } }',
    },
    {
      title: 'An API says it is well',
      yaml: '{ type: http, path: /status, auth: { bearer: "${API_TOKEN:-token}" }, expect: { json: { "$.database": up } } }',
    },
    {
      title: 'A login form takes a post',
      yaml: '{ type: http, path: /login, method: POST, headers: { content-type: application/x-www-form-urlencoded }, body: "user=probe", redirects: 0, expect: { status: [302, 303], headers: { location: "^/home" } } }',
    },
    {
      title: 'Old names lead to the new one',
      yaml: '{ type: http, url: "http://example.com/", redirects: 0, expect: { status: 301, headers: { location: "^https://" } } }',
    },
  ],
  options,
  prepare(options: Options, target) {
    const given =
      options.url ?? target.url ?? (target.address ? `http://${bracketed(target.address)}/` : undefined);
    if (given === undefined) return optionProblem([], 'a `url` here, or a `url` or `address` of the target');
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
      return optionProblem(
        options.url === undefined ? [] : ['url'],
        'a URL that begins with http:// or https://',
      );
    }
    const url = new URL(options.path ?? '', given);
    if (options.path === undefined) url.href = given;
    const proxy = options.proxy;
    if (proxy !== undefined && !/^https?:\/\/[^/]/.test(proxy)) {
      return optionProblem(['proxy'], 'a URL that begins with http:// or https://');
    }
    const expectations = compileExpectations(options.expect);
    if ('is' in expectations) return expectations;
    const { tls } = options;
    if ((tls.cert === undefined) !== (tls.key === undefined)) {
      return optionProblem(['tls'], '`cert` and `key` together');
    }
    const request = requestMaker(options, url);
    const plan: Plan = { options, proxy, expectations, request, first: request(url) };
    return {
      is: 'prepared',
      subject: withoutCredentials(url),
      secrets: secretsOf(options, url),
      probe: (context) => probe(plan, url, context),
    };
  },
} satisfies CheckType<Options, typeof options>;

interface Plan {
  options: Options;
  proxy: string | undefined;
  expectations: Expectations;
  request: (url: URL) => PreparedRequest;
  first: PreparedRequest;
}

async function probe(plan: Plan, first: URL, context: ProbeContext): Promise<Finding> {
  const { options } = plan;
  const phases: Phases = {};
  let certificateExpiresAt: number | undefined;
  let request = plan.first;
  for (let hop = 0; ; hop++) {
    const made = await exchangeOnce(plan, request, context, phases);
    if (made.is === 'fault') return findingOfFault(made, { phases, certificateExpiresAt });
    certificateExpiresAt ??= made.certificate?.validTo;
    const { answer } = made;
    context.log(
      `status ${answer.status}, ${answer.body.length} bytes of body${answer.bodyCut ? ' and more' : ''}`,
    );
    const measured: Measured = { phases, certificateExpiresAt, httpStatus: answer.status };
    const location = answer.headers.get('location');
    if (options.redirects === 0 || location === undefined || !isRedirect(answer.status)) {
      return judgeAnswer(answer, plan, context, measured);
    }
    if (hop >= options.redirects) {
      return failed(
        'redirect',
        `more than ${options.redirects} redirects, the last to ${shown(location)}`,
        measured,
      );
    }
    if (!URL.canParse(location, request.url.href)) {
      return failed('redirect', `redirect to ${shown(location)}, which is no URL`, measured);
    }
    const next = new URL(location, request.url);
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      return failed('redirect', `redirect to ${shown(location)}, which is not http or https`, measured);
    }
    context.log(`redirect to ${shown(withoutCredentials(next))}`);
    request = plan.request(next);
    if (next.origin !== first.origin) request = withoutSecrets(request);
    if (answer.status === 303 || (answer.status < 303 && request.method === 'POST')) request = asGet(request);
  }
}

async function exchangeOnce(
  { options, proxy }: Plan,
  request: PreparedRequest,
  context: ProbeContext,
  phases: Phases,
): Promise<HttpExchange | Fault> {
  const { url, method } = request;
  const limits = { headBytes: HEAD_LIMIT, bodyBytes: options.body_limit };
  let made: HttpExchange | Fault;
  if (proxy !== undefined) {
    const { verify, ca } = options.tls;
    made = await context.exchangeThroughProxy(proxy, request, { limits, verify, ca });
  } else {
    const secure = url.protocol === 'https:';
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    const tls = secure ? tlsWish(options.tls) : undefined;
    const wire = await context.dial({ host: unbracketed(url.hostname), port, family: options.ip ?? 0, tls });
    if (wire.is === 'fault') return wire;
    add(phases, 'resolve', wire.phases.resolve);
    add(phases, 'connect', wire.phases.connect);
    add(phases, 'tls', wire.phases.tls);
    made = await exchange(wire, method, request.text, limits, () => context.elapsedMs());
    wire.close();
  }
  if (made.is === 'fault') return made;
  add(phases, 'processing', made.processingMs);
  add(phases, 'transfer', made.transferMs);
  return made;
}

function add(phases: Phases, name: keyof Phases, ms: number | undefined): void {
  if (ms !== undefined) phases[name] = (phases[name] ?? 0) + ms;
}

function tlsWish({ verify, server_name, ca, cert, key, passphrase, min_version }: Options['tls']): TlsWish {
  return { verify, serverName: server_name, ca, cert, key, passphrase, minVersion: min_version };
}

interface Expectations {
  status: (status: number) => boolean;
  statusText: string;
  headers: [string, RE2JS][];
  matches?: RE2JS;
  matchesNot?: RE2JS;
  json: [string, JSONPathQuery, unknown][];
  readsBody: boolean;
}

function compileExpectations(expect: Options['expect']): Expectations | ReturnType<typeof optionProblem> {
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

async function judgeAnswer(
  answer: HttpAnswer,
  { options: { expect, body_limit }, expectations }: Plan,
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
    const body = await decodedBody(answer, body_limit);
    if (typeof body !== 'string') return findingOfFault(body, measured);
    const problem = bodyProblem(body, expect, expectations);
    if (problem !== undefined) return failed('body', problem, measured);
  }
  return tooSlow(context.elapsedMs(), expect.within, measured) ?? good(`status ${answer.status}`, measured);
}

function bodyProblem(body: string, expect: Options['expect'], compiled: Expectations): string | undefined {
  const begins = body === '' ? 'the body is empty' : `the body begins "${shown(body)}"`;
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
    parsed = JSON.parse(body) as typeof parsed;
  } catch {
    return `not JSON; ${begins}`;
  }
  for (const [path, query, wanted] of compiled.json) {
    const values = query.query(parsed).values();
    const wish = JSON.stringify(wanted);
    if (!values.some((value) => JSON.stringify(value) === wish)) {
      const found = values.length === 0 ? 'nothing' : values.map((value) => JSON.stringify(value)).join(', ');
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

interface PreparedRequest {
  method: string;
  url: URL;
  headers: [string, string][];
  body?: string;
  text: string;
}

function requestMaker(options: Options, first: URL): (url: URL) => PreparedRequest {
  const given = Object.entries(options.headers).map(
    ([name, value]) => [name.toLowerCase(), value] as [string, string],
  );
  const has = (name: string) => given.some(([other]) => other === name);
  const authorization = authorizationOf(options, first);
  const { method, body } = options;
  return (url) => {
    const headers: [string, string][] = [];
    if (!has('host')) headers.push(['host', url.host]);
    if (!has('user-agent')) headers.push(['user-agent', 'Watchdesk']);
    if (!has('accept')) headers.push(['accept', '*/*']);
    headers.push(...given);
    if (authorization !== undefined && !has('authorization')) headers.push(['authorization', authorization]);
    const request = { method, url, headers, body };
    return { ...request, text: requestText(request) };
  };
}

function authorizationOf({ auth }: Options, url: URL): string | undefined {
  if (auth && 'bearer' in auth) return `Bearer ${auth.bearer}`;
  const [username, password] =
    auth && 'basic' in auth
      ? [auth.basic.username, auth.basic.password]
      : [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** For another host: nothing that was meant for the first one. */
function withoutSecrets(request: PreparedRequest): PreparedRequest {
  const kept = ['host', 'user-agent', 'accept', 'accept-language', 'content-type'];
  const headers = request.headers
    .filter(([name]) => kept.includes(name))
    .map(([name, value]) => [name, name === 'host' ? request.url.host : value] as [string, string]);
  return { ...request, headers, text: requestText({ ...request, headers }) };
}

function asGet(request: PreparedRequest): PreparedRequest {
  const headers = request.headers.filter(([name]) => !name.startsWith('content-'));
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
  return {
    ...request,
    method,
    headers,
    body: undefined,
    text: requestText({ method, url: request.url, headers }),
  };
}

const HARMLESS_HEADERS = new Set([
  'accept',
  'accept-language',
  'content-type',
  'host',
  'user-agent',
  'cache-control',
]);

function secretsOf(options: Options, url: URL): string[] {
  const secrets = Object.entries(options.headers)
    .filter(([name]) => !HARMLESS_HEADERS.has(name.toLowerCase()))
    .map(([, value]) => value);
  if (options.auth && 'bearer' in options.auth) secrets.push(options.auth.bearer);
  if (options.auth && 'basic' in options.auth) secrets.push(options.auth.basic.password);
  const authorization = authorizationOf(options, url);
  if (authorization) secrets.push(authorization.slice(authorization.indexOf(' ') + 1));
  if (url.password) secrets.push(url.password, decodeURIComponent(url.password));
  for (const [name, value] of url.searchParams) if (SECRET_PARAMETER.test(name)) secrets.push(value);
  if (options.tls.key) secrets.push(options.tls.key);
  if (options.tls.passphrase) secrets.push(options.tls.passphrase);
  if (options.proxy && URL.canParse(options.proxy)) secrets.push(new URL(options.proxy).password);
  return secrets;
}

const SECRET_PARAMETER = /token|key|secret|pass|auth|sig|code|session/i;

/** For people to read: no password, and nothing in the query that looks like one. */
function withoutCredentials(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  for (const name of plain.searchParams.keys()) {
    if (SECRET_PARAMETER.test(name)) plain.searchParams.set(name, '…');
  }
  return plain.href.replaceAll('%E2%80%A6', '…');
}

const bracketed = (address: string): string =>
  address.split(':').length > 2 && !address.startsWith('[') ? `[${address}]` : address;
const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);
const shown = (text: string): string => neutraliseLine(text, 120);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
