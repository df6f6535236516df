import { readFileSync } from 'node:fs';
import type { TlsWish } from '../core/check-type.ts';
import { fault, type Fault, type PeerCertificate } from '../core/check-type.ts';
import { tlsVersionName } from '../observe/tls-version-name.ts';
import { goName } from './go-name.ts';
import type { Gauges } from './gauges.ts';
import type { TlsConfig } from './module-fields.ts';

/** How blackbox_exporter writes Go's zero time: no chain was verified. */
const NO_CHAIN = -62_135_596_800;

/** The TLS settings of a probe; files are read again in every probe, so that a renewed certificate is used at once. */
export function tlsWishOf(config: TlsConfig | undefined, serverName: string): TlsWish | Fault {
  try {
    const given = (text: string | undefined, file: string | undefined) =>
      text || (file ? readFileSync(file, 'utf8') : undefined);
    return {
      serverName: config?.server_name || serverName,
      verify: !config?.insecure_skip_verify,
      ca: given(config?.ca, config?.ca_file),
      cert: given(config?.cert, config?.cert_file),
      key: given(config?.key, config?.key_file),
      minVersion: config?.min_version ?? 'TLSv1.2',
      maxVersion: config?.max_version,
    };
  } catch (error) {
    return fault('internal', `tls_config: ${(error as Error).message}`);
  }
}

/** Records the certificate and the TLS version, and when the verified chain expires. */
export function tellTls(certificate: PeerCertificate, isVerified: boolean, gauges: Gauges): void {
  const { chainValidTo } = certificate;
  tellShown(certificate, gauges);
  gauges.set('probe_ssl_last_chain_expiry_timestamp_seconds', isVerified ? chainValidTo / 1_000 : NO_CHAIN);
}

/** Records the certificate and the TLS version, without the expiry of the verified chain. */
export function tellShown(certificate: PeerCertificate, gauges: Gauges): void {
  const { chainValidTo, protocol } = certificate;
  const { fingerprint, subject, issuer, dnsNames } = certificate.details();
  gauges.set('probe_ssl_earliest_cert_expiry', chainValidTo / 1_000);
  gauges.set('probe_ssl_last_chain_info', 1, {
    fingerprint_sha256: fingerprint,
    issuer: goName(issuer),
    subject: goName(subject),
    subjectalternative: dnsNames.join(','),
  });
  gauges.set('probe_tls_version_info', 1, { version: tlsVersionName(protocol) });
}
