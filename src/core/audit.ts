import { isMessage, type Effect, type Message } from './effect.ts';
import { isOpen, type Incident } from './incident.ts';

/** An escalation step or chore that is overdue by more than this counts as missed. */
const STEP_LATE_MS = 10_000;
/** An effect that has been ready to send for longer than this counts as forgotten. */
const EFFECT_LATE_MS = 15_000;
/** A page that was attempted and is not accepted after this time also takes the next route. */
const PAGE_PATIENCE_MS = 60_000;
/** So does a page that has waited for its first attempt this long; a bundle waits half a minute at most. */
const WAITING_PATIENCE_MS = 120_000;
/** By then it should be known whether an ambiguous effect was done. */
const DOUBT_MS = 10 * 60_000;

export const FINDINGS = [
  'no-due-step',
  'step-overdue',
  'effect-overdue',
  'lease-expired',
  'unplaced',
  'not-stored',
  'long-in-doubt',
  'check-stuck',
] as const;

/** A state that must never occur: the auditor repairs and reports it. */
export interface Finding {
  is: (typeof FINDINGS)[number];
  /** Id of the incident, effect or check. */
  what: string;
}

export interface AuditFacts {
  now: number;
  incidents: readonly Incident[];
  /** Effects that are not settled. */
  effects: readonly Effect[];
  /** Whether it is the effect's turn and its queue has room, yet no worker claims it. */
  isStuck: (effect: Effect) => boolean;
  /** Whether the effect has been under way for longer than any attempt may take. */
  hasExpired: (effect: Effect) => boolean;
  /** Checks at risk that have neither an incident nor a reason for suppression. */
  unplaced: readonly string[];
  /** Checks that have dropped out of the probe schedule. */
  stuck: readonly string[];
  /** Ids that the store holds as unfinished; undefined while the store accepts no writes. */
  stored?: { incidents: readonly string[]; effects: readonly string[] };
}

/** Proves that nothing has been forgotten: every open incident has a due step, and nothing is overdue. */
export function audit({
  now,
  incidents,
  effects,
  isStuck,
  hasExpired,
  unplaced,
  stuck,
  stored,
}: AuditFacts): Finding[] {
  const findings: Finding[] = [
    ...unplaced.map((what): Finding => ({ is: 'unplaced', what })),
    ...stuck.map((what): Finding => ({ is: 'check-stuck', what })),
  ];
  const open = incidents.filter(isOpen);
  for (const { id, episode, chores } of open) {
    const dueAts = [
      ...episode.due.map(({ dueAt }) => dueAt),
      chores.reviewAt,
      chores.newsAt ?? Infinity,
      chores.holdAt ?? Infinity,
    ];
    if (!Number.isFinite(chores.reviewAt)) findings.push({ is: 'no-due-step', what: id });
    else if (Math.min(...dueAts) < now - STEP_LATE_MS) findings.push({ is: 'step-overdue', what: id });
  }
  for (const effect of effects) {
    const { state, id } = effect;
    if (hasExpired(effect)) findings.push({ is: 'lease-expired', what: id });
    if (state.is === 'ambiguous' && state.since < now - DOUBT_MS)
      findings.push({ is: 'long-in-doubt', what: id });
    if ('dueAt' in state && state.dueAt < now - EFFECT_LATE_MS && isStuck(effect)) {
      findings.push({ is: 'effect-overdue', what: id });
    }
  }
  if (stored) {
    const known = new Set([...open.map(({ id }) => id), ...effects.map(({ id }) => id)]);
    // A test page sent from the command line is not this process's to finish.
    const ours = stored.effects.filter((id) => !id.startsWith('test-'));
    for (const what of [...stored.incidents, ...ours]) {
      if (!known.has(what)) findings.push({ is: 'not-stored', what });
      known.delete(what);
    }
    for (const what of known) findings.push({ is: 'not-stored', what });
  }
  return findings;
}

/** Pages that are not accepted after a minute, or after two when not attempted yet, whatever holds them up. */
export function delayedPages(effects: readonly Effect[], now: number): Effect<Message>[] {
  return effects.filter(isMessage).filter(({ kind, attempts, createdAt, content }) => {
    const patience = attempts > 0 ? PAGE_PATIENCE_MS : WAITING_PATIENCE_MS;
    return kind === 'page' && createdAt < now - patience && content.occasion.is !== 'test';
  });
}
