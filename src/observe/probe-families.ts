import type { LastProbe } from '../core/check-state.ts';
import type { Phases } from '../core/probe-result.ts';
import { addressHash } from './address-hash.ts';
import { escapedLabel } from './exposition.ts';
import { tlsVersionName } from './tls-version-name.ts';
import type { ProbeFamilyName } from './probe-help.ts';

/** blackbox_exporter's names for our check types. */
export const PROBERS = ['http', 'tcp', 'icmp', 'dns', 'other'] as const;
export type Prober = (typeof PROBERS)[number];

const PROBER_OF_TYPE: Record<string, Prober> = {
  http: 'http',
  tcp: 'tcp',
  tls: 'tcp',
  ping: 'icmp',
  dns: 'dns',
};

export const proberOf = (type: string): Prober => PROBER_OF_TYPE[type] ?? 'other';

export type Probed = Pick<LastProbe, 'verdict' | 'reason' | 'durationMs' | 'measured'>;

/** A value, or several told apart by another label (`phase="connect",`); undefined: the family is absent. */
export type Measurement = number | undefined | readonly (readonly [label: string, value: number])[];

export interface ProbeFamily {
  name: ProbeFamilyName;
  /** Probers that have it; all by default. */
  of?: readonly Prober[];
  measure(probed: Probed): Measurement;
}

const HTTP_PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;
const phaseLabels = new Map<string, string>();
/** Cached: they are the same for every check. */
const phaseLabel = (phase: string): string => {
  let label = phaseLabels.get(phase);
  if (label === undefined) phaseLabels.set(phase, (label = `phase="${phase}",`));
  return label;
};
const inSeconds = (ms: number | undefined): number => Math.round((ms ?? 0) * 1_000) / 1_000_000;
const unixSeconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms / 1_000;

const HTTP = ['http'] as const;
const DNS = ['dns'] as const;
const KNOWN = ['http', 'tcp', 'icmp', 'dns'] as const;

/**
 * What blackbox_exporter reports of a probe, under its names, so that dashboards and rules made for it work unchanged:
 * https://github.com/prometheus/blackbox_exporter
 */
export const PROBE_FAMILIES: readonly ProbeFamily[] = [
  {
    name: 'probe_success',
    measure: ({ verdict }) => (verdict === 'unknown' ? undefined : verdict === 'good' ? 1 : 0),
  },
  {
    name: 'probe_duration_seconds',
    measure: ({ durationMs }) => inSeconds(durationMs),
  },
  {
    name: 'probe_dns_lookup_time_seconds',
    of: KNOWN,
    measure: ({ measured }) => inSeconds(measured?.phases?.resolve),
  },
  {
    name: 'probe_ip_protocol',
    of: KNOWN,
    measure: ({ measured }) => (measured?.address === undefined ? 0 : measured.address.includes(':') ? 6 : 4),
  },
  {
    name: 'probe_ip_addr_hash',
    measure: ({ measured }) => (measured?.address === undefined ? undefined : addressHash(measured.address)),
  },
  {
    name: 'probe_failed_due_to_regex',
    of: ['http', 'tcp'],
    measure: ({ reason }) => (reason === 'body' || reason === 'header' ? 1 : 0),
  },
  {
    name: 'probe_http_status_code',
    of: HTTP,
    measure: ({ measured }) => measured?.httpStatus ?? 0,
  },
  {
    name: 'probe_http_version',
    of: HTTP,
    measure: ({ measured }) => measured?.http?.version ?? 0,
  },
  {
    name: 'probe_http_redirects',
    of: HTTP,
    measure: ({ measured }) => measured?.http?.redirects ?? 0,
  },
  {
    name: 'probe_http_ssl',
    of: HTTP,
    measure: ({ measured }) => Number(measured?.http?.isTls ?? false),
  },
  {
    name: 'probe_http_content_length',
    of: HTTP,
    measure: ({ measured }) => measured?.http?.contentLength ?? 0,
  },
  {
    name: 'probe_http_uncompressed_body_length',
    of: HTTP,
    measure: ({ measured }) => measured?.http?.bodyBytes ?? 0,
  },
  {
    name: 'probe_http_last_modified_timestamp_seconds',
    of: HTTP,
    measure: ({ measured }) => unixSeconds(measured?.http?.lastModifiedAt),
  },
  {
    name: 'probe_http_duration_seconds',
    of: HTTP,
    measure: ({ measured }) => phased(HTTP_PHASES, measured?.phases),
  },
  {
    name: 'probe_ssl_earliest_cert_expiry',
    of: ['http', 'tcp'],
    measure: ({ measured }) => unixSeconds(measured?.chainExpiresAt ?? measured?.certificateExpiresAt),
  },
  {
    name: 'probe_tls_version_info',
    of: ['http', 'tcp'],
    measure: ({ measured }) =>
      measured?.tlsVersion === undefined
        ? undefined
        : [[`version="${escapedLabel(tlsVersionName(measured.tlsVersion))}",`, 1]],
  },
  {
    name: 'probe_icmp_duration_seconds',
    of: ['icmp'],
    measure: ({ measured }) => [
      [phaseLabel('resolve'), inSeconds(measured?.phases?.resolve)],
      [phaseLabel('setup'), 0],
      [phaseLabel('rtt'), inSeconds(measured?.roundTripMs)],
    ],
  },
  {
    name: 'probe_icmp_reply_hop_limit',
    of: ['icmp'],
    measure: ({ measured }) => measured?.hopLimit,
  },
  {
    name: 'probe_dns_duration_seconds',
    of: DNS,
    measure: ({ measured }) => [
      [phaseLabel('resolve'), 0],
      [phaseLabel('connect'), inSeconds(measured?.phases?.connect)],
      [phaseLabel('request'), inSeconds(measured?.phases?.processing ?? measured?.phases?.resolve)],
    ],
  },
  {
    name: 'probe_dns_answer_rrs',
    of: DNS,
    measure: ({ measured }) => measured?.records?.answer ?? 0,
  },
  {
    name: 'probe_dns_authority_rrs',
    of: DNS,
    measure: ({ measured }) => measured?.records?.authority,
  },
  {
    name: 'probe_dns_additional_rrs',
    of: DNS,
    measure: ({ measured }) => measured?.records?.additional,
  },
  {
    name: 'probe_dns_serial',
    of: DNS,
    measure: ({ measured }) => measured?.serial,
  },
];

function phased(names: readonly (keyof Phases)[], phases: Phases | undefined): Measurement {
  return names.map((name) => [phaseLabel(name), inSeconds(phases?.[name])] as const);
}
