import { startEscalation, type NewCode } from './escalate.ts';
import type { EscalationPolicy } from './escalation.ts';
import { isOpen, type FailingCheck, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { REASONS } from './reason.ts';
import type { Priority, Target } from './target.ts';
import { joinedNote, relapseNote, ticketBody, ticketSubject } from './ticket-text.ts';
import { plural, type Wording } from './wording.ts';

export interface CheckWentDown {
  target: Target;
  priority: Priority;
  failing: FailingCheck;
  /** The open incident of this target and priority, or the last one that was resolved. */
  current?: Incident;
  now: number;
}

export interface IncidentRules {
  escalation: EscalationPolicy;
  reopenWindowMs: number;
  wording: Wording;
  newId: () => string;
  newCode: NewCode;
}

/** A check has reached its threshold: a new incident, a relapse of the last one, or one more part of it. */
export function checkWentDown(event: CheckWentDown, rules: IncidentRules): Decision {
  const { current, now } = event;
  if (current && isOpen(current)) return join(current, event, rules);
  if (current?.status.is === 'resolved' && now - current.status.at <= rules.reopenWindowMs) {
    return reopen(current, event, rules);
  }
  return open(event, rules);
}

function open({ target, priority, failing, now }: CheckWentDown, rules: IncidentRules): Decision {
  const draft = new IncidentDraft(
    {
      id: rules.newId(),
      target: target.name,
      kind: target.kind,
      customer: target.customer?.name,
      priority,
      startedAt: failing.firstFailureAt,
      openedAt: now,
      status: { is: 'open' },
      reason: failing.reason,
      message: failing.message,
      failing: [failing],
      escalation: [...(rules.escalation[priority] ?? [])],
      due: [],
      told: [],
      lost: [],
      counts: {},
      reopened: 0,
    },
    now,
  );
  draft.event('first-failure', `First failed probe of ${failing.check}.`, { at: failing.firstFailureAt });
  draft.event(
    'opened',
    `${plural(failing.failures, 'failed probe')} in sequence: ${REASONS[failing.reason]}.`,
  );
  draft.ticket('ticket.open', {
    subject: ticketSubject(draft.incident, target),
    body: ticketBody(draft.incident, target, rules.wording),
  });
  startEscalation(draft, { is: 'outage' }, now, rules.newCode);
  return draft.done('opened');
}

function reopen(current: Incident, { target, failing, now }: CheckWentDown, rules: IncidentRules): Decision {
  const draft = new IncidentDraft(current, now);
  // A check that has been taken out of the config can never come back.
  const watched = current.failing.filter((part) => target.checks.some(({ name }) => name === part.check));
  draft.set({
    status: { is: 'open' },
    reason: failing.reason,
    message: failing.message,
    failing: withCheck(watched, failing),
    told: [],
    lost: [],
    reopened: current.reopened + 1,
    reopenedAt: failing.firstFailureAt,
  });
  draft.event('reopened', `${failing.check} fails again: ${REASONS[failing.reason]}.`);
  draft.ticket('ticket.reopen', { subject: '', body: '' });
  draft.ticket('ticket.note', { subject: '', body: relapseNote(failing, rules.wording) });
  startEscalation(draft, { is: 'again' }, now, rules.newCode);
  return draft.done('reopened');
}

function join(current: Incident, { failing, now }: CheckWentDown, rules: IncidentRules): Decision {
  const draft = new IncidentDraft(current, now);
  const known = current.failing.find((check) => check.check === failing.check);
  if (known && known.recoveredAt === undefined) return draft.done('already-failing');
  draft.set({ failing: withCheck(current.failing, failing) });
  draft.event('check-joined', `${failing.check} fails too: ${REASONS[failing.reason]}.`);
  draft.ticket('ticket.note', { subject: '', body: joinedNote(failing, rules.wording) });
  return draft.done('joined');
}

const withCheck = (failing: readonly FailingCheck[], check: FailingCheck): FailingCheck[] => [
  ...failing.filter((other) => other.check !== check.check),
  check,
];
