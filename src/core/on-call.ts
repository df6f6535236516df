/** One rotation: people in turn, each for one period, handing over at a local time. */
export interface OnCallLayer {
  rotation: readonly string[];
  start: Temporal.PlainDateTime;
  every: Temporal.Duration;
}

/** Somebody else for a while. Without `replace` it applies whoever is on call. */
export interface OnCallOverride {
  from: OnCallMoment;
  to: OnCallMoment;
  replace?: string;
  with: string;
}

/** Written with an offset it is exact; without, it is local to the schedule's time zone. */
export type OnCallMoment = Temporal.PlainDateTime | Temporal.Instant;

export interface OnCallSchedule {
  name: string;
  timeZone: string;
  /** A later layer wins where it applies. */
  layers: readonly OnCallLayer[];
  overrides: readonly OnCallOverride[];
  /** Who is on call when nothing else says. */
  fallback: string;
}

export interface OnCall {
  person: string;
  because: 'layer' | 'override' | 'fallback';
}

export interface OnCallSpan extends OnCall {
  from: Temporal.Instant;
  to: Temporal.Instant;
}

/** Who is on call at that moment. Calendar arithmetic: a 09:00 handoff stays 09:00 across a change of clocks. */
export function whoIsOnCall(schedule: OnCallSchedule, at: Temporal.Instant): OnCall {
  const scheduled = scheduledPerson(schedule, at);
  for (const override of schedule.overrides.toReversed()) {
    if (override.replace !== undefined && override.replace !== scheduled.person) continue;
    if (isBetween(at, override, schedule.timeZone)) return { person: override.with, because: 'override' };
  }
  return scheduled;
}

/** Who is on call between two moments, one span per unbroken duty. */
export function onCallSpans(
  schedule: OnCallSchedule,
  from: Temporal.Instant,
  to: Temporal.Instant,
): OnCallSpan[] {
  const spans: OnCallSpan[] = [];
  let start = from;
  for (const boundary of [...boundariesBetween(schedule, from, to), to]) {
    const duty = whoIsOnCall(schedule, start);
    const last = spans.at(-1);
    if (last?.person === duty.person && last.because === duty.because) last.to = boundary;
    else spans.push({ ...duty, from: start, to: boundary });
    start = boundary;
  }
  return spans;
}

function scheduledPerson(schedule: OnCallSchedule, at: Temporal.Instant): OnCall {
  const local = at.toZonedDateTimeISO(schedule.timeZone);
  for (const layer of schedule.layers.toReversed()) {
    const turn = turnAt(layer, local);
    if (turn !== undefined) {
      return { person: layer.rotation[turn % layer.rotation.length]!, because: 'layer' };
    }
  }
  return { person: schedule.fallback, because: 'fallback' };
}

/** Which turn of the rotation runs at that moment, counting from 0; undefined before it starts. */
function turnAt(layer: OnCallLayer, at: Temporal.ZonedDateTime): number | undefined {
  if (Temporal.Instant.compare(handoff(layer, 0, at.timeZoneId), at.toInstant()) > 0) return undefined;
  const start = layer.start.toZonedDateTime(at.timeZoneId);
  const whole = Math.floor(
    start.until(at).total({ unit: 'seconds', relativeTo: start }) /
      layer.every.total({ unit: 'seconds', relativeTo: start }),
  );
  // Months and days differ in length, so the estimate may be off by a turn or two.
  let turn = Math.max(0, whole - 2);
  while (Temporal.Instant.compare(handoff(layer, turn + 1, at.timeZoneId), at.toInstant()) <= 0) turn++;
  while (turn > 0 && Temporal.Instant.compare(handoff(layer, turn, at.timeZoneId), at.toInstant()) > 0)
    turn--;
  return turn;
}

/** The moment at which a turn begins, always reckoned from the start so that no rounding adds up. */
function handoff(layer: OnCallLayer, turn: number, timeZone: string): Temporal.Instant {
  return layer.start.add(times(layer.every, turn)).toZonedDateTime(timeZone).toInstant();
}

function times(duration: Temporal.Duration, count: number): Temporal.Duration {
  return Temporal.Duration.from({
    months: duration.months * count,
    weeks: duration.weeks * count,
    days: duration.days * count,
    hours: duration.hours * count,
    minutes: duration.minutes * count,
  });
}

function boundariesBetween(
  schedule: OnCallSchedule,
  from: Temporal.Instant,
  to: Temporal.Instant,
): Temporal.Instant[] {
  const found = new Map<bigint, Temporal.Instant>();
  const add = (moment: Temporal.Instant) => {
    if (Temporal.Instant.compare(moment, from) > 0 && Temporal.Instant.compare(moment, to) < 0) {
      found.set(moment.epochNanoseconds, moment);
    }
  };
  for (const layer of schedule.layers) {
    let turn = turnAt(layer, from.toZonedDateTimeISO(schedule.timeZone)) ?? 0;
    for (;;) {
      const moment = handoff(layer, turn, schedule.timeZone);
      if (Temporal.Instant.compare(moment, to) >= 0) break;
      add(moment);
      turn++;
    }
  }
  for (const override of schedule.overrides) {
    add(instantOf(override.from, schedule.timeZone));
    add(instantOf(override.to, schedule.timeZone));
  }
  return [...found.values()].sort(Temporal.Instant.compare);
}

function isBetween(at: Temporal.Instant, override: OnCallOverride, timeZone: string): boolean {
  return (
    Temporal.Instant.compare(instantOf(override.from, timeZone), at) <= 0 &&
    Temporal.Instant.compare(at, instantOf(override.to, timeZone)) < 0
  );
}

function instantOf(moment: OnCallMoment, timeZone: string): Temporal.Instant {
  return moment instanceof Temporal.Instant ? moment : moment.toZonedDateTime(timeZone).toInstant();
}
