import { RE2JS } from 're2js';
import { z } from 'zod';

// YAML as people write it for blackbox_exporter: Go durations, sizes with their unit, `yes` for true, RE2.

const GO_UNITS_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const GO_DURATION = /^\+?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/;

/** `1m30s`, in milliseconds. */
export const goDuration = z
  .string({ error: 'a duration with its unit, such as 5s' })
  .regex(GO_DURATION, 'a duration such as 5s, 500ms or 1m30s (days are not supported here)')
  .transform((text) =>
    [...text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * GO_UNITS_MS[unit!]!,
      0,
    ),
  );

const SIZE_BYTES: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `10MB`, in bytes; every unit is a power of two, as in blackbox_exporter. 0: no limit. */
export const byteSize = z
  .union([z.literal(0), z.string()])
  .transform((given) => String(given).trim())
  .refine((text) => /^(?:0|(?:\d+(?:\.\d+)?[KMGT]?i?B)+)$/.test(text), 'a size with its unit, such as 10MB')
  .transform((text) =>
    [...text.matchAll(/(\d+(?:\.\d+)?)([KMGT]?)i?B/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * SIZE_BYTES[unit!]!,
      0,
    ),
  );

export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** RFC 9110, 5.1 and 5.5: nothing that would start a new line. */
export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a header name');
export const headerValue = text.refine(
  (value) => /^[^\p{Cc}]*$/u.test(value),
  'one line without control characters',
);

/** YAML 1.1, 10.3.2: each word in all three spellings (https://yaml.org/type/bool.html). */
export const flag = z.union(
  [
    z.boolean(),
    z
      .string()
      .regex(/^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/)
      .transform((word) => /^(y|yes|on)$/i.test(word)),
  ],
  { error: 'true or false' },
);

/** A pattern in RE2 syntax, not anchored. */
export const pattern = text.transform((source, context) => {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `a pattern in RE2 syntax (${why})` });
    return z.NEVER;
  }
});

/** An option of blackbox_exporter that is not supported here: rejected, never silently ignored. */
export const refused = (instead: string) =>
  z
    .unknown()
    .refine(
      (value) => value === undefined,
      `this option to be left out: Watchdesk does not support it; ${instead}`,
    )
    .optional();

/** An option of which only one value is supported. */
export const only = <Value extends string | number | boolean>(value: Value, instead: string) =>
  z
    .unknown()
    .refine(
      (given) => given === undefined || given === value,
      `${JSON.stringify(value)} or nothing: Watchdesk does not support other values; ${instead}`,
    )
    .optional();

const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const tlsVersion = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).transform((name) => TLS_VERSIONS[name]);

const SECRETS_ELSEWHERE = 'use a file instead';

export const tlsConfig = z
  .strictObject({
    ca: text.optional(),
    cert: text.optional(),
    key: text.optional(),
    ca_file: text.optional(),
    cert_file: text.optional(),
    key_file: text.optional(),
    ca_ref: refused(SECRETS_ELSEWHERE),
    cert_ref: refused(SECRETS_ELSEWHERE),
    key_ref: refused(SECRETS_ELSEWHERE),
    server_name: text.optional(),
    insecure_skip_verify: flag.default(false),
    min_version: tlsVersion.optional(),
    max_version: tlsVersion.optional(),
  })
  .refine(
    (given) =>
      !(given.ca && given.ca_file) && !(given.cert && given.cert_file) && !(given.key && given.key_file),
    'either the text or the file of `ca`, `cert` and `key`, not both',
  )
  .refine(
    ({ cert, cert_file, key, key_file }) => Boolean(cert ?? cert_file) === Boolean(key ?? key_file),
    'both a certificate and its key',
  )
  .nullish()
  .transform((given) => given ?? undefined);

export type TlsConfig = NonNullable<z.output<typeof tlsConfig>>;

/** Which address of a name is used; as in blackbox_exporter, anything but `ip6` or nothing means IPv4. */
export const addressFields = {
  preferred_ip_protocol: text.optional().transform((given) => (!given || given === 'ip6' ? 6 : 4) as 4 | 6),
  ip_protocol_fallback: flag.default(true),
};

export interface AddressWish {
  preferred_ip_protocol: 4 | 6;
  ip_protocol_fallback: boolean;
}
