import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../../src/core/duration.ts';

/** Written `30s`, read as milliseconds. */
export const duration = z
  .string({ error: DURATION_EXPECTED })
  .regex(DURATION_PATTERN, DURATION_EXPECTED)
  .transform(durationMs);

export const host = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe("Host name or IP address; defaults to the target's.");

export const port = z.int().min(1).max(65_535).optional();

export const ip = z
  .union([z.literal(4), z.literal(6)])
  .optional()
  .describe('Use only IPv4 or only IPv6.');

export const within = duration.optional().describe('Slower responses fail with `slow`.');

/** A value that never reaches a log, ticket or page. */
export const secret = z.string().min(1).meta({ secret: true });

/** The server name that the certificate must have, and the CAs that may have issued it. */
export const trustFields = {
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe('Server name to request and verify in the certificate; defaults to the host.'),
  ca: z
    .string()
    .min(1)
    .optional()
    .describe('CA certificates in PEM to trust instead of the default ones; `${file:/path/ca.pem}`.'),
};
