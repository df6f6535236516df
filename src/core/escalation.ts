import type { Recipient } from './effect.ts';

/** One line of `escalation:` in the config. */
export interface EscalationStep {
  act: 'page' | 'mobilise';
  to: Recipient;
  /** Empty: as each person wants it. */
  via: string[];
  /** From the opening (or reopening) of the incident. */
  afterMs: number;
  /** Left out when this has happened by the time it is due; a step or repeat that comes later waits for `acknowledged` unless it says otherwise. */
  unless?: 'acknowledged' | 'worked' | 'resolved';
  repeatMs?: number;
  /** Steps of one line of the config are one step to people, who escalate by them. */
  line?: number;
}

/** By priority; a priority without steps gets a ticket and no page. */
export type EscalationPolicy = Readonly<Record<string, readonly EscalationStep[]>>;
