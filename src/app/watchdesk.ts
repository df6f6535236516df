import type { Config } from '../config/config.ts';
import { assemble, type InForce, type World } from './assemble.ts';
import type { Components } from './components.ts';
import { readLastRun } from './last-run.ts';
import { lifecycleOf } from './lifecycle-of.ts';
import { SenseOfTime } from './sense-of-time.ts';

/** All components that monitor, decide and deliver, as one. */
export interface Watchdesk {
  components: Components;
  /** Restores what the last run stored. Nothing is probed or sent before `start`. */
  restore(): Promise<void>;
  start(): Promise<void>;
  /** Puts a new config into force. */
  apply(config: Config): Promise<void>;
  /** The wall clock was stepped by so many milliseconds. */
  clockStepped(byMs: number): Promise<void>;
  /** Nothing ran for so many milliseconds. */
  slept(ms: number): void;
  /** The current problems; empty when there are none. */
  complaints(): string[];
  /** Ends; resolves when what was under way has ended. */
  stop(givenUp?: Promise<unknown>): Promise<void>;
}

/** Assembles all components that monitor, decide and deliver; the outside world is passed in. */
export function watchdesk(inForce: InForce, world: World): Watchdesk {
  const { clock, store, events } = world;
  const components = assemble(inForce, world, () => lifecycle.complaints());
  const lifecycle = lifecycleOf(components, inForce, world);
  const time = new SenseOfTime({
    clock,
    onStalled(ms) {
      events.onPause('stalled', ms);
      lifecycle.slept(ms);
    },
    onMinute: (now) => lifecycle.prune(now),
  });
  lifecycle.add({ name: 'sense of time', start: () => time.start(), stop: () => time.stop() });
  return {
    components,
    restore: async () => lifecycle.restore(await readLastRun(store, inForce.config, clock.now())),
    start: () => lifecycle.start(),
    apply: (next) => lifecycle.apply(next),
    clockStepped(byMs) {
      events.onPause('clock-set', byMs);
      return lifecycle.clockStepped(byMs);
    },
    slept(ms) {
      events.onPause('slept', ms);
      lifecycle.slept(ms);
    },
    complaints: () => lifecycle.complaints(),
    stop: (givenUp) => lifecycle.stop(givenUp),
  };
}
