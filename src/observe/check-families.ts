import { displayUrl } from '../core/display-url.ts';
import { consecutiveFailures, HEALTH_NAMES } from '../core/health.ts';
import type { Monitor, WatchedCheck } from '../probing/monitor.ts';

/** Checks rendered before the event loop gets its turn. */
const BATCH = 2_000;

interface Family {
  name: string;
  help: string;
  value(watched: WatchedCheck): number | undefined;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'watchdesk_check_up',
    help: '1 when the check is up or only suspect, 0 when it is down or recovering; absent while unknown.',
    value: ({ state }) => {
      const { is } = state.health;
      return is === 'unknown' ? undefined : is === 'up' || is === 'suspect' ? 1 : 0;
    },
  },
  {
    name: 'watchdesk_check_consecutive_failures',
    help: 'Failed probes in sequence.',
    value: ({ state }) => consecutiveFailures(state.health),
  },
  {
    name: 'watchdesk_check_last_run_timestamp_seconds',
    help: 'When the last probe ended.',
    value: ({ state }) => seconds(state.lastRunAt),
  },
  {
    name: 'watchdesk_check_state_change_timestamp_seconds',
    help: 'Since when the check has its present health.',
    value: ({ state }) => seconds(state.health.since),
  },
  {
    name: 'watchdesk_check_duration_seconds',
    help: 'How long the last probe took.',
    value: ({ state }) => seconds(state.last?.durationMs),
  },
  {
    name: 'watchdesk_check_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that was last shown ends.',
    value: ({ state }) => seconds(state.certificateExpiresAt),
  },
];

/**
 * What belongs to single checks and targets, as text straight from their state, in pieces: the library would
 * hold a second copy of all of it and block the event loop while it renders.
 */
export async function* renderCheckFamilies(monitor: Monitor): AsyncGenerator<string> {
  const checks = [...monitor.watched()];
  const labels = checks.map(
    ({ target, check }) => `{target="${escaped(target.name)}",check="${escaped(check.name)}"} `,
  );
  for (const { name, help, value } of FAMILIES) {
    let text = head(name, help);
    for (const [index, watched] of checks.entries()) {
      const measured = value(watched);
      if (measured !== undefined) text += `${name}${labels[index]}${measured}\n`;
      if (index % BATCH === BATCH - 1) {
        yield text;
        text = '';
        await turn();
      }
    }
    yield text;
  }
  yield* renderTargets(monitor);
}

async function* renderTargets(monitor: Monitor): AsyncGenerator<string> {
  let text = head('watchdesk_target_health', '1 for the health the target has, 0 for the others.');
  for (const [index, target] of monitor.targets.entries()) {
    const health = monitor.healthOf(target);
    for (const name of HEALTH_NAMES) {
      const label = `{target="${escaped(target.name)}",health="${name}"}`;
      text += `watchdesk_target_health${label} ${health === name ? 1 : 0}\n`;
    }
    if (index % BATCH === BATCH - 1) {
      yield text;
      text = '';
      await turn();
    }
  }
  text += head('watchdesk_target_info', 'Always 1; what the target is stands in the labels.');
  for (const [index, { name, kind, priority, customer, url, address }] of monitor.targets.entries()) {
    const label = Object.entries({
      target: name,
      kind,
      priority,
      customer: customer?.name ?? '',
      plan: customer?.plan ?? '',
      url: url ? displayUrl(url) : '',
      address: address ?? '',
    }).map(([key, value]) => `${key}="${escaped(value)}"`);
    text += `watchdesk_target_info{${label.join(',')}} 1\n`;
    if (index % BATCH === BATCH - 1) {
      yield text;
      text = '';
      await turn();
    }
  }
  yield text;
}

const head = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const escaped = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
