import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** No client accepts a longer chain. */
const MAX_PATH = 10;

/** Trusted authorities by subject name. */
type Anchors = ReadonlyMap<string, readonly X509Certificate[]>;

const known = new Map<string, Anchors>();
const MAX_KNOWN = 50;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** `ca`: PEM bundles that replace the default authorities. */
function anchorsOf(ca: string | undefined): Anchors {
  const key = ca ?? '';
  let anchors = known.get(key);
  if (!anchors) {
    const bySubject = new Map<string, X509Certificate[]>();
    for (const pem of ca === undefined ? rootCertificates : (ca.match(PEM) ?? [])) {
      const certificate = read(pem);
      if (certificate)
        bySubject.set(certificate.subject, [...(bySubject.get(certificate.subject) ?? []), certificate]);
    }
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, (anchors = bySubject));
  }
  return anchors;
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/**
 * The certificates that decide, from the server's own up to the one issued by a trusted authority. Whatever the server
 * sends above that, such as an expired cross-signed root, decides nothing.
 */
export function decidingPath(first: X509Certificate, ca: string | undefined): X509Certificate[] {
  const anchors = anchorsOf(ca);
  const path: X509Certificate[] = [];
  let next: X509Certificate | undefined = first;
  while (
    next &&
    path.length < MAX_PATH &&
    !path.some(({ fingerprint256 }) => fingerprint256 === next!.fingerprint256)
  ) {
    path.push(next);
    const current: X509Certificate = next;
    if (anchors.get(current.issuer)?.some((anchor) => isIssuedBy(current, anchor))) break;
    next = current.issuerCertificate;
  }
  return path;
}

function isIssuedBy(certificate: X509Certificate, anchor: X509Certificate): boolean {
  try {
    return certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey);
  } catch {
    return false;
  }
}
