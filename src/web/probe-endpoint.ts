import { checkSchema } from '../config/build-targets.ts';
import type { TargetFacts } from '../core/check-type.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { redactor } from '../core/redact.ts';
import { runProbe } from '../probing/probe-runner.ts';
import { HttpProblem } from './problem.ts';
import type { WebSources } from './sources.ts';

interface Module {
  type: string;
  options?: Record<string, unknown>;
}

/** The names that blackbox_exporter's own example config gives its modules, and every check type by its name. */
const MODULES: Record<string, Module> = {
  http_2xx: { type: 'http' },
  http_post_2xx: { type: 'http', options: { method: 'POST' } },
  tcp_connect: { type: 'tcp' },
  icmp: { type: 'ping' },
  tls_connect: { type: 'tls' },
};

const NEEDS_OPTIONS = new Set(['exec', 'heartbeat']);
const DEFAULT_TIMEOUT_MS = 10_000;
/** More at once are turned away: nobody may use up the monitor's sockets through this door. */
const MAX_AT_ONCE = 50;

let underWay = 0;

/** One probe on demand, in the manner of blackbox_exporter's `/probe`. */
export async function probeOnDemand(
  query: { target?: string; module?: string; debug?: string; timeoutMs?: number },
  { checkTypes, probePorts, now }: WebSources,
): Promise<string> {
  const { target, module: name = 'http_2xx' } = query;
  if (!target) throw new HttpProblem(400, 'Not understood', 'The parameter `target` is missing.');
  const module = MODULES[name] ?? { type: name };
  const type = NEEDS_OPTIONS.has(module.type) ? undefined : checkTypes.get(module.type);
  if (!type) {
    const known = [...Object.keys(MODULES), ...checkTypes.keys()].filter(
      (known) => !NEEDS_OPTIONS.has(known),
    );
    throw new HttpProblem(400, 'Not understood', `There is no module "${neutraliseLine(name, 40)}".`, [
      `known: ${known.join(', ')}`,
    ]);
  }
  const raw = { type: module.type, ...module.options };
  const options = checkSchema(type).parse(raw);
  const prepared = type.prepare(options, factsOf(target));
  if (prepared.is === 'problem')
    throw new HttpProblem(400, 'Not understood', `The target does not fit: expected ${prepared.expected}.`);
  const order = {
    prepared,
    timeoutMs: Math.max(10, Math.min(query.timeoutMs ?? DEFAULT_TIMEOUT_MS, 60_000)),
    watchedSince: now(),
    redact: redactor(prepared.secrets),
  };
  if (underWay >= MAX_AT_ONCE)
    throw new HttpProblem(503, 'Busy', `${MAX_AT_ONCE} probes are under way already.`);
  underWay++;
  const result = await runProbe(order, probePorts).result.finally(() => underWay--);
  const text = exposition(result);
  return query.debug === 'true' ? debugText(prepared.subject, result, order.redact, text) : text;
}

function factsOf(target: string): TargetFacts {
  return /^https?:\/\//i.test(target) ? { name: target, url: target } : { name: target, address: target };
}

function exposition(result: ProbeResult): string {
  const { measured = {} } = result;
  const lines = [
    ...gauge(
      'probe_success',
      'Displays whether or not the probe was a success',
      result.verdict === 'good' ? 1 : 0,
    ),
    ...gauge(
      'probe_duration_seconds',
      'Returns how long the probe took to complete in seconds',
      result.durationMs / 1_000,
    ),
  ];
  if (measured.httpStatus !== undefined) {
    lines.push(...gauge('probe_http_status_code', 'Response HTTP status code', measured.httpStatus));
    lines.push(
      ...head('probe_http_duration_seconds', 'Duration of http request by phase, summed over all redirects'),
    );
    for (const phase of ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const) {
      lines.push(`probe_http_duration_seconds{phase="${phase}"} ${(measured.phases?.[phase] ?? 0) / 1_000}`);
    }
  }
  if (measured.phases?.resolve !== undefined) {
    lines.push(
      ...gauge(
        'probe_dns_lookup_time_seconds',
        'Returns the time taken for probe dns lookup in seconds',
        measured.phases.resolve / 1_000,
      ),
    );
  }
  if (measured.certificateExpiresAt !== undefined) {
    lines.push(
      ...gauge(
        'probe_ssl_earliest_cert_expiry',
        'Returns earliest SSL cert expiry date',
        measured.certificateExpiresAt / 1_000,
      ),
    );
  }
  if (measured.roundTripMs !== undefined) {
    lines.push(
      ...gauge(
        'probe_icmp_duration_seconds',
        'Round trip of the echo in seconds',
        measured.roundTripMs / 1_000,
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

const head = (name: string, help: string): string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];
const gauge = (name: string, help: string, value: number): string[] => [
  ...head(name, help),
  `${name} ${value}`,
];

function debugText(
  subject: string,
  result: ProbeResult,
  redact: (text: string) => string,
  metrics: string,
): string {
  const log = result.log.map(
    ({ atMs, text }) => `+${Math.round(atMs)} ms  ${neutraliseLine(redact(text), 300)}`,
  );
  const why = result.verdict === 'good' ? '' : ` (${result.reason})`;
  const verdict = `${result.verdict}${why}: ${neutraliseLine(redact(result.message), 300)}`;
  return `Probe of ${subject}\n${log.join('\n')}\n${verdict}\n\n${metrics}`;
}
