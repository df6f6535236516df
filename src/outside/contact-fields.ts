import { z } from 'zod';

/** ITU-T E.164. */
export const phone = z
  .string({ error: 'a phone number in quotes, such as "+12895550101"' })
  .regex(/^\+[1-9]\d{6,14}$/, 'a phone number with country code, such as +12895550101');

export const email = z.string().regex(/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/, 'an email address');
