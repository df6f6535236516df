import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../core/check-type.ts';
import type { CertificateDetails } from '../core/wire.ts';
import { reasonOfCode } from '../core/fault-of-code.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { isNamed, namesOf } from './certificate-names.ts';
import { decidingPath } from './certificate-path.ts';

type Facts = Pick<
  PeerCertificate,
  'subject' | 'issuer' | 'validFrom' | 'validTo' | 'chainValidTo' | 'endsFirst'
>;

/** Facts by fingerprint: every probe sees the same certificate, and parsing it takes a tenth of a probe. */
const known = new Map<string, { facts: Facts; readAt: number }>();
const MAX_KNOWN = 10_000;
/** The same certificate may later come with a new chain. */
const KNOWN_MS = 600_000;
/** Number of names listed when the certificate is for another host. */
const NAMES_SHOWN = 5;

/** The certificate that the peer presented, and whether it is trusted for that name. */
export function peerCertificate(
  socket: TLSSocket,
  serverName: string,
  ca: string | undefined,
): PeerCertificate {
  const protocol = socket.getProtocol() ?? 'TLS';
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    const problem = { reason: 'tls-invalid', message: 'the server sent no certificate' } as const;
    const nothing = { fingerprint: '', subject: [], issuer: [], dnsNames: [] };
    const dates = { validFrom: 0, validTo: 0, chainValidTo: 0 };
    return { subject: '', issuer: '', ...dates, protocol, problem, details: () => nothing };
  }
  const facts = factsOf(certificate, ca);
  const details = () => detailsOf(certificate);
  if (!Number.isFinite(facts.validFrom) || !Number.isFinite(facts.validTo)) {
    const problem = { reason: 'tls-invalid', message: 'the certificate has no readable dates' } as const;
    return { ...facts, validFrom: 0, validTo: 0, chainValidTo: 0, protocol, problem, details };
  }
  return { ...facts, protocol, problem: problemOf(socket, certificate, facts, serverName), details };
}

function problemOf(
  socket: TLSSocket,
  certificate: X509Certificate,
  facts: Facts,
  serverName: string,
): PeerCertificate['problem'] {
  const code = socket.authorizationError as unknown as string | null;
  if (code) {
    const reason = reasonOfCode(code, 'tls-invalid');
    const ended = new Date(facts.chainValidTo).toISOString().slice(0, 10);
    const whose =
      facts.endsFirst === undefined
        ? `the certificate of ${facts.subject}`
        : `the intermediate certificate ${facts.endsFirst} behind ${facts.subject}`;
    const message =
      reason === 'tls-expired'
        ? `${whose} expired on ${ended}`
        : `the certificate of ${facts.subject} is not trusted (${code})`;
    return { reason, message };
  }
  const names = namesOf(certificate);
  if (isNamed(names, serverName)) return undefined;
  const all = [...names.dns, ...names.ip];
  const more = all.length > NAMES_SHOWN ? ` and ${all.length - NAMES_SHOWN} more` : '';
  const shown = all.slice(0, NAMES_SHOWN).map((name) => neutraliseLine(name, 80));
  const whom =
    all.length === 0
      ? `names no host (no subjectAltName; its subject is ${facts.subject})`
      : `is for ${shown.join(', ')}${more}`;
  return { reason: 'tls-invalid', message: `the certificate ${whom}, not for ${serverName}` };
}

function factsOf(certificate: X509Certificate, ca: string | undefined): Facts {
  const fingerprint = `${certificate.fingerprint256} ${ca ?? ''}`;
  const earlier = known.get(fingerprint);
  if (earlier && performance.now() - earlier.readAt < KNOWN_MS) return earlier.facts;
  const facts = {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    ...firstEnd(decidingPath(certificate, ca)),
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(fingerprint, { facts, readAt: performance.now() });
  return facts;
}

/** When the first certificate of the path expires, and which one it is if not the server's own. */
function firstEnd([own, ...above]: readonly X509Certificate[]): Pick<Facts, 'chainValidTo' | 'endsFirst'> {
  const endOf = (certificate: X509Certificate) => Date.parse(certificate.validTo) || Infinity;
  let first = own!;
  for (const certificate of above) if (endOf(certificate) < endOf(first)) first = certificate;
  const end = endOf(first);
  return {
    chainValidTo: end === Infinity ? 0 : end,
    ...(first !== own && { endsFirst: nameOf(first.subject) }),
  };
}

function detailsOf({ fingerprint256, subject, issuer, subjectAltName }: X509Certificate): CertificateDetails {
  const parts = (name: string | undefined) => (name ?? '').split('\n').filter(Boolean);
  const alternatives = (subjectAltName ?? '').split(', ');
  return {
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: parts(subject),
    issuer: parts(issuer),
    dnsNames: alternatives.flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : [])),
  };
}

function nameOf(distinguishedName: string | undefined): string {
  const commonName = /^CN=(.*)$/m.exec(distinguishedName ?? '')?.[1];
  return neutraliseLine(commonName ?? distinguishedName ?? 'no name', 120);
}
