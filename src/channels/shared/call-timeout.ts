import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../../core/duration.ts';

/** How long a provider may take to respond; the sender waits for 15 s at most. */
export const callTimeout = z
  .string({ error: DURATION_EXPECTED })
  .regex(DURATION_PATTERN, DURATION_EXPECTED)
  .transform(durationMs)
  .refine((ms) => ms >= 50 && ms <= 14_000, 'a duration from 50ms to 14s')
  .prefault('10s')
  .describe('How long the provider may take to answer.');
