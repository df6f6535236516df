import { everybodyOnCall, onCallSpans, type OnCallSchedule } from '../core/on-call.ts';
import { COVERAGE_DAYS, coverageWarnings, isReached, type Known } from './coverage.ts';

const NEXT_DAYS = 60;
/** Ninety days ahead are looked at again after this long. */
const LOOK_MS = 600_000;

/** Who is on call by a schedule, and whether that holds. Times are Unix milliseconds. */
export interface Duty {
  schedule: string;
  /** Everybody who is. */
  people: readonly string[];
  next?: string;
  until: number;
  /** Some channel reaches each of them. */
  isReachable: boolean;
  /** The first time within the days looked at when nobody but the fallback is on call, or somebody whom nothing reaches. */
  troubleAt?: number;
}

/** What lies ahead is costly to reckon and changes slowly: it is kept for a while. */
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
