import type { Recipient } from './effect.ts';

/** One line of `escalation:` in the config. */
export interface EscalationStep {
  act: 'page' | 'mobilise';
  to: Recipient;
  via: string[];
  /** From the opening (or reopening) of the incident. */
  afterMs: number;
  /** Left out when this has happened by the time it is due. */
  unless?: 'acknowledged' | 'worked' | 'resolved';
  repeatMs?: number;
}

/** By priority; a priority without steps gets a ticket and no page. */
export type EscalationPolicy = Readonly<Record<string, readonly EscalationStep[]>>;
