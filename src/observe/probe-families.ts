import { isIP } from 'node:net';
import type { LastProbe } from '../core/check-state.ts';
import { fnv1a } from '../core/fnv1a.ts';
import type { Phases } from '../core/probe-result.ts';
import { addressBytes } from './address-bytes.ts';
import { escapedLabel } from './exposition.ts';

/** blackbox_exporter's names for what we call check types. */
export type Prober = 'http' | 'tcp' | 'icmp' | 'dns' | 'other';

const PROBER_OF_TYPE: Record<string, Prober> = {
  http: 'http',
  tcp: 'tcp',
  tls: 'tcp',
  ping: 'icmp',
  dns: 'dns',
};

export const proberOf = (type: string): Prober => PROBER_OF_TYPE[type] ?? 'other';

export type Probed = Pick<LastProbe, 'verdict' | 'reason' | 'durationMs' | 'measured'>;

/** A value, or several that another label tells apart (`phase="connect"`); undefined: the family is absent. */
export type Measurement = number | undefined | readonly (readonly [label: string, value: number])[];

export interface ProbeFamily {
  name: string;
  help: string;
  measure(probed: Probed, prober: Prober): Measurement;
}

const HTTP_PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;
const phaseLabels = new Map<string, string>();
/** Made once: they are the same for every check. */
const phaseLabel = (phase: string): string => {
  let label = phaseLabels.get(phase);
  if (label === undefined) phaseLabels.set(phase, (label = `phase="${phase}"`));
  return label;
};
const inSeconds = (ms: number | undefined): number => Math.round((ms ?? 0) * 1_000) / 1_000_000;
const unixSeconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms / 1_000;

/** Of an HTTP check; 0 where nothing came back. */
const http =
  (measure: (probed: Probed) => Measurement) =>
  (probed: Probed, prober: Prober): Measurement =>
    prober === 'http' ? measure(probed) : undefined;

/**
 * What blackbox_exporter tells of a probe, in its names, so that dashboards and rules made for it work unchanged:
 * https://github.com/prometheus/blackbox_exporter
 */
export const PROBE_FAMILIES: readonly ProbeFamily[] = [
  {
    name: 'probe_success',
    help: 'Displays whether or not the probe was a success',
    measure: ({ verdict }) => (verdict === 'unknown' ? undefined : verdict === 'good' ? 1 : 0),
  },
  {
    name: 'probe_duration_seconds',
    help: 'Returns how long the probe took to complete in seconds',
    measure: ({ durationMs }) => inSeconds(durationMs),
  },
  {
    name: 'probe_dns_lookup_time_seconds',
    help: 'Returns the time taken for probe dns lookup in seconds',
    measure: ({ measured }, prober) =>
      prober === 'other' ? undefined : inSeconds(measured?.phases?.resolve),
  },
  {
    name: 'probe_ip_protocol',
    help: 'Specifies whether probe ip protocol is IP4 or IP6',
    measure: ({ measured }, prober) => (prober === 'other' ? undefined : isIP(measured?.address ?? '')),
  },
  {
    name: 'probe_ip_addr_hash',
    help: 'Specifies the hash of IP address. It is useful to detect if the IP address changes.',
    measure: ({ measured }) =>
      measured?.address === undefined
        ? undefined
        : fnv1a(String.fromCharCode(...addressBytes(measured.address))),
  },
  {
    name: 'probe_failed_due_to_regex',
    help: 'Indicates if probe failed due to regex',
    measure: ({ reason }, prober) =>
      prober === 'http' || prober === 'tcp' ? Number(reason === 'body' || reason === 'header') : undefined,
  },
  {
    name: 'probe_http_status_code',
    help: 'Response HTTP status code',
    measure: http(({ measured }) => measured?.httpStatus ?? 0),
  },
  {
    name: 'probe_http_version',
    help: 'Returns the version of HTTP of the probe response',
    measure: http(({ measured }) => measured?.http?.version ?? 0),
  },
  {
    name: 'probe_http_redirects',
    help: 'The number of redirects',
    measure: http(({ measured }) => measured?.http?.redirects ?? 0),
  },
  {
    name: 'probe_http_ssl',
    help: 'Indicates if SSL was used for the final redirect',
    measure: http(({ measured }) => Number(measured?.http?.isTls ?? false)),
  },
  {
    name: 'probe_http_content_length',
    help: 'Length of http content response',
    measure: http(({ measured }) => measured?.http?.contentLength ?? 0),
  },
  {
    name: 'probe_http_uncompressed_body_length',
    help: 'Length of uncompressed response body',
    measure: http(({ measured }) => measured?.http?.bodyBytes ?? 0),
  },
  {
    name: 'probe_http_last_modified_timestamp_seconds',
    help: 'Returns the Last-Modified HTTP response header in unixtime',
    measure: http(({ measured }) => unixSeconds(measured?.http?.lastModifiedAt)),
  },
  {
    name: 'probe_http_duration_seconds',
    help: 'Duration of http request by phase, summed over all redirects',
    measure: http(({ measured }) => phased(HTTP_PHASES, measured?.phases)),
  },
  {
    name: 'probe_ssl_earliest_cert_expiry',
    help: 'Returns last SSL chain expiry in unixtime',
    measure: ({ measured }) => unixSeconds(measured?.chainExpiresAt ?? measured?.certificateExpiresAt),
  },
  {
    name: 'probe_tls_version_info',
    help: 'Returns the TLS version used or NaN when unknown',
    measure: ({ measured }) =>
      measured?.tlsVersion === undefined ? undefined : [[`version="${tlsName(measured.tlsVersion)}"`, 1]],
  },
  {
    name: 'probe_icmp_duration_seconds',
    help: 'Duration of icmp request by phase',
    measure: ({ measured }, prober) =>
      prober === 'icmp'
        ? [
            [phaseLabel('resolve'), inSeconds(measured?.phases?.resolve)],
            [phaseLabel('setup'), 0],
            [phaseLabel('rtt'), inSeconds(measured?.roundTripMs)],
          ]
        : undefined,
  },
  {
    name: 'probe_icmp_reply_hop_limit',
    help: 'Replied packet hop limit (TTL for ipv4)',
    measure: ({ measured }) => measured?.hopLimit,
  },
  {
    name: 'probe_dns_duration_seconds',
    help: 'Duration of DNS request by phase',
    measure: ({ measured }, prober) =>
      prober === 'dns'
        ? [
            [phaseLabel('resolve'), 0],
            [phaseLabel('connect'), inSeconds(measured?.phases?.connect)],
            [phaseLabel('request'), inSeconds(measured?.phases?.processing ?? measured?.phases?.resolve)],
          ]
        : undefined,
  },
  {
    name: 'probe_dns_answer_rrs',
    help: 'Returns number of entries in the answer resource record list',
    measure: ({ measured }, prober) => (prober === 'dns' ? (measured?.records?.answer ?? 0) : undefined),
  },
  {
    name: 'probe_dns_authority_rrs',
    help: 'Returns number of entries in the authority resource record list',
    measure: ({ measured }) => measured?.records?.authority,
  },
  {
    name: 'probe_dns_additional_rrs',
    help: 'Returns number of entries in the additional resource record list',
    measure: ({ measured }) => measured?.records?.additional,
  },
  {
    name: 'probe_dns_serial',
    help: 'Returns the serial number of the zone',
    measure: ({ measured }) => measured?.serial,
  },
];

function phased(names: readonly (keyof Phases)[], phases: Phases | undefined): Measurement {
  return names.map((name) => [phaseLabel(name), inSeconds(phases?.[name])] as const);
}

/** As Go writes it. */
const tlsName = (protocol: string): string =>
  escapedLabel(protocol.replace(/^TLSv(\d)$/, 'TLS $1.0').replace(/^TLSv/, 'TLS '));
