import type { EffectKind, Recipient } from './effect.ts';
import type { EscalationStep } from './escalation.ts';
import type { Reason } from './reason.ts';
import type { Priority, TargetKind } from './target.ts';

export type IncidentStatus =
  | { is: 'open' }
  /** A human has acted on it; our own API user never counts. */
  | { is: 'worked'; at: number; by: string }
  | { is: 'resolved'; at: number; how: 'recovered' | 'by-hand' | 'removed'; by?: string };

/** A check's part in an incident: the evidence. Times are Unix milliseconds. */
export interface FailingCheck {
  check: string;
  type: string;
  subject: string;
  reason: Reason;
  message: string;
  firstFailureAt: number;
  /** Failed probes in sequence when it joined the incident. */
  failures: number;
  lastGoodAt?: number;
  log: string[];
  recoveredAt?: number;
}

export interface TicketReference {
  adapter: string;
  remoteId: string;
  url: string;
}

/** A step of the frozen escalation that is still to come. */
export interface DueStep {
  /** Index in `escalation`. */
  step: number;
  dueAt: number;
  /** 0 the first time, counting the repeats. */
  round: number;
}

export interface Told {
  to: Recipient;
  via: string;
  /** Of the message that reached them: word of the end follows it in the same order. */
  lane: string;
}

/** A target at risk, from its first failed probe until recovery; at most one open per target and priority. */
export interface Incident {
  id: string;
  target: string;
  kind: TargetKind;
  customer?: string;
  priority: Priority;
  /** The first failed probe. */
  startedAt: number;
  /** The probe that reached the threshold. */
  openedAt: number;
  status: IncidentStatus;
  reason: Reason;
  message: string;
  failing: FailingCheck[];
  ticket?: TicketReference;
  /** Frozen when the incident opens: a reload never changes a running escalation. */
  escalation: EscalationStep[];
  due: DueStep[];
  /** Who has been reached, and is told of the end. */
  told: Told[];
  /** Routes that have failed for good. */
  lost: Pick<Told, 'to' | 'via'>[];
  /** Effects decided so far, by kind: the next one's n. */
  counts: Partial<Record<EffectKind, number>>;
  reopened: number;
  /** First failed probe of the last relapse. */
  reopenedAt?: number;
}

export const isOpen = (incident: Incident): boolean => incident.status.is !== 'resolved';

/** Checks that have not come back yet. */
export const stillFailing = (incident: Incident): FailingCheck[] =>
  incident.failing.filter((check) => check.recoveredAt === undefined);

/** One line of an incident's story, for its page and for the auditor. */
export interface TimelineEvent {
  incident: string;
  at: number;
  event: TimelineEventName;
  text: string;
  by?: string;
}

export type TimelineEventName =
  | 'first-failure'
  | 'opened'
  | 'reopened'
  | 'check-joined'
  | 'check-recovered'
  | 'acknowledged'
  | 'escalated'
  | 'note'
  | 'ticket-opened'
  | 'message-accepted'
  | 'message-lost'
  | 'effect-dead'
  | 'resolved';
