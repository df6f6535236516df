import { everybodyOnCall, onCallSpans, type OnCallSchedule } from '../core/on-call.ts';
import { COVERAGE_DAYS, coverageWarnings, isReached, type Known } from './coverage.ts';

const NEXT_DAYS = 60;
/** How long a computed look-ahead of ninety days stays valid. */
const LOOK_MS = 600_000;

/** Who is on call on a schedule, and whether they can be reached. Times are Unix milliseconds. */
export interface Duty {
  schedule: string;
  /** Everyone on call. */
  people: readonly string[];
  next?: string;
  until: number;
  /** At least one channel reaches each of them. */
  isReachable: boolean;
  /** First time within the look-ahead when only the fallback is on call, or a person whom no channel reaches. */
  troubleAt?: number;
}

/** The look-ahead is costly to compute and changes slowly, so it is cached. */
const ahead = new WeakMap<OnCallSchedule, { known: Known; at: number; troubleAt?: number }>();

export function dutiesAt(schedules: Iterable<OnCallSchedule>, now: number, known: Known): Duty[] {
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  return [...schedules].map((schedule): Duty => {
    const [duty, next] = onCallSpans(schedule, from, from.add({ hours: 24 * NEXT_DAYS }));
    const people = everybodyOnCall(schedule, from);
    return {
      schedule: schedule.name,
      people,
      next: next?.person,
      until: duty!.to.epochMilliseconds,
      isReachable: people.every((id) => {
        const person = known.people.get(id);
        return person !== undefined && isReached(person, schedule, known);
      }),
      troubleAt: troubleOf(schedule, now, known),
    };
  });
}

function troubleOf(schedule: OnCallSchedule, now: number, known: Known): number | undefined {
  const looked = ahead.get(schedule);
  if (looked?.known === known && now - looked.at < LOOK_MS) return looked.troubleAt;
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  const [first] = coverageWarnings(schedule, from, from.add({ hours: 24 * COVERAGE_DAYS }), known);
  ahead.set(schedule, { known, at: now, troubleAt: first?.from });
  return first?.from;
}
