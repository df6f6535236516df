/** The code of a request that was not begun because this process may not act (see Fence). */
export const NOT_HELD = 'WATCHDESK_NOT_HELD';

/** Error codes (Node's and undici's) of connections that were never made: nothing has left this machine. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  NOT_HELD,
]);

/** Whether a request certainly was not sent, so that it may be retried without a lookup. */
export const wasNotSent = (code: unknown): code is string => typeof code === 'string' && NOT_SENT.has(code);
