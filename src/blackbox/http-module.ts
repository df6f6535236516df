import { z } from 'zod';
import {
  addressFields,
  byteSize,
  flag,
  headerName,
  headerValue,
  pattern,
  refused,
  text,
  tlsConfig,
} from './module-fields.ts';

const headerMatcher = z.strictObject({
  header: text.refine((name) => name !== '', 'a header name'),
  regexp: pattern,
  allow_missing: flag.default(false),
});

const FILE = 'use a file instead';

const basicAuth = z
  .strictObject({
    username: text.default(''),
    username_file: text.optional(),
    username_ref: refused(FILE),
    password: text.optional(),
    password_file: text.optional(),
    password_ref: refused(FILE),
  })
  .refine((given) => !(given.password && given.password_file), 'either `password` or `password_file`');

const authorization = z
  .strictObject({
    type: text
      .default('Bearer')
      .refine((type) => type.toLowerCase() !== 'basic', 'another type; use `basic_auth` for Basic'),
    credentials: text.optional(),
    credentials_file: text.optional(),
    credentials_ref: refused(FILE),
  })
  .refine(
    (given) => !(given.credentials && given.credentials_file),
    'either `credentials` or `credentials_file`',
  );

/** The `http:` block of a module. */
export const httpModule = z
  .strictObject({
    ...addressFields,
    valid_status_codes: z.array(z.int().min(100).max(999)).default([]),
    valid_http_versions: z.array(text).default([]),
    skip_resolve_phase_with_proxy: flag.default(false),
    no_follow_redirects: flag.optional(),
    follow_redirects: flag.default(true),
    fail_if_ssl: flag.default(false),
    fail_if_not_ssl: flag.default(false),
    method: text
      .default('GET')
      .transform((method) => method || 'GET')
      .refine((method) => /^[A-Za-z]{1,20}$/.test(method), 'a method such as GET or POST'),
    headers: z.record(headerName, headerValue).default({}),
    fail_if_body_matches_regexp: z.array(pattern).default([]),
    fail_if_body_not_matches_regexp: z.array(pattern).default([]),
    fail_if_header_matches: z.array(headerMatcher).default([]),
    fail_if_header_not_matches: z.array(headerMatcher).default([]),
    fail_if_body_json_matches_cel: refused('an http check has `expect: json`'),
    fail_if_body_json_not_matches_cel: refused('an http check has `expect: json`'),
    body: text.default(''),
    body_file: text.optional(),
    compression: z
      .string()
      .transform((name) => name.toLowerCase())
      .pipe(z.enum(['', 'identity', 'gzip', 'deflate', 'br']))
      .default(''),
    body_size_limit: byteSize.default(0),
    enable_http2: flag.default(true),
    enable_http3: flag.default(false).refine((is) => !is, 'false: Watchdesk does not support HTTP/3'),
    tls_config: tlsConfig,
    basic_auth: basicAuth.optional(),
    authorization: authorization.optional(),
    bearer_token: text.optional(),
    bearer_token_file: text.optional(),
    oauth2: refused('use a token in `authorization`'),
    proxy_url: z
      .string()
      .regex(
        /^https?:\/\/[^/]/,
        'a URL that starts with http:// or https:// (other proxies are not supported)',
      )
      .optional(),
    proxy_connect_header: refused('put credentials in `proxy_url`'),
    proxy_connect_headers: refused('put credentials in `proxy_url`'),
    no_proxy: refused('use a separate module without `proxy_url`'),
    proxy_from_environment: flag.default(false).refine((is) => !is, 'false: set the proxy in `proxy_url`'),
    http_headers: refused('`headers` are supported'),
  })
  .refine((given) => !(given.body && given.body_file), 'either `body` or `body_file`')
  .refine(
    (given) =>
      [given.basic_auth, given.authorization, given.bearer_token, given.bearer_token_file].filter(
        (one) => one !== undefined,
      ).length < 2,
    'at most one of `basic_auth`, `authorization`, `bearer_token` and `bearer_token_file`',
  )
  .refine(
    ({ compression, headers }) => accepts(headers, compression),
    '`compression` and the header Accept-Encoding to agree',
  );

/** RFC 9110, 12.5.3: true if the header accepts the coding; without a header, any coding is accepted. */
function accepts(headers: Readonly<Record<string, string>>, coding: string): boolean {
  const asked = Object.entries(headers).find(([name]) => name.toLowerCase() === 'accept-encoding')?.[1];
  if (asked === undefined || coding === '') return true;
  const listed = asked.split(',').map((part) => {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const isRefused = parameters.some((one) => /^q=0(\.0*)?$/.test(one));
    return { name, isRefused };
  });
  // In blackbox_exporter, `*` stands for everything, even for a coding that was rejected before it.
  const is = (name: string) => listed.find((one) => one.name === name && !one.isRefused);
  return Boolean(
    is(coding) ?? is('*') ?? (coding === 'identity' && !listed.some(({ isRefused }) => isRefused)),
  );
}

export type HttpModule = z.output<typeof httpModule>;
