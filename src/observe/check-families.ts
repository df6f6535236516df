import { consecutiveFailures } from '../core/health.ts';
import type { Monitor, WatchedCheck } from '../probing/monitor.ts';
import type { Breather } from './breather.ts';
import { escapedLabel, familyHead, type Exposition } from './exposition.ts';
import { PROBE_FAMILIES, proberOf, type Measurement } from './probe-families.ts';

interface Family {
  name: string;
  help: string;
  /** Which of a check's label texts it is told by. */
  labels: 'own' | 'probe';
  measure(watched: WatchedCheck): Measurement;
}

const OWN_FAMILIES: readonly Omit<Family, 'labels'>[] = [
  {
    name: 'watchdesk_check_up',
    help: '1 when the check is up or only suspect, 0 when it is down or recovering; absent while unknown.',
    measure: ({ state }) => {
      const { is } = state.health;
      return is === 'unknown' ? undefined : is === 'up' || is === 'suspect' ? 1 : 0;
    },
  },
  {
    name: 'watchdesk_check_consecutive_failures',
    help: 'Failed probes in sequence.',
    measure: ({ state }) => consecutiveFailures(state.health),
  },
  {
    name: 'watchdesk_check_last_run_timestamp_seconds',
    help: 'When the last probe ended.',
    measure: ({ state }) => seconds(state.lastRunAt),
  },
  {
    name: 'watchdesk_check_state_change_timestamp_seconds',
    help: 'Since when the check has its present health.',
    measure: ({ state }) => seconds(state.health.since),
  },
  {
    name: 'watchdesk_check_duration_seconds',
    help: 'How long the last probe took.',
    measure: ({ state }) => seconds(state.last?.durationMs),
  },
  {
    name: 'watchdesk_check_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that was last shown ends.',
    measure: ({ state }) => seconds(state.certificateExpiresAt),
  },
];

const FAMILIES: readonly Family[] = [
  ...OWN_FAMILIES.map((family): Family => ({ ...family, labels: 'own' })),
  ...PROBE_FAMILIES.map(({ name, help, measure }): Family => ({
    name,
    help,
    labels: 'probe',
    measure: ({ state, check }) => state.last && measure(state.last, proberOf(check.type)),
  })),
];

/** Everything that can be left out of a scrape by name. */
export const CHECK_FAMILY_NAMES: readonly string[] = FAMILIES.map(({ name }) => name);

/**
 * What belongs to single checks, as text straight from their state, in pieces: the library would hold a second
 * copy of all of it and block the event loop while it renders.
 */
export async function* renderCheckFamilies(
  monitor: Pick<Monitor, 'watched'>,
  format: Exposition,
  isWanted: (family: string) => boolean,
  breather: Breather,
): AsyncGenerator<string> {
  const families = FAMILIES.filter(({ name }) => isWanted(name));
  if (families.length === 0) return;
  const checks = [...monitor.watched()];
  const labels = { own: new Array<string>(checks.length), probe: new Array<string>(checks.length) };
  for (const [index, watched] of checks.entries()) {
    const own = `target="${escapedLabel(watched.target.name)}",check="${escapedLabel(watched.check.name)}"`;
    labels.own[index] = own;
    labels.probe[index] = probeLabels(watched, own);
    if (breather.isDue()) await breather.turn();
  }
  for (const { name, help, labels: which, measure } of families) {
    let text = familyHead(name, help, 'gauge', format);
    const told = labels[which];
    for (const [index, watched] of checks.entries()) {
      const measured = measure(watched);
      if (typeof measured === 'number') text += `${name}{${told[index]}} ${measured}\n`;
      else if (measured !== undefined) {
        for (const [label, value] of measured) text += `${name}{${label},${told[index]}} ${value}\n`;
      }
      if (!breather.isDue()) continue;
      yield text;
      text = '';
      await breather.turn();
    }
    yield text;
  }
}

/** `instance` and `module` are what dashboards made for blackbox_exporter choose by. */
const probeLabels = ({ check, prepared }: WatchedCheck, own: string): string =>
  `instance="${escapedLabel(prepared.instance ?? check.subject)}",module="${check.type}",${own}`;

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);
