import type { CheckState } from '../core/check-state.ts';
import { consecutiveFailures } from '../core/health.ts';
import type { Field } from '../probing/field.ts';
import type { WatchedCheck } from '../probing/watched-check.ts';
import type { Breather } from './breather.ts';
import { escapedLabel, familyHead, type Exposition } from './exposition.ts';
import { PROBE_FAMILIES, PROBERS } from './probe-families.ts';
import { PROBE_HELP } from './probe-help.ts';
import type { Survey } from './survey.ts';

interface Family {
  name: string;
  help: string;
  measure(watched: WatchedCheck): number | undefined;
}

const OWN_FAMILIES: readonly Family[] = [
  {
    name: 'watchdesk_check_up',
    help: '1 while the check is up or suspect, 0 while it is down or recovering; absent while unknown.',
    measure: ({ state }) => upValue(state),
  },
  {
    name: 'watchdesk_check_consecutive_failures',
    help: 'Consecutive failed probes.',
    measure: ({ state }) => consecutiveFailures(state.health),
  },
  {
    name: 'watchdesk_check_last_run_timestamp_seconds',
    help: 'When the last probe ended.',
    measure: ({ state }) => seconds(state.lastRunAt),
  },
  {
    name: 'watchdesk_check_state_change_timestamp_seconds',
    help: 'When the check entered its current health state.',
    measure: ({ state }) => seconds(state.health.since),
  },
  {
    name: 'watchdesk_check_duration_seconds',
    help: 'Duration of the last probe.',
    measure: ({ state }) => seconds(state.last?.durationMs),
  },
  {
    name: 'watchdesk_check_certificate_expiry_timestamp_seconds',
    help: 'When the certificate seen last expires.',
    measure: ({ state }) => seconds(state.certificateExpiresAt),
  },
];

const PERFDATA = 'watchdesk_check_perfdata';
const PERFDATA_HELP = 'Performance data of a plugin as it wrote it, at most 32 values per check.';

const LOCATION = 'watchdesk_check_location_up';
const LOCATION_HELP =
  '1 while a location sees the check up or suspect, 0 while it sees it down or recovering; absent while its word does not count.';

/** All families that a scrape can leave out by name. */
export const CHECK_FAMILY_NAMES: readonly string[] = [
  ...[...OWN_FAMILIES, ...PROBE_FAMILIES].map(({ name }) => name),
  PERFDATA,
  LOCATION,
];

/**
 * Renders the families of single checks as text directly from their state, in pieces: prom-client would hold a second
 * copy of it all and block the event loop while rendering.
 */
export async function* renderCheckFamilies(
  { checks }: Pick<Survey, 'checks'>,
  hasVote: Field['hasVote'],
  format: Exposition,
  isWanted: (family: string) => boolean,
  breather: Breather,
): AsyncGenerator<string> {
  for (const { name, help, measure } of OWN_FAMILIES.filter((family) => isWanted(family.name))) {
    const head = `${name}{`;
    let text = familyHead(name, help, 'gauge', format);
    for (const group of checks.values()) {
      for (const { watched, own } of group) {
        const value = measure(watched);
        if (value !== undefined) text += head + own + value + '\n';
        if (!breather.isDue()) continue;
        yield text;
        text = '';
        await breather.turn();
      }
    }
    yield text;
  }
  const perfdata = { name: PERFDATA, help: PERFDATA_HELP, samples: perfSamples };
  if (isWanted(PERFDATA)) yield* renderSamples({ checks }, perfdata, format, breather);
  const seen = (watched: WatchedCheck) => locationSamples(watched, hasVote);
  const locations = { name: LOCATION, help: LOCATION_HELP, samples: seen };
  if (isWanted(LOCATION)) yield* renderSamples({ checks }, locations, format, breather);
  for (const { name, measure, of = PROBERS } of PROBE_FAMILIES.filter((family) => isWanted(family.name))) {
    const head = `${name}{`;
    let text = familyHead(name, PROBE_HELP[name], 'gauge', format);
    for (const prober of of) {
      for (const { watched, probe } of checks.get(prober)!) {
        const { last } = watched.state;
        const measured = last && measure(last);
        if (typeof measured === 'number') text += head + probe + measured + '\n';
        else if (measured) {
          for (const [label, value] of measured) text += head + label + probe + value + '\n';
        }
        if (!breather.isDue()) continue;
        yield text;
        text = '';
        await breather.turn();
      }
    }
    yield text;
  }
}

/** One sample of a check with more labels than its own. */
type Sample = readonly [moreLabels: string, value: number];

/** A family with any number of samples per check; their labels follow those of the check. */
async function* renderSamples(
  { checks }: Pick<Survey, 'checks'>,
  { name, help, samples }: { name: string; help: string; samples(watched: WatchedCheck): Iterable<Sample> },
  format: Exposition,
  breather: Breather,
): AsyncGenerator<string> {
  let text = familyHead(name, help, 'gauge', format);
  for (const group of checks.values()) {
    for (const { watched, own } of group) {
      const labels = own.slice(0, own.lastIndexOf('}'));
      for (const [more, value] of samples(watched)) text += `${name}{${labels},${more}} ${value}\n`;
      if (!breather.isDue()) continue;
      yield text;
      text = '';
      await breather.turn();
    }
  }
  yield text;
}

/** As a plugin wrote them. */
function* perfSamples({ state: { last } }: WatchedCheck): Generator<Sample> {
  for (const { label, unit, value } of last?.measured?.perf ?? [])
    yield [`label="${escapedLabel(label)}",unit="${escapedLabel(unit)}"`, value];
}

/** What each location sees of a check that is probed from several. */
function* locationSamples({ sightings }: WatchedCheck, hasVote: Field['hasVote']): Generator<Sample> {
  for (const sighting of sightings?.values() ?? []) {
    const value = hasVote(sighting) ? upValue(sighting.state) : undefined;
    if (value !== undefined) yield [`location="${escapedLabel(sighting.location)}"`, value];
  }
}

/** Undefined while nothing is known. */
function upValue({ health: { is } }: CheckState): number | undefined {
  return is === 'unknown' ? undefined : is === 'up' || is === 'suspect' ? 1 : 0;
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);
