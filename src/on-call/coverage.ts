import type { EscalationPolicy } from '../core/escalation.ts';
import type { Addresses } from '../channels/shared/addresses.ts';
import { addressOn } from '../channels/shared/addressing.ts';
import type { Person } from '../core/person.ts';
import { onCallSpans, type OnCallSchedule } from '../core/on-call.ts';

/** How far ahead schedules are checked for gaps. */
export const COVERAGE_DAYS = 90;

/** A problem in a schedule's future that needs a human's attention. */
export interface CoverageWarning {
  is: 'gap' | 'unknown' | 'unreachable';
  schedule: string;
  /** The person it is about; absent for a gap. */
  person?: string;
  /** Start of the first occurrence, Unix milliseconds. */
  from: number;
  /** End of the first occurrence. */
  to: number;
  /** Number of further occurrences within the period checked. */
  more: number;
}

/** How people can be reached, and whom escalation pages. */
export interface Known extends Pick<Addresses, 'people' | 'channels'> {
  escalation: EscalationPolicy;
}

/** Problems between two times: only the fallback is on call, unknown people, people whom no channel reaches. */
export function coverageWarnings(
  schedule: OnCallSchedule,
  from: Temporal.Instant,
  to: Temporal.Instant,
  known: Known,
): CoverageWarning[] {
  const warnings = new Map<string, CoverageWarning>();
  const warn = (is: CoverageWarning['is'], span: { from: number; to: number }, person?: string) => {
    const key = `${is} ${person ?? ''}`;
    const first = warnings.get(key);
    if (first) first.more++;
    else warnings.set(key, { is, schedule: schedule.name, person, ...span, more: 0 });
  };
  for (const span of onCallSpans(schedule, from, to)) {
    const times = { from: span.from.epochMilliseconds, to: span.to.epochMilliseconds };
    // Without layers the fallback is intended, and not a gap.
    if (span.because === 'fallback' && schedule.layers.length > 0) warn('gap', times);
    for (const id of [span.person, ...span.also]) {
      const person = known.people.get(id);
      if (!person) warn('unknown', times, id);
      else if (!isReached(person, schedule, known)) warn('unreachable', times, id);
    }
  }
  return [...warnings.values()].sort((a, b) => a.from - b.from);
}

/** Channels that reach a person; the console only prints and reaches nobody. */
export function reachingChannels(person: Person, { channels }: Pick<Addresses, 'channels'>): string[] {
  return [...channels].flatMap(([name, { type }]) =>
    (type.addresses ? addressOn(type, person) !== undefined : type.type !== 'console') ? [name] : [],
  );
}

/**
 * Whether a page to the schedule reaches that person. If the escalation steps name channels, one of those must reach
 * them: another channel is tried only after a refusal, and the console never refuses.
 */
export function isReached(person: Person, { name }: OnCallSchedule, known: Known): boolean {
  const reaching = reachingChannels(person, known);
  const steps = (known.escalation['urgent'] ?? []).filter(
    ({ act, to }) => act === 'page' && to.is === 'schedule' && to.name === name,
  );
  const named = steps.flatMap(({ via }) => via);
  const isByWish = steps.length === 0 || steps.some(({ via }) => via.length === 0);
  return isByWish ? reaching.length > 0 : named.some((via) => reaching.includes(via));
}

/** The warning as a sentence, with times in the schedule's time zone. */
export function warningText(
  warning: CoverageWarning,
  schedule: OnCallSchedule,
  nameOf: (id: string) => string,
): string {
  const local = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(schedule.timeZone)
      .toPlainDateTime()
      .toString({ smallestUnit: 'minute' })
      .replace('T', ' ');
  const again = warning.more > 0 ? ` (and ${warning.more} more)` : '';
  const when = `from ${local(warning.from)} to ${local(warning.to)}${again}`;
  switch (warning.is) {
    case 'gap':
      return `only the fallback (${nameOf(schedule.fallback)}) is on call ${when}`;
    case 'unknown':
      return `${warning.person} is on call ${when} but is not listed under \`people\``;
    case 'unreachable':
      return `no configured channel reaches ${nameOf(warning.person!)}, who is on call ${when}; set one up under \`channels\` (docs/channels), or give people.${warning.person} an address for a configured channel`;
  }
}
