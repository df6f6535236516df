import type { Fault } from './fault.ts';
import type { Reason } from './reason.ts';

/** What the other side showed in the TLS handshake. */
export interface PeerCertificate {
  subject: string;
  issuer: string;
  validFrom: number;
  validTo: number;
  /** `TLSv1.3`, as negotiated. */
  protocol: string;
  /** Why the chain or the name is not accepted; undefined when it is. */
  problem?: { reason: Reason; message: string };
}

/** A connection that is read by asking for the next bytes. */
export interface Wire {
  is: 'wire';
  /** The numeric address that answered. */
  address: string;
  phases: { resolve?: number; connect: number; tls?: number };
  certificate?: PeerCertificate;
  write(data: string | Uint8Array): void;
  /** The next bytes, `end` when the other side is done, or why there are none. */
  read(): Promise<Buffer | 'end' | Fault>;
  close(): void;
}
