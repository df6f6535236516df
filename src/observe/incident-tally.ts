import type { Incident, ResolvedHow } from '../core/incident.ts';

export interface Told {
  /** It has just begun. */
  isNew?: boolean;
  /** From the breach to the first act of a human, when that has just come. */
  acknowledgedMs?: number;
  /** When it has just ended. */
  resolved?: { afterMs: number; how: ResolvedHow; wasWorked: boolean };
}

/** Tells of every incident once when somebody first has it, and once when it ends. */
export class IncidentTally {
  /** Incidents that are open, and whether a human has acted on them. */
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
