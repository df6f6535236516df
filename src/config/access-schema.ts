import { z } from 'zod';
import { STAFF_ROLES } from '../core/user.ts';
import { durationBetween, webUrl, word } from './fields.ts';
import { email } from '../outside/contact-fields.ts';

const SCOPES = ['read', 'write', 'tickets', 'metrics', 'admin'] as const;

const HASH_EXPECTED = 'a hash from `watchdesk password`';

export const accessSchema = z.strictObject({
  users: z
    .record(
      word,
      z.strictObject({
        role: z.enum(STAFF_ROLES),
        email: email
          .optional()
          .describe("Defaults to the person's email; OpenID Connect identifies the user by it."),
        name: z.string().min(1).max(80).optional(),
        password: z
          .string()
          .regex(/^scrypt:\d+:\d+:\d+:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$/, HASH_EXPECTED)
          .optional()
          .meta({ secret: true })
          .describe('Password hash, as printed by `watchdesk password`.'),
        totp: z
          .string()
          .regex(/^[A-Z2-7]{16,}$/, 'a base32 key from `watchdesk password --totp`')
          .optional()
          .meta({ secret: true })
          .describe('Second factor: base32 key, as printed by `watchdesk password --totp`.'),
      }),
    )
    .default({})
    .describe('Staff who can sign in. A user with the same name as an entry in `people` is that person.'),
  tokens: z
    .record(
      word,
      z.strictObject({
        token: z.string().min(20, 'a token of at least 20 characters').meta({ secret: true }),
        scopes: z.array(z.enum(SCOPES)).min(1),
      }),
    )
    .default({})
    .describe('API tokens for programs, and their scopes.'),
  openid: z
    .strictObject({
      issuer: webUrl,
      client_id: z.string().min(1),
      client_secret: z.string().min(1).meta({ secret: true }),
      scope: z.string().default('openid email profile'),
      title: z.string().min(1).max(60).default('single sign-on').describe('Label of the sign-in button.'),
      insecure: z
        .boolean()
        .default(false)
        .describe('Accept an issuer without TLS; only for testing on your own machine.'),
    })
    .optional()
    .describe('Sign-in with OpenID Connect; users are identified by their verified email address.'),
  session: durationBetween(300_000, 2_592_000_000, 'a duration from 5m to 30d')
    .prefault('12h')
    .describe('How long a session lasts.'),
  open: z
    .array(z.enum(['metrics', 'wall', 'all']))
    .default([])
    .describe(
      'What is available without signing in, besides health checks, the status page and signed links. Use `all` only where access is restricted some other way, such as a port published on this machine only.',
    ),
});
