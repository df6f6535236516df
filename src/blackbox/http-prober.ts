import { readFileSync } from 'node:fs';
import { CookieJar } from 'tough-cookie';
import { fault, type Fault, type ProbeContext } from '../core/check-type.ts';
import { displayUrl, percentDecoded } from '../core/display-url.ts';
import { findingOfFault } from '../core/fault-of-code.ts';
import { unbracketed } from '../core/host-port.ts';
import { exchange, requestText, type HttpExchange, type HttpRequest } from '../core/http-exchange.ts';
import { locationUrl } from '../core/location-header.ts';
import { httpFacts } from '../core/http-facts.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import { chooseAddress } from './choose-address.ts';
import { inSeconds, type Gauges } from './gauges.ts';
import { unpack } from './http-body.ts';
import { httpTarget } from './http-target.ts';
import { isHarmlessBody, isHarmlessHeader } from './module-credentials.ts';
import type { HttpModule } from './http-module.ts';
import { tellTls, tlsWishOf } from './tls.ts';

const PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;
const MAX_REDIRECTS = 10;
const HEAD_LIMIT = 1024 * 1024;
/** Most of a body that is read. */
const BODY_LIMIT = 32 * 1024 * 1024;
/** Most of a body that is held: hundreds of probes at once must not exhaust memory, nor patterns take too long. */
const HELD_LIMIT = 2 * 1024 * 1024;

interface Hop {
  method: string;
  url: URL;
  body?: string;
  /** The address chosen for the first host, used for as long as redirects stay there. */
  address?: string;
}

export async function probeHttp(
  module: HttpModule,
  target: string,
  context: ProbeContext,
  gauges: Gauges,
  hostname: string | undefined,
): Promise<Finding> {
  for (const name of [
    'content_length',
    'uncompressed_body_length',
    'redirects',
    'ssl',
    'status_code',
    'version',
  ] as const)
    gauges.set(`probe_http_${name}`, 0);
  gauges.set('probe_failed_due_to_regex', 0);
  const url = httpTarget(target);
  if (!url) return failed('answer', `${neutraliseLine(target, 120)} is not a URL`);
  return walk(module, url, context, gauges, hostname);
}

async function walk(
  module: HttpModule,
  first: URL,
  context: ProbeContext,
  gauges: Gauges,
  hostname: string | undefined,
): Promise<Finding> {
  const phase = (name: (typeof PHASES)[number], ms: number | undefined) =>
    gauges.add('probe_http_duration_seconds', inSeconds(ms ?? 0), { phase: name });
  let hop: Hop = { method: module.method, url: first };
  const isResolvedHere = module.proxy_url === undefined || !module.skip_resolve_phase_with_proxy;
  if (isResolvedHere) {
    const chosen = await chooseAddress(unbracketed(first.hostname), module, context, gauges);
    if (chosen.is === 'chosen') for (const name of PHASES) phase(name, 0);
    if (chosen.is === 'fault') {
      phase('resolve', context.elapsedMs());
      return findingOfFault(chosen);
    }
    phase('resolve', chosen.tookMs);
    hop.address = chosen.address;
  } else for (const name of PHASES) if (name !== 'resolve') phase(name, 0);
  const settings = settingsOf(module, hostname);
  if ('is' in settings) return findingOfFault(settings);
  if (settings.body !== '') hop.body = settings.body;
  const jar = new CookieJar();
  for (let redirects = 0; ; redirects++) {
    const made = await exchangeOnce(module, hop, first, settings, jar, context, phase);
    if (made.is === 'fault') {
      return findingOfFault(made);
    }
    const { answer } = made;
    const status = `status ${answer.status}, ${answer.bodyLength} bytes of body`;
    context.log(`${displayUrl(hop.url.href)}: ${status}`);
    const location = answer.headers.get('location');
    const isRedirect =
      [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined && location !== '';
    if (!isRedirect) return judge(module, made, hop.url, redirects, context, gauges, phase, true);
    const next = locationUrl(location, hop.url);
    if (!next) return failed('redirect', `redirect to ${neutraliseLine(location, 120)}, which is not a URL`);
    const follows =
      module.no_follow_redirects === undefined ? module.follow_redirects : !module.no_follow_redirects;
    if (!follows || redirects >= MAX_REDIRECTS)
      return judge(module, made, hop.url, redirects + 1, context, gauges, phase, false);
    for (const cookie of answer.setCookies) await jar.setCookie(cookie, hop.url.href, { ignoreError: true });
    if (!/^https?:$/.test(next.protocol))
      return failed('redirect', `redirect to ${neutraliseLine(location, 120)}, which is not http or https`);
    context.log(`redirect to ${neutraliseLine(displayUrl(next.href), 120)}`);
    const keepsMethod = answer.status === 307 || answer.status === 308;
    const method = keepsMethod || hop.method === 'HEAD' ? hop.method : 'GET';
    hop = {
      method,
      url: next,
      ...(keepsMethod && hop.body !== undefined && { body: hop.body }),
      ...(next.host === first.host && hop.address !== undefined && { address: hop.address }),
    };
  }
}

interface Settings {
  body: string;
  headers: readonly (readonly [string, string])[];
  authorization?: string;
  host?: string;
}

/** Files are read again in every probe. */
function settingsOf(module: HttpModule, hostname: string | undefined): Settings | Fault {
  try {
    const read = (file: string) => readFileSync(file, 'utf8').trim();
    const { basic_auth: basic, authorization: own } = module;
    const token =
      own?.credentials ??
      (own?.credentials_file && read(own.credentials_file)) ??
      module.bearer_token ??
      (module.bearer_token_file && read(module.bearer_token_file));
    const given = Object.entries(module.headers);
    const host = given.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? hostname;
    let authorization: string | undefined;
    if (basic) {
      const name = basic.username_file ? read(basic.username_file) : basic.username;
      const password = basic.password_file ? read(basic.password_file) : (basic.password ?? '');
      authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
    } else if (token) authorization = `${own?.type ?? 'Bearer'} ${token}`;
    return {
      body: module.body_file ? readFileSync(module.body_file, 'utf8') : module.body,
      headers: given.filter(([name]) => name.toLowerCase() !== 'host'),
      ...(authorization !== undefined && { authorization }),
      ...(host !== undefined && { host }),
    };
  } catch (error) {
    return fault('internal', (error as Error).message);
  }
}

async function exchangeOnce(
  module: HttpModule,
  { method, url, body, address }: Hop,
  first: URL,
  settings: Settings,
  jar: CookieJar,
  context: ProbeContext,
  phase: (name: (typeof PHASES)[number], ms: number | undefined) => void,
): Promise<HttpExchange | Fault> {
  // From http to https on the same host is not another host; from https back to http, anybody could listen.
  const isSameHost =
    url.host === first.host && (url.protocol === first.protocol || url.protocol === 'https:');
  const headers = settings.headers.filter(([name, value]) => isSameHost || isHarmlessHeader(name, value));
  const has = (name: string) => headers.some(([one]) => one.toLowerCase() === name);
  if (!has('user-agent')) headers.unshift(['User-Agent', 'Watchdesk']);
  headers.unshift(['Host', isSameHost ? (settings.host ?? url.host) : url.host]);
  const authorization = settings.authorization ?? credentialsIn(url);
  // Nothing that was meant for the first host is sent to another.
  if (authorization !== undefined && isSameHost && !has('authorization'))
    headers.push(['Authorization', authorization]);
  const cookies = await jar.getCookieString(url.href);
  if (cookies !== '' && !/\p{Cc}/u.test(cookies)) headers.push(['Cookie', cookies]);
  const request: HttpRequest = {
    method,
    url,
    headers,
    ...(body !== undefined &&
      (isSameHost || (module.body_file === undefined && isHarmlessBody(body))) && { body }),
  };
  const limits = { headBytes: HEAD_LIMIT, bodyBytes: bodyLimit(module), isOnlyCounted: !readsBody(module) };
  const wish = tlsWishOf(module.tls_config, (isSameHost && settings.host) || unbracketed(url.hostname));
  if ('is' in wish) return wish;
  if (module.proxy_url !== undefined) {
    const { verify, ca } = wish;
    const made = await context.exchangeThroughProxy(module.proxy_url, request, { limits, verify, ca });
    if (made.is === 'exchange') phase('processing', made.processingMs);
    return made;
  }
  const isSecure = url.protocol === 'https:';
  const alpn = module.enable_http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  const wire = await context.dial({
    host: address ?? unbracketed(url.hostname),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    ...(isSecure && { tls: { ...wish, alpn } }),
  });
  if (wire.is === 'fault') return wire;
  if (address === undefined) phase('resolve', wire.phases.resolve);
  phase('connect', wire.phases.connect);
  phase('tls', wire.phases.tls);
  const made =
    wire.alpn === 'h2'
      ? await context.exchangeHttp2(wire, request, limits)
      : await exchange(wire, method, requestText(request), limits, () => context.elapsedMs());
  wire.close();
  if (made.is === 'exchange') phase('processing', made.processingMs);
  return made;
}

function credentialsIn(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const text = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function judge(
  module: HttpModule,
  { answer, transferMs, certificate }: HttpExchange,
  url: URL,
  redirects: number,
  context: ProbeContext,
  gauges: Gauges,
  phase: (name: (typeof PHASES)[number], ms: number | undefined) => void,
  hasBody: boolean,
): Finding {
  const { status, headers } = answer;
  const facts = httpFacts(answer, redirects, url);
  phase('transfer', transferMs);
  gauges.set('probe_http_status_code', status);
  gauges.set('probe_http_version', facts.version);
  gauges.set('probe_http_redirects', redirects);
  gauges.set('probe_http_ssl', facts.isTls ? 1 : 0);
  gauges.set('probe_http_content_length', status === 204 || status === 304 ? 0 : facts.contentLength);
  if (facts.lastModifiedAt !== undefined)
    gauges.set('probe_http_last_modified_timestamp_seconds', facts.lastModifiedAt / 1_000);
  if (certificate) tellTls(certificate, !module.tls_config?.insecure_skip_verify, gauges);
  const problems: Finding[] = [];
  const wanted = module.valid_status_codes;
  const isStatusGood = wanted.length === 0 ? status >= 200 && status < 300 : wanted.includes(status);
  if (!isStatusGood) problems.push(failed('status', `status ${status}`));
  const header = isStatusGood ? headerProblem(module, headers) : undefined;
  if (header) {
    gauges.set('probe_failed_due_to_regex', 1);
    problems.push(failed('header', header));
  }
  const limit = bodyLimit(module);
  const read = bodyOf(module, answer, hasBody);
  if (read.is === 'broken') problems.push(failed('body', `the body cannot be decompressed: ${read.why}`));
  else {
    gauges.set('probe_http_uncompressed_body_length', hasBody ? read.length : 0);
    if (read.isOverLimit) problems.push(failed('too-large', `the body is larger than ${limit} bytes`));
    if (isStatusGood && !header && hasPatterns(module)) {
      const problem = read.isOverLimit
        ? 'the body is too large to check'
        : hasBody
          ? bodyProblem(module, read.bytes.toString('utf8'))
          : 'an unfollowed redirect has no body to check';
      if (problem) {
        gauges.set('probe_failed_due_to_regex', 1);
        problems.push(failed('body', problem));
      }
    }
  }
  const version = facts.version === 2 ? 'HTTP/2.0' : `HTTP/${facts.version.toFixed(1)}`;
  if (module.valid_http_versions.length > 0 && !module.valid_http_versions.includes(version))
    problems.push(failed('protocol', `the response used ${version}`));
  if (facts.isTls && module.fail_if_ssl) problems.push(failed('protocol', 'the response came over TLS'));
  if (!facts.isTls && module.fail_if_not_ssl)
    problems.push(failed('protocol', 'the response did not come over TLS'));
  for (const { message } of problems) context.log(message);
  return problems[0] ?? good(`status ${status}`);
}

const hasPatterns = (module: HttpModule): boolean =>
  module.fail_if_body_matches_regexp.length + module.fail_if_body_not_matches_regexp.length > 0;

/** A body that no rule looks into is counted and discarded. */
const readsBody = (module: HttpModule): boolean =>
  hasPatterns(module) || !['', 'identity'].includes(module.compression);

const bodyLimit = (module: HttpModule): number =>
  Math.min(module.body_size_limit || Infinity, readsBody(module) ? HELD_LIMIT : BODY_LIMIT);

type ReadBody =
  { is: 'body'; bytes: Buffer; length: number; isOverLimit: boolean } | { is: 'broken'; why: string };

function bodyOf(module: HttpModule, answer: HttpExchange['answer'], hasBody: boolean): ReadBody {
  const { body, bodyLength, bodyCut } = answer;
  if (!readsBody(module)) return { is: 'body', bytes: body, length: bodyLength, isOverLimit: bodyCut };
  const unpacked = unpack(body, hasBody ? module.compression : '', bodyLimit(module));
  if (unpacked.is === 'broken') return unpacked;
  const { bytes, isOverLimit } = unpacked;
  return { is: 'body', bytes, length: bytes.length, isOverLimit: isOverLimit || bodyCut };
}

function headerProblem(module: HttpModule, headers: ReadonlyMap<string, string>): string | undefined {
  for (const { header, regexp, allow_missing } of module.fail_if_header_matches) {
    const value = headers.get(header.toLowerCase());
    if (value === undefined && !allow_missing) return `no header ${header}`;
    if (value !== undefined && regexp.matcher(value).find())
      return `header ${header} matches ${regexp.pattern()}`;
  }
  for (const { header, regexp, allow_missing } of module.fail_if_header_not_matches) {
    const value = headers.get(header.toLowerCase());
    if (value === undefined && !allow_missing) return `no header ${header}`;
    if (value !== undefined && !regexp.matcher(value).find())
      return `header ${header} does not match ${regexp.pattern()}`;
  }
  return undefined;
}

function bodyProblem(module: HttpModule, body: string): string | undefined {
  for (const pattern of module.fail_if_body_matches_regexp)
    if (pattern.matcher(body).find()) return `the body matches ${pattern.pattern()}`;
  for (const pattern of module.fail_if_body_not_matches_regexp)
    if (!pattern.matcher(body).find()) return `the body does not match ${pattern.pattern()}`;
  return undefined;
}
