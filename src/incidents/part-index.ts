import { allTargets, stillFailing, type Incident } from '../core/incident.ts';

/** From this many parts on, a set is faster than a linear search. */
const MANY_PARTS = 32;

/** Finds the incidents of a target without searching all of them: the auditor asks for every check. */
export class PartIndex {
  /** Ids of incidents that have ever included a target. */
  readonly #byTarget = new Map<string, Set<string>>();
  readonly #byAffected = new Map<string, Set<string>>();
  /** Failing parts of large incidents; a changed incident is a new object. */
  readonly #failing = new WeakMap<Incident, ReadonlySet<string>>();

  put(incident: Incident): void {
    for (const target of allTargets(incident)) {
      const ids = this.#byTarget.get(target);
      if (ids) ids.add(incident.id);
      else this.#byTarget.set(target, new Set([incident.id]));
    }
    for (const { target } of incident.episode.affected) {
      const ids = this.#byAffected.get(target);
      if (ids) ids.add(incident.id);
      else this.#byAffected.set(target, new Set([incident.id]));
    }
  }

  delete(incident: Incident): void {
    for (const target of allTargets(incident)) {
      const ids = this.#byTarget.get(target);
      ids?.delete(incident.id);
      if (ids?.size === 0) this.#byTarget.delete(target);
    }
    for (const { target } of incident.episode.affected) {
      const ids = this.#byAffected.get(target);
      ids?.delete(incident.id);
      if (ids?.size === 0) this.#byAffected.delete(target);
    }
  }

  /** Ids of incidents behind which a target has failed. */
  affectedIdsOf(target: string): readonly string[] {
    return [...(this.#byAffected.get(target) ?? [])];
  }

  idsOf(target: string): Iterable<string> {
    return this.#byTarget.get(target) ?? [];
  }

  /** Whether that check fails in that incident and has not recovered. */
  isFailing(incident: Incident, target: string, check: string): boolean {
    if (incident.failing.length < MANY_PARTS) {
      return incident.failing.some(
        (part) => part.recoveredAt === undefined && part.target === target && part.check === check,
      );
    }
    let keys = this.#failing.get(incident);
    if (!keys) {
      keys = new Set(stillFailing(incident).map((part) => keyOf(part.target, part.check)));
      this.#failing.set(incident, keys);
    }
    return keys.has(keyOf(target, check));
  }
}

const keyOf = (target: string, check: string): string => `${target}\n${check}`;
