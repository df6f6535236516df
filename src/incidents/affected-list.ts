import type { Clock, Timer } from '../core/clock.ts';
import type { AffectedTarget } from '../core/episode.ts';

/** Children of one parent fail one after another; the incident is told of them together. */
const GATHER_MS = 1_000;

type Affected = Omit<AffectedTarget, 'until'>;

/** Gathers targets that fail behind an incident: a router with a thousand children is not a thousand writes. */
export class AffectedList {
  readonly #clock: Clock;
  readonly #tell: (incident: string, targets: Affected[]) => void;
  readonly #gathered = new Map<string, Map<string, Affected>>();
  #timer: Timer | undefined;

  constructor(clock: Clock, tell: (incident: string, targets: Affected[]) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(incident: string, affected: Affected): void {
    const listed = this.#gathered.get(incident) ?? new Map<string, Affected>();
    this.#gathered.set(incident, listed.set(affected.target, affected));
    this.#timer ??= this.#clock.after(GATHER_MS, () => this.#flush());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#gathered.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const gathered = [...this.#gathered];
    this.#gathered.clear();
    for (const [incident, listed] of gathered) this.#tell(incident, [...listed.values()]);
  }
}
