/** Error codes with which a connection has not come about: nothing has left this machine. Node's and undici's. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a request certainly was not done because it never left; it may be sent again without a look. */
export const wasNotSent = (code: unknown): code is string => typeof code === 'string' && NOT_SENT.has(code);
