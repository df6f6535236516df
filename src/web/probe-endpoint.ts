import { stringify } from 'yaml';
import { blackboxProbe, probeTimeoutMs } from '../blackbox/blackbox-probe.ts';
import { Gauges, inSeconds } from '../blackbox/gauges.ts';
import { carriesCredentials } from '../blackbox/module-credentials.ts';
import type { BlackboxModule } from '../blackbox/module-schema.ts';
import { checkSchema } from '../config/check-schema.ts';
import { fault, type Prepared, type TargetFacts } from '../core/check-type.ts';
import { displayUrl } from '../core/display-url.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { redactor } from '../core/redact.ts';
import { PROBE_FAMILIES, proberOf } from '../observe/probe-families.ts';
import { familyHead } from '../observe/exposition.ts';
import { PROBE_HELP } from '../observe/probe-help.ts';
import { runProbe } from '../probing/probe-runner.ts';
import type { ProbePorts } from '../probing/ports.ts';
import type { LoadedCheckType } from '../probing/registry.ts';
import { say } from '../text/say.ts';
import { hostOfTarget, isListed, isMetadataAddress } from './probe-targets.ts';
import type { WebSources } from './sources.ts';

/** Check types that run on this machine or only listen must not be available to everyone who can reach the port. */
const NEEDS_OPTIONS = new Set(['exec', 'heartbeat']);
const HOST_NAME = /^[A-Za-z0-9._-]{1,253}(?::\d{1,5})?$/;
/** Further probes are rejected: callers must not use up the monitor's sockets. */
const MAX_AT_ONCE = 500;

let underWay = 0;

export interface ProbeQuery {
  target?: string;
  module?: string;
  hostname?: string;
  debug?: string;
  /** The header `X-Prometheus-Scrape-Timeout-Seconds`, sent by Prometheus. */
  scrapeTimeout?: string;
}

export type ProbeAnswer = { is: 'answer'; text: string } | { is: 'refused'; status: number; why: string };

type Asked =
  | { is: 'module'; module: BlackboxModule }
  | { is: 'check-type'; type: LoadedCheckType }
  | { is: 'unknown' }
  | { is: 'not-served'; why: string };

/**
 * One probe on demand, like blackbox_exporter's `/probe`; `onGone` registers a callback for when the client is gone,
 * and returns how to remove it.
 */
export async function probeOnDemand(
  query: ProbeQuery,
  sources: WebSources,
  onGone: (callback: () => void) => () => void,
): Promise<ProbeAnswer> {
  const { target, module: name = 'http_2xx', hostname, debug, scrapeTimeout } = query;
  const asked = whatIsAsked(name, sources);
  if (asked.is === 'unknown') return refused(400, `Unknown module ${JSON.stringify(name.slice(0, 100))}`);
  if (asked.is === 'not-served') return refused(400, asked.why);
  const waits = scrapeTimeout === undefined || scrapeTimeout === '' ? undefined : Number(scrapeTimeout);
  if (Number.isNaN(waits))
    return refused(500, 'Failed to parse timeout from Prometheus header: expected seconds');
  if (!target) return refused(400, 'Target parameter is missing');
  // It is copied into a request header as it is.
  if (hostname && !HOST_NAME.test(hostname))
    return refused(400, 'The hostname parameter is not a valid host name');
  if (asked.is === 'module' && asked.module.prober === 'http' && hostname) {
    const given = Object.entries(asked.module.http.headers).find(
      ([one]) => one.toLowerCase() === 'host',
    )?.[1];
    if (given !== undefined && given !== hostname)
      return refused(
        400,
        `host header defined both in module configuration (${given}) and with URL-parameter 'hostname' (${hostname.slice(0, 100)})`,
      );
  }
  const prepared = prepare(asked, target, hostname || undefined);
  if (prepared.is === 'refused') return prepared;
  const host = hostOfTarget(target, asked.is === 'module' ? asked.module.prober : undefined);
  const isGranted = host !== undefined && isGrantedIn(host, sources);
  if (asked.is === 'module' && carriesCredentials(asked.module) && !isGranted) {
    return refused(403, say('api.module-with-credentials', { module: JSON.stringify(name.slice(0, 100)) }));
  }
  if (underWay >= MAX_AT_ONCE) return refused(503, say('api.probes-running', { count: MAX_AT_ONCE }));

  const { now, probePorts, config } = sources;
  const order = {
    prepared: prepared.prepared,
    timeoutMs: probeTimeoutMs(waits, asked.is === 'module' ? asked.module.timeoutMs : undefined),
    watchedSince: now(),
    redact: redactor([...config().sharedSecrets, ...prepared.prepared.secrets]),
  };
  underWay++;
  const running = runProbe(order, isGranted ? probePorts : withoutMetadata(probePorts));
  const forget = onGone(running.stop);
  const result = await running.result.finally(() => {
    underWay--;
    forget();
  });
  const metrics = prepared.text(result);
  if (debug !== 'true') return { is: 'answer', text: metrics };
  const settings = asked.is === 'module' ? asked.module : { type: asked.type.type };
  return { is: 'answer', text: debugText(order, result, metrics, settings) };
}

/** Whether it is a host of our own targets, or one that the config allows. */
function isGrantedIn(host: string, { config }: WebSources): boolean {
  const { targets, probeTargets } = config();
  if (isListed(host, probeTargets)) return true;
  return targets.some(({ url, address }) =>
    [url, address].some((one) => one !== undefined && hostOfTarget(one) === host),
  );
}

const refusedAddress = () => fault('unreachable', say('api.address-not-probed'));

/** Refuses cloud metadata addresses under any name: their content is not for everyone who can reach this port. */
function withoutMetadata(ports: ProbePorts): ProbePorts {
  return {
    ...ports,
    dial: (to, life) => ports.dial({ ...to, refuses: isMetadataAddress }, life),
    async resolve(host, family, life) {
      const resolved = await ports.resolve(host, family, life);
      if (resolved.is === 'fault') return resolved;
      const addresses = resolved.addresses.filter((address) => !isMetadataAddress(address));
      return addresses.length === 0 ? refusedAddress() : { ...resolved, addresses };
    },
    echo: async (address, ...rest) =>
      isMetadataAddress(address) ? refusedAddress() : ports.echo(address, ...rest),
    askDatagram: async (to, ...rest) =>
      isMetadataAddress(to.address) ? refusedAddress() : ports.askDatagram(to, ...rest),
  };
}

const refused = (status: number, why: string) => ({ is: 'refused', status, why }) as const;

function whatIsAsked(name: string, { config, checkTypes }: WebSources): Asked {
  const module = config().modules.get(name);
  if (module) return { is: 'module', module };
  const problems = config().refusedModules.get(name);
  if (problems) {
    const why = problems.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
    return {
      is: 'not-served',
      why: say('api.module-not-served', { module: JSON.stringify(name.slice(0, 100)), why }),
    };
  }
  const type = NEEDS_OPTIONS.has(name) ? undefined : checkTypes.get(name);
  // The effect of a plugin on a target is unknown, so plugins are not available to everyone who can reach the port.
  return type && !type.isPlugin ? { is: 'check-type', type } : { is: 'unknown' };
}

interface Ready {
  is: 'ready';
  prepared: Prepared;
  text(result: ProbeResult): string;
}

function prepare(
  asked: Extract<Asked, { is: 'module' | 'check-type' }>,
  target: string,
  hostname: string | undefined,
): Ready | ReturnType<typeof refused> {
  if (asked.is === 'module') {
    const { prepared, gauges } = blackboxProbe(asked.module, target, hostname);
    return { is: 'ready', prepared, text: (result) => moduleText(gauges, result) };
  }
  const { type } = asked;
  const prepared = type.prepare(checkSchema(type).parse({ type: type.type }), factsOf(target));
  if (prepared.is === 'problem')
    return refused(400, say('api.probe-target-invalid', { expected: prepared.expected }));
  return { is: 'ready', prepared, text: (result) => checkText(type.type, result) };
}

function factsOf(target: string): TargetFacts {
  return /^https?:\/\//i.test(target) ? { name: target, url: target } : { name: target, address: target };
}

function moduleText(gauges: Gauges, result: ProbeResult): string {
  gauges.set('probe_success', result.verdict === 'good' ? 1 : 0);
  gauges.set('probe_duration_seconds', inSeconds(result.durationMs));
  return gauges.text();
}

/** A check type requested by module name: the metrics that its checks have on `/metrics`. */
function checkText(type: string, result: ProbeResult): string {
  const prober = proberOf(type);
  let text = '';
  for (const { name, of, measure } of PROBE_FAMILIES) {
    if (of && !of.includes(prober)) continue;
    const { verdict, durationMs, measured } = result;
    const reason = result.verdict === 'good' ? undefined : result.reason;
    const value = measure({ verdict, durationMs, measured, reason });
    if (value === undefined) continue;
    text += familyHead(name, PROBE_HELP[name], 'gauge', 'text');
    if (typeof value === 'number') text += `${name} ${value}\n`;
    else for (const [label, one] of value) text += `${name}{${label.replace(/,$/, '')}} ${one}\n`;
  }
  return text;
}

function debugText(
  { redact, timeoutMs }: { redact(text: string): string; timeoutMs: number },
  result: ProbeResult,
  metrics: string,
  settings: object,
): string {
  const line = (text: string) => neutraliseLine(redact(text), 300);
  const log = result.log.map(({ atMs, text }) => `+${Math.round(atMs)} ms  ${line(text)}`);
  const why = result.verdict === 'good' ? '' : ` (${result.reason})`;
  const verdict = `${result.verdict === 'good' ? 'Probe succeeded' : 'Probe failed'}${why}: ${line(result.message)}`;
  const begin = `Beginning probe, at most ${Math.round(timeoutMs)} ms`;
  const shown = redact(stringify(JSON.parse(JSON.stringify(settings, shownValue)), { lineWidth: 0 }));
  return `Logs for the probe:\n${[begin, ...log, verdict].join('\n')}\n\n\n\nMetrics that would have been returned:\n${metrics}\n\n\nModule configuration:\n${shown}`;
}

/** The same pattern as `secretsOfModule`. */
const SECRET_HEADER = /^(?:[\w-]*(?:authorization|cookie|token|secret|api-?key)[\w-]*)$/i;

/** Hides secrets like blackbox_exporter; patterns are shown as written. */
function shownValue(key: string, value: unknown): unknown {
  if (/^(password|credentials|bearer_token|key)$/.test(key) && typeof value === 'string') return '<secret>';
  if (SECRET_HEADER.test(key) && typeof value === 'string') return '<secret>';
  if (key === 'proxy_url' && typeof value === 'string') return displayUrl(value);
  if (
    typeof value === 'object' &&
    value !== null &&
    'pattern' in value &&
    typeof value.pattern === 'function'
  )
    return String((value.pattern as () => string)());
  return value;
}
