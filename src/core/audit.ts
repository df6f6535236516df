import { isMessage, type Effect, type Message } from './effect.ts';
import { isOpen, type Incident } from './incident.ts';

/** A step that is taken this much later than due was not taken. */
const STEP_LATE_MS = 10_000;
/** An effect that could leave and has not for this long has been forgotten. */
const EFFECT_LATE_MS = 15_000;
/** A page that has been tried and is not through takes the next route as well. */
const PAGE_PATIENCE_MS = 60_000;
/** One that waits for its turn that long does as well; a bundle waits half a minute at most. */
const WAITING_PATIENCE_MS = 120_000;
/** Whether something was done outside should be known by then. */
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

/** Something that must not be: it is repaired, and said aloud. */
export interface Finding {
  is: (typeof FINDINGS)[number];
  /** Incident, effect or check. */
  what: string;
}

export interface AuditFacts {
  now: number;
  incidents: readonly Incident[];
  /** Not settled. */
  effects: readonly Effect[];
  /** It is its turn, its queue has room, and nobody takes it. */
  isStuck: (effect: Effect) => boolean;
  /** Under way for longer than any attempt may take. */
  hasExpired: (effect: Effect) => boolean;
  /** Checks at risk that have neither an incident nor a reason to wait. */
  unplaced: readonly string[];
  /** Checks that have fallen out of the round of probes. */
  stuck: readonly string[];
  /** What the store holds as unfinished; undefined while it takes no writes. */
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
    // A test page of the command line is none of ours to finish.
    const ours = stored.effects.filter((id) => !id.startsWith('test-'));
    for (const what of [...stored.incidents, ...ours]) {
      if (!known.has(what)) findings.push({ is: 'not-stored', what });
      known.delete(what);
    }
    for (const what of known) findings.push({ is: 'not-stored', what });
  }
  return findings;
}

/** Pages that are not through after a minute, whatever keeps them. */
export function delayedPages(effects: readonly Effect[], now: number): Effect<Message>[] {
  return effects.filter(isMessage).filter(({ kind, attempts, createdAt, content }) => {
    const patience = attempts > 0 ? PAGE_PATIENCE_MS : WAITING_PATIENCE_MS;
    return kind === 'page' && createdAt < now - patience && content.occasion.is !== 'test';
  });
}
