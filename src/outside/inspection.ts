import type { Outcome } from '../core/effect.ts';

/** What in the config does not fit a helpdesk or channel as it is. */
export interface Inspection {
  /** Name in the config. */
  name: string;
  outcome: Outcome<string[]>;
}
