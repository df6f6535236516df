import type { Outcome } from '../core/effect.ts';

/** What of the config does not fit one helpdesk or channel as it is. */
export interface Inspection {
  /** Name in the config. */
  name: string;
  outcome: Outcome<string[]>;
}
