import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const CORES = availableParallelism();

/** How many processes want to run for each core, at least 1. Elsewhere than on Linux nobody knows, and it is 1. */
function crowd(): number {
  try {
    // `0.52 0.58 0.59 3/467 11206`: https://man7.org/linux/man-pages/man5/proc_loadavg.5.html
    const running = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[3]!.split('/')[0]);
    return Math.max(1, running / CORES);
  } catch {
    return 1;
  }
}

/**
 * Time as far as there was a core to use it: on a machine on which four want to run where one can, an hour is a quarter
 * of an hour. What is waited for by it has had the time that it would have had on an idle machine.
 */
export class FairTime {
  #last = performance.now();
  #elapsedMs = 0;

  /** Milliseconds since it was made; to be asked often, for the crowd is counted when it is asked. */
  elapsedMs(): number {
    const now = performance.now();
    this.#elapsedMs += (now - this.#last) / crowd();
    this.#last = now;
    return this.#elapsedMs;
  }
}
