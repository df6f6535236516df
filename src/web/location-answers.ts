import { z } from 'zod';
import { maybe, time } from './answers.ts';

// The API's responses about locations and agents, as described in OpenAPI.

export const locationAnswer = z.strictObject({
  name: z.string(),
  state: z.enum(['sees', 'blind', 'lost']),
  why: maybe(z.string()),
  checks: z.int().describe('Checks that are probed from there.'),
  agents: z.array(z.strictObject({ id: z.string(), host: z.string(), role: z.enum(['probes', 'standby']) })),
});

export const agentAnswer = z.strictObject({
  id: z.string(),
  location: z.string(),
  state: z.enum(['invited', 'enrolled', 'revoked']),
  host: maybe(z.string()),
  connected: z.boolean(),
  invited_at: time,
  invited_by: z.string(),
  expires_at: maybe(time),
  revoked_at: maybe(time),
});

export const invitedAnswer = z.strictObject({
  id: z.string(),
  location: z.string(),
  token: z.string(),
  hub: z.string(),
  command: z.string().describe('To be run on the other machine.'),
  expires_at: time,
});
