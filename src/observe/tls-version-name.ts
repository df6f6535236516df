/** Go's spelling: `TLS 1.3` for `TLSv1.3`. */
export const tlsVersionName = (protocol: string): string =>
  protocol.replace(/^TLSv(\d)$/, 'TLS $1.0').replace(/^TLSv/, 'TLS ');
