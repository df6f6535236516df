import type { Recipient } from './effect.ts';

/** One line of `escalation:` in the config. */
export interface EscalationStep {
  act: 'page' | 'mobilise';
  to: Recipient;
  /** Channels; empty: as each person prefers. */
  via: string[];
  /** From the opening (or reopening) of the incident. */
  afterMs: number;
  /** Skipped when this has happened by the time it is due; later steps and repeats default to `acknowledged`. */
  unless?: 'acknowledged' | 'worked' | 'resolved';
  repeatMs?: number;
  /** Steps from one line of the config count as one step when a human escalates. */
  line?: number;
}

/** Steps by priority; a priority without steps gets a ticket and no page. */
export type EscalationPolicy = Readonly<Record<string, readonly EscalationStep[]>>;
