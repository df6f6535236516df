import { z } from 'zod';
import { word } from './fields.ts';
import { phone } from '../outside/contact-fields.ts';

/** The phone hotline. */
export const hotlineSchema = z.strictObject({
  account_sid: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/i, 'an account SID: AC and 32 hexadecimal digits')
    .optional()
    .describe(
      'Twilio account SID; without it and `auth_token` there is no hotline, even if a policy sets its hours.',
    ),
  auth_token: z.string().min(8).optional().meta({ secret: true }),
  api_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, 'a URL of scheme, host and port only')
    .optional()
    .describe('Alternative host with the same API.'),
  greeting: z
    .string()
    .min(1)
    .max(300)
    .default('You have reached support.')
    .describe('Greeting at the start of the call.'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}-[A-Z]{2}$/, 'a language such as en-US')
    .default('en-US'),
  hours: word.optional().describe('Calendar of staffed phone hours; if omitted, always open.'),
  plans: z
    .record(z.string(), word)
    .default({})
    .describe('Different hours for a plan: a calendar, `always`, or `never` (no phone support).'),
  forward_to: phone.optional().describe('Number to which non-urgent calls are forwarded during open hours.'),
  longest_message: z
    .int()
    .min(5)
    .max(600)
    .default(120)
    .describe('Maximum length of a recorded message, in seconds.'),
});
