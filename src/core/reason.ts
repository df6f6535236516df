/**
 * The closed list of why a probe failed. The key is the metric label and what the API shows; the value is how
 * a person reads it on a page at three in the morning.
 */
export const REASONS = {
  timeout: 'timed out',
  refused: 'connection refused',
  reset: 'connection reset',
  closed: 'connection closed early',
  unreachable: 'unreachable',
  'dns-error': 'DNS lookup failed',
  'dns-nxdomain': 'hostname not found',
  'tls-invalid': 'invalid certificate',
  'tls-expired': 'certificate expired',
  'tls-expiring': 'certificate expires soon',
  'tls-handshake': 'TLS handshake failed',
  status: 'unexpected HTTP status',
  header: 'unexpected header',
  body: 'unexpected content',
  redirect: 'redirect not followed',
  protocol: 'invalid response',
  'too-large': 'response too large',
  slow: 'too slow',
  'no-reply': 'no reply',
  loss: 'packet loss',
  answer: 'unexpected response',
  silent: 'no heartbeat',
  reported: 'reported a failure',
  'exit-warning': 'command returned WARNING',
  'exit-critical': 'command returned CRITICAL',
  'exit-unknown': 'command returned UNKNOWN',
  flapping: 'alternating between up and down',
  blind: 'the monitor has no network',
  receipt: 'test page not delivered',
  'marked-urgent': 'marked urgent manually',
  'called-in': 'reported by phone',
  'reported-in': 'reported on the status page',
  promise: 'SLA deadline',
  internal: 'internal probe error',
} as const;

export type Reason = keyof typeof REASONS;

export const REASON_NAMES = Object.keys(REASONS) as Reason[];

/** Somebody outside has reported it: nothing that was probed. */
export const isReported = (reason: Reason): boolean => reason === 'called-in' || reason === 'reported-in';

/** What a target with that reason is: `shop is down`. */
export function stateWord(reason: Reason): string {
  if (reason === 'blind') return 'blind';
  if (reason === 'flapping') return 'flapping';
  if (reason === 'marked-urgent') return 'marked urgent';
  if (reason === 'promise') return 'SLA at risk';
  if (isReported(reason)) return REASONS[reason];
  return reason === 'receipt' ? 'failing' : 'down';
}

const HTTP_STATUS = /^(?:HTTP )?status (\d{3})\b/i;

/** The reason's words; of an HTTP status its code, which says more: `HTTP 503`. */
export function reasonWords(reason: Reason, message: string): string {
  const code = reason === 'status' ? HTTP_STATUS.exec(message)?.[1] : undefined;
  return code === undefined ? REASONS[reason] : `HTTP ${code}`;
}

/** The reason's words and the details, without saying the same twice. */
export function reasonAndMessage(reason: Reason, message: string): string {
  const words = reasonWords(reason, message);
  if (words !== REASONS[reason]) return message.replace(HTTP_STATUS, words);
  return message.toLowerCase().startsWith(words.toLowerCase()) ? message : `${words}: ${message}`;
}
