export interface TlsWish {
  /** Name for SNI and for the certificate; the host by default. */
  serverName?: string;
  /** False: take any certificate (it is still reported). */
  verify: boolean;
  /** PEM bundle to use instead of the system's certificate authorities. */
  ca?: string;
  cert?: string;
  key?: string;
  passphrase?: string;
  minVersion?: TlsVersion;
  maxVersion?: TlsVersion;
  /** Protocols to offer, in order of preference (RFC 7301). */
  alpn?: readonly string[];
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
