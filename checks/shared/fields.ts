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
  .describe("Name or address; by default the target's own.");

export const port = z.int().min(1).max(65_535).optional();

export const ip = z
  .union([z.literal(4), z.literal(6)])
  .optional()
  .describe('Only over IPv4 or only over IPv6.');

export const within = duration.optional().describe('A slower answer counts as failed (`slow`).');

/** A value that never reaches a log, ticket or page. */
export const secret = z.string().min(1).meta({ secret: true });
