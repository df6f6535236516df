import type { OnCallSchedule, PlannedOverride } from '../core/on-call.ts';

/** The config's schedules, combined with the overrides that people have planned. */
export class Roster {
  #configured: ReadonlyMap<string, OnCallSchedule> = new Map();
  #schedules: ReadonlyMap<string, OnCallSchedule> | undefined;
  readonly #planned = new Map<string, PlannedOverride>();

  set configured(schedules: ReadonlyMap<string, OnCallSchedule>) {
    this.#configured = schedules;
    this.#schedules = undefined;
  }

  /** The schedules in force, with overrides. */
  get schedules(): ReadonlyMap<string, OnCallSchedule> {
    return (this.#schedules ??= withOverrides(this.#configured, [...this.#planned.values()]));
  }

  add(override: PlannedOverride): void {
    this.#planned.set(override.id, override);
    this.#schedules = undefined;
  }

  /** Returns false when there is no override with that id. */
  remove(id: string): boolean {
    this.#schedules = undefined;
    return this.#planned.delete(id);
  }

  get(id: string): PlannedOverride | undefined {
    return this.#planned.get(id);
  }

  /** Planned overrides that have not ended, ordered by start. */
  list(now: number): PlannedOverride[] {
    return [...this.#planned.values()].filter(({ to }) => to > now).sort((a, b) => a.from - b.from);
  }

  /** Ids of overrides that have ended. */
  over(now: number): string[] {
    return [...this.#planned.values()].filter(({ to }) => to <= now).map(({ id }) => id);
  }
}

/** Overrides planned by people follow those of the config, and so take precedence. */
export function withOverrides(
  schedules: ReadonlyMap<string, OnCallSchedule>,
  planned: readonly PlannedOverride[],
): Map<string, OnCallSchedule> {
  return new Map(
    [...schedules].map(([name, schedule]) => {
      const own = planned
        .filter((override) => override.schedule === name)
        .map(({ from, to, change }) => ({ from: instant(from), to: instant(to), change }));
      return [
        name,
        own.length === 0 ? schedule : { ...schedule, overrides: [...schedule.overrides, ...own] },
      ];
    }),
  );
}

const instant = (ms: number): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(ms);
