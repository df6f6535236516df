import type { Fault } from './fault.ts';
import type { Measured } from './probe-result.ts';
import type { Reason } from './reason.ts';
import type { TlsWish } from './tls-wish.ts';

/** What the other side showed in the TLS handshake. */
export interface PeerCertificate {
  subject: string;
  issuer: string;
  validFrom: number;
  validTo: number;
  /** `TLSv1.3`, as negotiated. */
  protocol: string;
  /** The first end among the certificates that decide, up to the authority that is trusted. */
  chainValidTo: number;
  /** Whose certificate ends first, where it is not the server's own. */
  endsFirst?: string;
  /** Read on demand: few ask. */
  details(): CertificateDetails;
  /** Why the chain or the name is not accepted; undefined when it is. */
  problem?: { reason: Reason; message: string };
}

export interface CertificateDetails {
  /** SHA-256 over the DER, lower-case hexadecimal. */
  fingerprint: string;
  /** `CN=shop.example` and the other parts, in the certificate's order. */
  subject: readonly string[];
  issuer: readonly string[];
  /** DNS names it is for. */
  dnsNames: readonly string[];
}

/** A connection that is read by asking for the next bytes. */
export interface Wire {
  is: 'wire';
  /** The numeric address that answered. */
  address: string;
  phases: { resolve?: number; connect: number; tls?: number };
  certificate?: PeerCertificate;
  /** The protocol that was agreed on, where some were offered. */
  alpn?: string;
  write(data: string | Uint8Array): void;
  /** The next bytes, `end` when the other side is done, or why there are none. */
  read(): Promise<Buffer | 'end' | Fault>;
  /** From now on in TLS; sets `certificate` and `phases.tls`. Undefined when it is. */
  secure(serverName: string, wish: TlsWish): Promise<Fault | undefined>;
  close(): void;
}

/** What is measured of a certificate, for the results of probes. */
export const certificateFacts = (
  certificate: PeerCertificate | undefined,
): Pick<Measured, 'certificateExpiresAt' | 'chainExpiresAt' | 'tlsVersion'> =>
  certificate === undefined
    ? {}
    : {
        certificateExpiresAt: certificate.validTo || undefined,
        chainExpiresAt: certificate.chainValidTo || undefined,
        tlsVersion: certificate.protocol,
      };
