import { boundariesOf, isWithin, type Restriction } from './hours.ts';
import { say } from '../text/say.ts';

/** One rotation: people take turns of one period each, with handoffs at a local time. */
export interface OnCallLayer {
  rotation: readonly string[];
  start: Temporal.PlainDateTime;
  every: Temporal.Duration;
  /** The layer applies while any of these does; always when absent. The rotation goes on meanwhile. */
  only?: readonly Restriction[];
}

/** An override's change of who is on call. */
export type OnCallChange =
  /** Without `who`: replaces whoever is on call. */
  | { is: 'replace'; who?: string; with: string }
  /** Adds a second person on call. */
  | { is: 'add'; who: string }
  /** Takes a person off: the layer below applies, or the fallback. */
  | { is: 'remove'; who: string };

/** The last override of the list takes precedence. */
export interface OnCallOverride {
  from: OnCallMoment;
  to: OnCallMoment;
  change: OnCallChange;
}

/** An override that people planned while the monitor runs. Times are Unix milliseconds. */
export interface PlannedOverride {
  id: string;
  schedule: string;
  from: number;
  to: number;
  change: OnCallChange;
  by?: string;
}

/** Exact when written with an offset; otherwise local to the schedule's time zone. */
export type OnCallMoment = Temporal.PlainDateTime | Temporal.Instant;

export interface OnCallSchedule {
  name: string;
  timeZone: string;
  /** Later layers take precedence where they apply. */
  layers: readonly OnCallLayer[];
  overrides: readonly OnCallOverride[];
  /** On call when no layer or override names a person, or that person was taken off: there must always be one. */
  fallback: string;
}

export interface OnCall {
  person: string;
  because: 'layer' | 'override' | 'fallback';
  /** Further people on call in addition to `person`. */
  also: readonly string[];
}

export interface OnCallSpan extends OnCall {
  from: Temporal.Instant;
  to: Temporal.Instant;
}

/** Returns who is on call at that moment. Calendar arithmetic: a 09:00 handoff stays 09:00 across a clock change. */
export function whoIsOnCall(schedule: OnCallSchedule, at: Temporal.Instant): OnCall {
  const overrides = schedule.overrides.filter((override) => isBetween(at, override, schedule.timeZone));
  const changes = overrides.map(({ change }) => change);
  const away = new Set(changes.flatMap((change) => (change.is === 'remove' ? [change.who] : [])));
  const { person, because } = mainPerson(schedule, at, overrides, away);
  const added = changes.flatMap((change) => (change.is === 'add' ? [change.who] : []));
  const also = [...new Set(added)].filter((who) => who !== person && !away.has(who));
  return { person, because, also };
}

/** Everybody on call at that moment, the main person first. */
export function everybodyOnCall(schedule: OnCallSchedule, at: Temporal.Instant): string[] {
  const { person, also } = whoIsOnCall(schedule, at);
  return [person, ...also];
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
    if (last && isSameDuty(last, duty)) last.to = boundary;
    else spans.push({ ...duty, from: start, to: boundary });
    start = boundary;
  }
  return spans;
}

/** Everybody whom the schedule may put on call. */
export function peopleOf({ layers, overrides, fallback }: OnCallSchedule): Set<string> {
  const changed = overrides.flatMap(({ change }) =>
    change.is === 'replace' ? [change.with] : change.is === 'add' ? [change.who] : [],
  );
  return new Set([...layers.flatMap(({ rotation }) => rotation), ...changed, fallback]);
}

/** `Devon Hall in place of Maria Chen` */
export function changeText(change: OnCallChange, nameOf: (id: string) => string): string {
  switch (change.is) {
    case 'replace':
      return change.who === undefined
        ? say('words.duty-replaced-on-call', { person: nameOf(change.with) })
        : say('words.duty-replaced', { person: nameOf(change.with), other: nameOf(change.who) });
    case 'add':
      return say('words.duty-added', { person: nameOf(change.who) });
    case 'remove':
      return say('words.duty-removed', { person: nameOf(change.who) });
  }
}

const isSameDuty = (a: OnCall, b: OnCall): boolean =>
  a.person === b.person && a.because === b.because && a.also.join('\n') === b.also.join('\n');

function mainPerson(
  schedule: OnCallSchedule,
  at: Temporal.Instant,
  overrides: readonly OnCallOverride[],
  away: ReadonlySet<string>,
): Pick<OnCall, 'person' | 'because'> {
  let current = scheduledPerson(schedule, at, away);
  let by: OnCallOverride | undefined;
  // Applied in order: a substitute may be replaced. Two with the same times are a swap and do not undo each other.
  for (const override of overrides) {
    const { change } = override;
    if (change.is !== 'replace' || away.has(change.with)) continue;
    const isOtherHalf = by !== undefined && isSameTime(by, override, schedule.timeZone);
    if (change.who === undefined || (change.who === current.person && !isOtherHalf)) {
      current = { person: change.with, because: 'override' };
      by = override;
    }
  }
  return current;
}

const isSameTime = (a: OnCallOverride, b: OnCallOverride, timeZone: string): boolean =>
  instantOf(a.from, timeZone).equals(instantOf(b.from, timeZone)) &&
  instantOf(a.to, timeZone).equals(instantOf(b.to, timeZone));

function scheduledPerson(
  schedule: OnCallSchedule,
  at: Temporal.Instant,
  away: ReadonlySet<string>,
): Pick<OnCall, 'person' | 'because'> {
  const { timeZone } = schedule;
  const local = at.toZonedDateTimeISO(timeZone);
  for (const layer of schedule.layers.toReversed()) {
    if (layer.only && !layer.only.some((restriction) => isWithin(restriction, at, timeZone))) continue;
    const turn = turnAt(layer, local);
    const person = turn === undefined ? undefined : layer.rotation[turn % layer.rotation.length]!;
    if (person !== undefined && !away.has(person)) return { person, because: 'layer' };
  }
  return { person: schedule.fallback, because: 'fallback' };
}

/** Index of the turn of the rotation at that moment, from 0; undefined before it starts. */
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

/** The moment at which a turn begins, always computed from the start so that rounding does not accumulate. */
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
    for (const restriction of layer.only ?? []) {
      boundariesOf(restriction, from, to, schedule.timeZone).forEach(add);
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

export function instantOf(moment: OnCallMoment, timeZone: string): Temporal.Instant {
  return moment instanceof Temporal.Instant ? moment : moment.toZonedDateTime(timeZone).toInstant();
}
