import type { Outcome } from '../../core/effect.ts';
import { wasNotSent } from '../../core/not-sent.ts';
import { say } from '../../text/say.ts';

/** The app or its token is at fault: nobody can be reached until the operator fixes it. */
const OURS = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'org_login_required',
  'ekm_access_denied',
]);
/** Certainly not sent. */
const LATER = new Set([
  'ratelimited',
  'rate_limited',
  'service_unavailable',
  'team_added_to_org',
  'message_limit_exceeded',
]);
/** May have been sent, as Slack says itself. */
const UNKNOWN = new Set(['fatal_error', 'internal_error', 'request_timeout']);

interface SlackError {
  code?: string;
  message: string;
  data?: { error?: string; needed?: string };
  original?: { code?: string; message: string; cause?: { code?: string } };
  statusCode?: number;
  retryAfter?: number;
}

/** What a library error means for the message: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
export function slackOutcome(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const { code, message, data, original, statusCode, retryAfter } = error as SlackError;
  if (code === 'slack_webapi_rate_limited_error') {
    return {
      is: 'temporary',
      why: say('slack.says', { error: 'ratelimited' }),
      retryAfterMs: (retryAfter ?? 1) * 1_000,
    };
  }
  if (data?.error !== undefined) {
    const why = data.needed
      ? say('slack.says-needed', { error: data.error, scope: data.needed })
      : say('slack.says', { error: data.error });
    if (LATER.has(data.error)) return { is: 'temporary', why };
    if (UNKNOWN.has(data.error)) return { is: 'ambiguous', why };
    if (!OURS.has(data.error)) return { is: 'permanent', why };
    const isToken = data.error !== 'missing_scope' && data.error !== 'no_permission';
    const said = isToken ? say('slack.token-rejected', { error: data.error }) : why;
    return { is: 'permanent', why: said, isOurs: true };
  }
  if (statusCode !== undefined) {
    const why = say('slack.returned', { status: statusCode });
    if (statusCode === 429 || statusCode === 503) return { is: 'temporary', why };
    return statusCode >= 500 ? { is: 'ambiguous', why } : { is: 'permanent', why };
  }
  const cause = original?.cause?.code ?? original?.code;
  if (wasNotSent(cause)) return { is: 'temporary', why: say('slack.no-connection', { error: cause }) };
  return { is: 'ambiguous', why: say('slack.no-response', { error: cause ?? code ?? message }) };
}

/** For queries, which change nothing: an ambiguous one may be repeated. */
export function slackQuestion(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const outcome = slackOutcome(error);
  return outcome.is === 'ambiguous' ? { is: 'temporary', why: outcome.why } : outcome;
}
