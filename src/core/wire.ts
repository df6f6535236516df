import type { Fault } from './fault.ts';
import type { Measured } from './probe-result.ts';
import type { Reason } from './reason.ts';
import type { TlsWish } from './tls-wish.ts';

/** The server's certificate from the TLS handshake. */
export interface PeerCertificate {
  subject: string;
  issuer: string;
  validFrom: number;
  validTo: number;
  /** `TLSv1.3`, as negotiated. */
  protocol: string;
  /** The earliest expiry in the verified chain, up to the trusted authority. */
  chainValidTo: number;
  /** Name of the certificate that expires first, where it is not the server's own. */
  endsFirst?: string;
  /** Read on demand, as few callers need them. */
  details(): CertificateDetails;
  /** Why the chain or the name is rejected; undefined when they are accepted. */
  problem?: { reason: Reason; message: string };
}

export interface CertificateDetails {
  /** SHA-256 over the DER, lower-case hexadecimal. */
  fingerprint: string;
  /** `CN=shop.example` and the other parts, in the certificate's order. */
  subject: readonly string[];
  issuer: readonly string[];
  /** DNS names that it is valid for. */
  dnsNames: readonly string[];
}

/** A connection that is read by pulling the next bytes. */
export interface Wire {
  is: 'wire';
  /** The numeric address that answered. */
  address: string;
  phases: { resolve?: number; connect: number; tls?: number };
  certificate?: PeerCertificate;
  /** The negotiated protocol, where some were offered. */
  alpn?: string;
  write(data: string | Uint8Array): void;
  /** Returns the next bytes, `end` when the server has closed, or the fault. */
  read(): Promise<Buffer | 'end' | Fault>;
  /** Upgrades the connection to TLS; sets `certificate` and `phases.tls`. Returns undefined on success. */
  secure(serverName: string, wish: TlsWish): Promise<Fault | undefined>;
  close(): void;
}

/** Facts about a certificate for the results of probes. */
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
