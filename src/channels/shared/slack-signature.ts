import { header, hmac, isEqual } from '../../outside/signature.ts';
import type { InboundCall } from '../channel.ts';

/** An older call may be a replay of an intercepted one. */
const OLDEST_MS = 300_000;
/** Clocks differ; a call dated further in the future is forged. */
const FUTURE_MS = 60_000;

/** Slack's v0 signature: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function isSlackSignature(
  secret: string,
  { headers, body }: Pick<InboundCall, 'headers' | 'body'>,
  now: number,
): boolean {
  const stamp = header(headers, 'x-slack-request-timestamp');
  if (!/^\d{1,12}$/.test(stamp)) return false;
  const age = now - Number(stamp) * 1_000;
  if (age > OLDEST_MS || age < -FUTURE_MS) return false;
  const expected = `v0=${hmac('sha256', secret, `v0:${stamp}:${body}`, 'hex')}`;
  return isEqual(header(headers, 'x-slack-signature'), expected);
}
