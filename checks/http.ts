import type { CookieJar } from 'tough-cookie';
import {
  certificateFacts,
  optionProblem,
  type PeerCertificate,
  type CheckType,
  type Fault,
  type OptionProblem,
  type ProbeContext,
  type TlsWish,
} from '../src/core/check-type.ts';
import { displayUrl } from '../src/core/display-url.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { unbracketed } from '../src/core/host-port.ts';
import { exchange, type HttpExchange } from '../src/core/http-exchange.ts';
import { httpFacts } from '../src/core/http-facts.ts';
import { locationUrl } from '../src/core/location-header.ts';
import { neutraliseLine } from '../src/core/neutralise.ts';
import { failed, type Finding, type Measured, type Phases } from '../src/core/probe-result.ts';
import { compileExpectations, judgeAnswer, type Expectations } from './shared/http-expectations.ts';
import { pemProblem } from './shared/pem-problem.ts';
import { httpOptions, type HttpOptions } from './shared/http-options.ts';
import {
  asGet,
  buildRequest,
  secretsOf,
  withCookies,
  withoutSecrets,
  type PreparedRequest,
} from './shared/http-requests.ts';

const HEAD_LIMIT = 64 * 1024;

export default {
  type: 'http',
  summary: 'A web server responds with the right status, headers and body, in time.',
  notes: `Every probe opens a new connection and reports the phases resolve, connect, tls, processing (until the
first byte) and transfer. It fails with the reason of the connection (\`refused\`, \`timeout\`, \`dns-nxdomain\`,
\`tls-expired\`, …), with \`status\`, \`header\`, \`body\`, \`redirect\` or \`slow\`, or with \`protocol\`, \`closed\` or
\`too-large\` when the response is not valid HTTP.

Patterns use [RE2](https://github.com/google/re2/wiki/Syntax), which matches in linear time. A compressed body is
decompressed before it is checked, up to \`body_limit\`. Probes use HTTP/1.1. Through a \`proxy\`, only the phases
processing and transfer are reported.`,
  examples: [
    {
      title: 'A page is up and fast',
      yaml: '{ type: http, path: /health, expect: { status: 200, body: ok, within: 2s } }',
    },
    {
      title: 'An API reports that it is healthy',
      yaml: '{ type: http, path: /status, auth: { bearer: "${API_TOKEN:-token}" }, expect: { json: { "$.database": up } } }',
    },
    {
      title: 'A login form accepts a POST',
      yaml: '{ type: http, path: /login, method: POST, headers: { content-type: application/x-www-form-urlencoded }, body: "user=probe", redirects: 0, expect: { status: [302, 303], headers: { location: "^/home" } } }',
    },
    {
      title: 'One of several sites on one address: `host` chooses the site, `server_name` the certificate',
      yaml: '{ type: http, name: shop, url: "https://192.0.2.10/", headers: { host: shop.example }, tls: { server_name: shop.example } }',
    },
    {
      title: 'HTTP redirects to HTTPS',
      yaml: '{ type: http, url: "http://example.com/", redirects: 0, expect: { status: 301, headers: { location: "^https://" } } }',
    },
  ],
  options: httpOptions,
  prepare(options: HttpOptions, target) {
    const given =
      options.url ?? target.url ?? (target.address ? `http://${bracketed(target.address)}/` : undefined);
    if (given === undefined) return optionProblem([], 'a `url` here, or a `url` or `address` on the target');
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
      return optionProblem(
        options.url === undefined ? [] : ['url'],
        'a URL that starts with http:// or https://',
      );
    }
    const url = new URL(options.path ?? '', given);
    if (options.path === undefined) url.href = given;
    const { proxy } = options;
    if (proxy !== undefined && !/^https?:\/\/[^/]/.test(proxy)) {
      return optionProblem(['proxy'], 'a URL that starts with http:// or https://');
    }
    const { tls } = options;
    if ((tls.cert === undefined) !== (tls.key === undefined)) {
      return optionProblem(['tls'], 'both `cert` and `key`');
    }
    const unreadable = pemProblem(tls, ['tls']);
    if (unreadable) return unreadable;
    const beyondProxy = (['server_name', 'cert', 'min_version'] as const).find(
      (name) => tls[name] !== undefined,
    );
    if (proxy !== undefined && beyondProxy) {
      return optionProblem(['tls', beyondProxy], `no \`${beyondProxy}\` together with a \`proxy\``);
    }
    const compiled = compile(options);
    if ('is' in compiled) return compiled;
    const plan: Plan = { ...compiled, first: url, firstText: buildRequest(options, url, url).text };
    return {
      is: 'prepared',
      subject: displayUrl(url.href),
      secrets: secretsOf(options, url),
      probe: (context) => probe(plan, context),
    };
  },
} satisfies CheckType<HttpOptions, typeof httpOptions>;

interface Compiled {
  options: HttpOptions;
  expectations: Expectations;
}

interface Plan extends Compiled {
  first: URL;
  /** The bytes of the first request: the same in every probe. */
  firstText: string;
}

const compiledOf = new Map<string, Compiled>();
const MAX_COMPILED = 5_000;

/** Thousands of checks differ only in their URL: everything else is held in memory once. */
function compile({ url: _url, path: _path, ...options }: HttpOptions): Compiled | OptionProblem {
  const key = JSON.stringify(options);
  let compiled = compiledOf.get(key);
  if (compiled === undefined) {
    const expectations = compileExpectations(options.expect);
    if ('is' in expectations) return expectations;
    compiled = { options, expectations };
    if (compiledOf.size >= MAX_COMPILED) compiledOf.clear();
    compiledOf.set(key, compiled);
  }
  return compiled;
}

async function probe(plan: Plan, context: ProbeContext): Promise<Finding> {
  const { options, first, firstText } = plan;
  const phases: Phases = {};
  let certificate: PeerCertificate | undefined;
  /** Created when a redirect sets the first cookie. */
  let jar: CookieJar | undefined;
  let request: PreparedRequest =
    options.proxy === undefined
      ? { method: options.method, url: first, headers: [], text: firstText }
      : buildRequest(options, first, first);
  for (let hop = 0; ; hop++) {
    const made = await exchangeOnce(plan, request, context, phases);
    if (made.is === 'fault') return findingOfFault(made, { phases, ...certificateFacts(certificate) });
    certificate ??= made.certificate;
    const { answer } = made;
    context.log(
      `status ${answer.status}, ${answer.body.length} bytes of body${answer.bodyCut ? ' and more' : ''}`,
    );
    const measured: Measured = {
      phases,
      ...certificateFacts(certificate),
      address: made.address,
      httpStatus: answer.status,
      http: httpFacts(answer, hop, request.url),
    };
    const location = answer.headers.get('location');
    // An empty Location header leads nowhere, and is not a redirect.
    if (options.redirects === 0 || !location || !isRedirect(answer.status)) {
      return judgeAnswer(answer, options, plan.expectations, context, measured);
    }
    if (hop >= options.redirects) {
      return failed(
        'redirect',
        `more than ${options.redirects} redirects, the last to ${shown(location)}`,
        measured,
      );
    }
    const next = locationUrl(location, request.url);
    if (!next) return failed('redirect', `redirect to ${shown(location)}, which is not a URL`, measured);
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      return failed('redirect', `redirect to ${shown(location)}, which is not http or https`, measured);
    }
    context.log(`redirect to ${shown(displayUrl(next.href))}`);
    if (answer.setCookies.length > 0) {
      jar ??= new (await import('tough-cookie')).CookieJar();
      for (const cookie of answer.setCookies)
        await jar.setCookie(cookie, request.url.href, { ignoreError: true });
    }
    request = buildRequest(options, first, next);
    if (next.origin !== first.origin) request = withoutSecrets(request);
    if (answer.status === 303 || (answer.status < 303 && request.method === 'POST')) request = asGet(request);
    const cookies = await jar?.getCookieString(next.href);
    if (cookies) request = withCookies(request, cookies);
  }
}

async function exchangeOnce(
  { options }: Plan,
  request: PreparedRequest,
  context: ProbeContext,
  phases: Phases,
): Promise<HttpExchange | Fault> {
  const { url, method } = request;
  const { proxy } = options;
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

function tlsWish({
  verify,
  server_name,
  ca,
  cert,
  key,
  passphrase,
  min_version,
}: HttpOptions['tls']): TlsWish {
  return { verify, serverName: server_name, ca, cert, key, passphrase, minVersion: min_version };
}

const bracketed = (address: string): string =>
  address.split(':').length > 2 && !address.startsWith('[') ? `[${address}]` : address;
const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);
const shown = (text: string): string => neutraliseLine(text, 120);
