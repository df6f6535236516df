import type { Priority } from './target.ts';

/** A place from which is probed, as configured. */
export interface LocationSettings {
  /** Not heard of for this long, it is lost. */
  lostAfterMs: number;
  /** Priority of the incident when it is lost or blind. */
  priority: Priority;
  /** Anchors of its own; absent: those of `connectivity`. */
  anchors?: readonly string[];
}
