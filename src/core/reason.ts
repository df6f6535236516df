/**
 * The closed list of why a probe failed. The key is the metric label and what the API shows; the value is how
 * a person reads it on a page at three in the morning.
 */
export const REASONS = {
  timeout: 'no answer in time',
  refused: 'connection refused',
  reset: 'connection reset',
  closed: 'connection closed too early',
  unreachable: 'unreachable',
  'dns-error': 'name lookup failed',
  'dns-nxdomain': 'name does not exist',
  'tls-invalid': 'certificate not valid',
  'tls-expired': 'certificate expired',
  'tls-expiring': 'certificate about to expire',
  'tls-handshake': 'TLS handshake failed',
  status: 'unexpected status',
  header: 'unexpected header',
  body: 'unexpected body',
  redirect: 'redirect not followed',
  protocol: 'answer not understood',
  'too-large': 'answer too large',
  slow: 'too slow',
  'no-reply': 'no reply',
  loss: 'packet loss',
  answer: 'unexpected answer',
  silent: 'has not reported in',
  reported: 'reported a failure',
  'exit-warning': 'command says warning',
  'exit-critical': 'command says critical',
  'exit-unknown': 'command says unknown',
  flapping: 'keeps changing between good and failed',
  blind: 'the monitor sees nothing',
  receipt: 'test page not delivered',
  'marked-urgent': 'marked urgent by a human',
  'called-in': 'reported by phone',
  'reported-in': 'reported on the status page',
  promise: 'a promise runs out',
  internal: 'the probe itself failed',
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
  if (reason === 'promise') return 'running out of time';
  if (isReported(reason)) return REASONS[reason];
  return reason === 'receipt' ? 'at fault' : 'down';
}

/** The reason's words and the details, without saying the same twice. */
export function reasonAndMessage(reason: Reason, message: string): string {
  const words = REASONS[reason];
  return message.toLowerCase().startsWith(words.toLowerCase()) ? message : `${words}: ${message}`;
}
