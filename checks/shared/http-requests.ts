import { requestText } from '../../src/core/http-exchange.ts';
import { percentDecoded, secretsInUrl } from '../../src/core/display-url.ts';
import type { HttpOptions } from './http-options.ts';

/** A request with its bytes, built again for every hop of a redirect. */
export interface PreparedRequest {
  method: string;
  url: URL;
  headers: [string, string][];
  body?: string;
  text: string;
}

/** Builds the request for one hop. `first` is the probe's first URL: its credentials are used. */
export function buildRequest(options: HttpOptions, first: URL, url: URL): PreparedRequest {
  const given = Object.entries(options.headers).map(
    ([name, value]) => [name.toLowerCase(), value] as [string, string],
  );
  const has = (name: string) => given.some(([other]) => other === name);
  const authorization = authorizationOf(options, first);
  const { method, body } = options;
  const headers: [string, string][] = [];
  if (!has('host')) headers.push(['host', url.host]);
  if (!has('user-agent')) headers.push(['user-agent', 'Watchdesk']);
  if (!has('accept')) headers.push(['accept', '*/*']);
  headers.push(...given);
  if (authorization !== undefined && !has('authorization')) headers.push(['authorization', authorization]);
  const request = { method, url, headers, body };
  return { ...request, text: requestText(request) };
}

function authorizationOf({ auth }: HttpOptions, url: URL): string | undefined {
  if (auth && 'bearer' in auth) return `Bearer ${auth.bearer}`;
  const [username, password] =
    auth && 'basic' in auth
      ? [auth.basic.username, auth.basic.password]
      : [percentDecoded(url.username), percentDecoded(url.password)];
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** For a redirect to another host: drops everything that was meant for the first one. */
export function withoutSecrets(request: PreparedRequest): PreparedRequest {
  const kept = ['host', 'user-agent', 'accept', 'accept-language', 'content-type'];
  const headers = request.headers
    .filter(([name]) => kept.includes(name))
    .map(([name, value]) => [name, name === 'host' ? request.url.host : value] as [string, string]);
  const body = undefined;
  return { ...request, headers, body, text: requestText({ ...request, headers, body }) };
}

/** Adds the cookies set during the redirects to those that were configured. */
export function withCookies(request: PreparedRequest, cookies: string): PreparedRequest {
  if (/\p{Cc}/u.test(cookies)) return request;
  const own = request.headers.filter(([name]) => name === 'cookie').map(([, value]) => value);
  const headers = [
    ...request.headers.filter(([name]) => name !== 'cookie'),
    ['cookie', [...own, cookies].join('; ')] as [string, string],
  ];
  return { ...request, headers, text: requestText({ ...request, headers }) };
}

export function asGet(request: PreparedRequest): PreparedRequest {
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

export function secretsOf(options: HttpOptions, url: URL): string[] {
  const secrets = Object.entries(options.headers)
    .filter(([name]) => !HARMLESS_HEADERS.has(name.toLowerCase()))
    .map(([, value]) => value);
  if (options.auth && 'bearer' in options.auth) secrets.push(options.auth.bearer);
  if (options.auth && 'basic' in options.auth) secrets.push(options.auth.basic.password);
  const authorization = authorizationOf(options, url);
  if (authorization) secrets.push(authorization.slice(authorization.indexOf(' ') + 1));
  secrets.push(...secretsInUrl(url.href));
  if (options.tls.key) secrets.push(options.tls.key);
  if (options.tls.passphrase) secrets.push(options.tls.passphrase);
  if (options.proxy && URL.canParse(options.proxy)) secrets.push(new URL(options.proxy).password);
  return secrets.length === 0 ? NONE : secrets;
}

const NONE: string[] = [];
