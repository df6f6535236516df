import { z } from 'zod';
import { STAFF_ROLES } from '../core/user.ts';
import { durationBetween, email, webUrl, word } from './fields.ts';

const SCOPES = ['read', 'write', 'tickets', 'metrics', 'admin'] as const;

const HASH_EXPECTED = 'a hash as `watchdesk password` prints it';

export const accessSchema = z.strictObject({
  users: z
    .record(
      word,
      z.strictObject({
        role: z.enum(STAFF_ROLES),
        email: email.optional().describe("By default the person's; by it OpenID Connect knows them."),
        name: z.string().min(1).max(80).optional(),
        password: z
          .string()
          .regex(/^scrypt:\d+:\d+:\d+:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$/, HASH_EXPECTED)
          .optional()
          .meta({ secret: true })
          .describe('Hash of it, as `watchdesk password` prints it.'),
        totp: z
          .string()
          .regex(/^[A-Z2-7]{16,}$/, 'base32 as `watchdesk password --totp` prints it')
          .optional()
          .meta({ secret: true })
          .describe('Second factor: base32, as `watchdesk password --totp` prints it.'),
      }),
    )
    .default({})
    .describe('Who of the provider signs in; of the same name as under `people`, they are the same.'),
  tokens: z
    .record(
      word,
      z.strictObject({
        token: z.string().min(20, 'a token of at least 20 characters').meta({ secret: true }),
        scopes: z.array(z.enum(SCOPES)).min(1),
      }),
    )
    .default({})
    .describe('Programs that use the API, and what they may.'),
  openid: z
    .strictObject({
      issuer: webUrl,
      client_id: z.string().min(1),
      client_secret: z.string().min(1).meta({ secret: true }),
      scope: z.string().default('openid email profile'),
      title: z.string().min(1).max(60).default('single sign-on').describe('On the button.'),
      insecure: z
        .boolean()
        .default(false)
        .describe('An issuer without TLS is taken; on a machine of your own alone.'),
    })
    .optional()
    .describe('Sign-in by OpenID Connect; who signs in is known by a verified mail address.'),
  session: durationBetween(300_000, 2_592_000_000, 'a duration from 5m to 30d')
    .prefault('12h')
    .describe('How long somebody stays signed in.'),
  open: z
    .array(z.enum(['metrics', 'wall', 'all']))
    .default([])
    .describe(
      'What is there without signing in, beside health, status page and signed links; `all` where something else keeps others out, such as a port that is published on this machine alone.',
    ),
});
