import type { Incident, ResolvedHow } from '../core/incident.ts';

export interface Told {
  /** The incident has just opened. */
  isNew?: boolean;
  /** From the probe that reached the threshold to the first human action, if that has just happened. */
  acknowledgedMs?: number;
  /** Set when it has just been resolved. */
  resolved?: { afterMs: number; how: ResolvedHow; wasWorked: boolean };
}

/** Reports every incident once when it is first acknowledged, and once when it is resolved. */
export class IncidentTally {
  /** Open incidents, and whether a human has acknowledged them. */
  readonly #open = new Map<string, { wasWorked: boolean }>();

  restore(incidents: readonly Incident[]): void {
    for (const { id, status } of incidents) {
      if (status.is !== 'resolved') this.#open.set(id, { wasWorked: status.is === 'worked' });
    }
  }

  take({ id, status, episode }: Incident): Told {
    const known = this.#open.get(id);
    if (status.is === 'resolved') {
      this.#open.delete(id);
      if (!known) return {};
      const afterMs = Math.max(0, status.at - episode.startedAt);
      return { resolved: { afterMs, how: status.how, wasWorked: known.wasWorked } };
    }
    const wasWorked = known?.wasWorked ?? false;
    this.#open.set(id, { wasWorked: wasWorked || status.is === 'worked' });
    // A relapse is the same incident again.
    const isNew = known === undefined && episode.number === 1;
    if (status.is !== 'worked' || wasWorked) return { isNew };
    return { isNew, acknowledgedMs: Math.max(0, status.at - episode.openedAt) };
  }
}
