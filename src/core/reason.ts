import { say } from '../text/say.ts';

/** The closed list of reasons for a failed probe: used as metric label and in the API. */
export const REASON_NAMES = [
  'timeout',
  'refused',
  'reset',
  'closed',
  'unreachable',
  'dns-error',
  'dns-nxdomain',
  'tls-invalid',
  'tls-expired',
  'tls-expiring',
  'tls-handshake',
  'status',
  'header',
  'body',
  'redirect',
  'protocol',
  'too-large',
  'slow',
  'no-reply',
  'loss',
  'answer',
  'silent',
  'reported',
  'exit-warning',
  'exit-critical',
  'exit-unknown',
  'flapping',
  'blind',
  'receipt',
  'marked-urgent',
  'called-in',
  'reported-in',
  'promise',
  'internal',
] as const;

export type Reason = (typeof REASON_NAMES)[number];

/** The reason in words that a person understands on a page at three in the morning. */
export const reasonText = (reason: Reason): string => say(`reason.${reason}`);

/** The same by name, each in the language that is current when it is read. */
export const REASONS = Object.defineProperties(
  {},
  Object.fromEntries(
    REASON_NAMES.map((reason) => [reason, { enumerable: true, get: () => reasonText(reason) }]),
  ),
) as Readonly<Record<Reason, string>>;

/** A person outside has reported the problem; no probe has found it. */
export const isReported = (reason: Reason): reason is 'called-in' | 'reported-in' =>
  reason === 'called-in' || reason === 'reported-in';

/** The state of a target with that reason: `shop is down`. */
export function stateWord(reason: Reason): string {
  switch (reason) {
    case 'called-in':
    case 'reported-in':
      return reasonText(reason);
    case 'blind':
    case 'flapping':
    case 'marked-urgent':
    case 'promise':
      return say(`words.state-${reason}`);
    default:
      return say(reason === 'receipt' ? 'words.state-failing' : 'words.state-down');
  }
}

const HTTP_STATUS = /^(?:HTTP )?status (\d{3})\b/i;

/** The reason in words; for an HTTP status its code, which says more: `HTTP 503`. */
export function reasonWords(reason: Reason, message: string): string {
  return httpStatus(reason, message) ?? reasonText(reason);
}

/** The reason in words and the details, without saying the same twice. */
export function reasonAndMessage(reason: Reason, message: string): string {
  const status = httpStatus(reason, message);
  if (status !== undefined) return message.replace(HTTP_STATUS, status);
  const words = reasonText(reason);
  return message.toLowerCase().startsWith(words.toLowerCase())
    ? message
    : say('words.reason-with-details', { reason: words, details: message });
}

function httpStatus(reason: Reason, message: string): string | undefined {
  const code = reason === 'status' ? HTTP_STATUS.exec(message)?.[1] : undefined;
  return code && `HTTP ${code}`;
}
