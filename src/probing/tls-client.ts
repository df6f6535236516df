import { isIP } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { fault, type Fault, type PeerCertificate, type TlsWish } from '../core/check-type.ts';
import type { Lifetime } from './ports.ts';
import { asciiHost } from './certificate-names.ts';
import { peerCertificate } from './peer-certificate.ts';

/** Node's TLS options for a wish. */
export function tlsOptions(wish: TlsWish, host: string) {
  const serverName = asciiHost(wish.serverName ?? host);
  return {
    secureContext: secureContext(wish),
    // RFC 6066, 3: no IP addresses in SNI.
    servername: isIP(serverName) === 0 ? serverName : '',
    // Verification is read afterwards, so that the certificate can be reported in any case.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(wish.alpn && { ALPNProtocols: [...wish.alpn] }),
  };
}

interface Secured {
  is: 'secured';
  certificate: PeerCertificate;
  alpn?: string;
}

/** After the handshake: the certificate and what was negotiated, or why it is not accepted. */
export function secured(socket: TLSSocket, wish: TlsWish, host: string, life: Lifetime): Secured | Fault {
  let certificate: PeerCertificate;
  try {
    certificate = peerCertificate(socket, asciiHost(wish.serverName ?? host), wish.ca);
  } catch (error) {
    // A malformed certificate from a peer must never end the process.
    return fault('tls-invalid', `the certificate cannot be read (${String(error)})`);
  }
  const { protocol, problem } = certificate;
  const doubt = problem && !wish.verify ? `, certificate not accepted: ${problem.message}` : '';
  life.log(`${protocol} negotiated${doubt}`);
  if (wish.verify && problem) return fault(problem.reason, problem.message);
  return { is: 'secured', certificate, ...(socket.alpnProtocol && { alpn: socket.alpnProtocol }) };
}

const contexts = new Map<string, SecureContext>();
const MAX_CONTEXTS = 500;

/** Creating a context parses every authority; checks with the same options share one. */
function secureContext({ ca, cert, key, passphrase, minVersion, maxVersion }: TlsWish): SecureContext {
  const name = JSON.stringify([ca, cert, key, passphrase, minVersion, maxVersion]);
  let context = contexts.get(name);
  if (context === undefined) {
    if (contexts.size >= MAX_CONTEXTS) contexts.clear();
    context = createSecureContext({ ca, cert, key, passphrase, minVersion, maxVersion });
    contexts.set(name, context);
  }
  return context;
}
