import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../core/check-type.ts';
import type { CertificateDetails } from '../core/wire.ts';
import { reasonOfCode } from '../core/fault-of-code.ts';
import { neutraliseLine } from '../core/neutralise.ts';

type Facts = Pick<PeerCertificate, 'subject' | 'issuer' | 'validFrom' | 'validTo' | 'chainValidTo'>;

/** Facts by fingerprint: the same certificate is shown at every probe, and reading it costs a tenth of one. */
const known = new Map<string, { facts: Facts; readAt: number }>();
const MAX_KNOWN = 10_000;
/** The same certificate may come with a new chain. */
const KNOWN_MS = 600_000;
/** A longer chain is no chain that anybody accepts. */
const MAX_CHAIN = 10;

/** What the other side showed, and whether it may be trusted under that name. */
export function peerCertificate(socket: TLSSocket, serverName: string): PeerCertificate {
  const protocol = socket.getProtocol() ?? 'TLS';
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    const problem = { reason: 'tls-invalid', message: 'the server sent no certificate' } as const;
    const nothing = { fingerprint: '', subject: [], issuer: [], dnsNames: [] };
    const dates = { validFrom: 0, validTo: 0, chainValidTo: 0 };
    return { subject: '', issuer: '', ...dates, protocol, problem, details: () => nothing };
  }
  const facts = factsOf(certificate);
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
    const ended = new Date(facts.validTo).toISOString();
    const message =
      reason === 'tls-expired'
        ? `the certificate of ${facts.subject} expired ${ended}`
        : `the certificate of ${facts.subject} is not trusted (${code})`;
    return { reason, message };
  }
  const matches =
    isIP(serverName) === 0 ? certificate.checkHost(serverName) : certificate.checkIP(serverName);
  if (matches !== undefined) return undefined;
  const message = `the certificate of ${facts.subject} is not valid for ${serverName}`;
  return { reason: 'tls-invalid', message };
}

function factsOf(certificate: X509Certificate): Facts {
  const fingerprint = certificate.fingerprint256;
  const earlier = known.get(fingerprint);
  if (earlier && performance.now() - earlier.readAt < KNOWN_MS) return earlier.facts;
  const facts = {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    chainValidTo: chainEnd(certificate),
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(fingerprint, { facts, readAt: performance.now() });
  return facts;
}

function chainEnd(first: X509Certificate): number {
  let end = Infinity;
  let certificate: X509Certificate | undefined = first;
  for (let link = 0; certificate && link < MAX_CHAIN; link++) {
    end = Math.min(end, Date.parse(certificate.validTo) || Infinity);
    certificate = certificate.issuerCertificate;
  }
  return end === Infinity ? 0 : end;
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
