import { z } from 'zod';
import { ip, secret, within } from './fields.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const statusPattern = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^([1-5]xx|[1-5]\d\d(-[1-5]\d\d)?)$/, 'a status such as 200, "2xx" or "200-204"'),
]);
const pattern = z.string().min(1).max(1_000);

/** Options of an HTTP check. */
export const httpOptions = z.strictObject({
  url: z.string().min(1).optional().describe("Defaults to the target's url, or else `http://<address>/`."),
  path: z
    .string()
    .startsWith('/', 'a path that starts with /')
    .optional()
    .describe('Replaces the path of the URL.'),
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, 'a method in capitals, such as GET')
    .default('GET')
    .describe('Request method.'),
  headers: z
    .record(
      z.string().regex(TOKEN, 'a header name'),
      z.string().regex(FIELD_VALUE, 'a header value on one line'),
    )
    .default({})
    .describe('Headers to send. Values of all but well-known harmless headers are treated as secrets.'),
  auth: z
    .union([
      z.strictObject({ basic: z.strictObject({ username: z.string().min(1), password: secret }) }),
      z.strictObject({ bearer: secret.regex(FIELD_VALUE, 'a token on one line') }),
    ])
    .optional()
    .describe(
      '`{ basic: { username, password } }` or `{ bearer: token }`; not sent to another host after a redirect.',
    ),
  body: z.string().max(1_048_576).optional().describe('Body to send.'),
  redirects: z
    .int()
    .min(0)
    .max(20)
    .default(5)
    .describe('Maximum redirects to follow; 0 checks the first response.'),
  ip,
  proxy: z
    .string()
    .min(1)
    .meta({ secret: true })
    .optional()
    .describe('Forward proxy, `http://user:password@proxy:3128`.'),
  tls: z
    .strictObject({
      verify: z.boolean().default(true).describe('`false` accepts any certificate.'),
      server_name: z
        .string()
        .min(1)
        .optional()
        .describe('Server name to request and verify in the certificate.'),
      ca: z
        .string()
        .min(1)
        .optional()
        .describe('CA certificates in PEM to trust instead of the default ones; `${file:/path/ca.pem}`.'),
      cert: z.string().min(1).optional().describe('Client certificate in PEM.'),
      key: secret.optional().describe('Private key of the client certificate, in PEM.'),
      passphrase: secret.optional().describe('Passphrase of the private key.'),
      min_version: z
        .enum(['TLSv1.2', 'TLSv1.3'])
        .optional()
        .describe('Older protocol versions are rejected.'),
    })
    .prefault({})
    .describe('TLS settings.'),
  body_limit: z
    .int()
    .min(0)
    .max(16_777_216)
    .default(1_048_576)
    .describe('Maximum bytes of the body to read; the rest is ignored.'),
  expect: z
    .strictObject({
      status: z
        .union([statusPattern, z.array(statusPattern).min(1)])
        .default('2xx')
        .describe('Expected status, or a list: `200`, `"2xx"`, `[200, 401]`, `"200-204"`.'),
      body: z.string().min(1).optional().describe('Text that must be in the body.'),
      body_not: z.string().min(1).optional().describe('Text that must not be in the body.'),
      matches: pattern.optional().describe('RE2 pattern that must match the body.'),
      matches_not: pattern.optional().describe('RE2 pattern that must not match the body.'),
      headers: z
        .record(z.string().regex(TOKEN, 'a header name'), pattern)
        .default({})
        .describe('RE2 patterns that the named headers must match.'),
      json: z
        .record(z.string().startsWith('$', 'a JSONPath that starts with $'), z.json())
        .default({})
        .describe('JSONPath expressions (RFC 9535) and the values they must find: `{ "$.status": ok }`.'),
      within,
    })
    .prefault({})
    .describe('What a good response looks like.'),
});

export type HttpOptions = z.output<typeof httpOptions>;
