import { cautionMs, isMessage, MOST_DOUBTS, type Effect, type Outcome } from './effect.ts';

/** What is done with an effect of which nobody knows whether it has arrived, and why. */
export type DoubtVerdict<Value> =
  /** The question is answered: that is its outcome. */
  | { do: 'record'; outcome: Outcome<Value>; because: 'found' | 'can-never-be-known' }
  /** It is certainly not there: it is sent as if for the first time. */
  | { do: 'send'; because: 'not-there' | 'is-told-apart-by-its-key' }
  /** A second message is better than none: it is sent once more and says that it may be a double. */
  | { do: 'send-again'; because: 'not-found' | 'cannot-be-looked-up' }
  | { do: 'give-up'; doubts: number; because: 'sent-too-often' }
  /** Neither done nor not done yet: nothing is sent. */
  | { do: 'look-again'; dueAt: number; because: 'may-not-be-visible-yet' | 'look-up-failed' };

/**
 * Nothing can be looked up where it would be. What carries our idempotency key is sent again; a message is repeated a
 * few times, since a second one is better than none.
 */
export function inDoubtForEver(effect: Effect): DoubtVerdict<never> {
  if (!isMessage(effect)) return { do: 'send', because: 'is-told-apart-by-its-key' };
  const { doubts = 0 } = effect;
  return doubts < MOST_DOUBTS
    ? { do: 'send-again', because: 'cannot-be-looked-up' }
    : { do: 'give-up', doubts, because: 'sent-too-often' };
}

/**
 * It has been looked for. A second ticket is worse than a late one: only when it was not found, after all that may hide
 * it is over, is it sent again. `lagMs`: how long what was done may stay invisible.
 */
export function inDoubt<Value>(
  effect: Effect & { state: Extract<Effect['state'], { is: 'ambiguous' }> },
  found: Outcome<Value | null>,
  now: number,
  lagMs: number,
): DoubtVerdict<Value> {
  const { doubts = 0, state } = effect;
  if (found.is === 'done' && found.value !== null)
    return { do: 'record', outcome: { is: 'done', value: found.value }, because: 'found' };
  const isMail = isMessage(effect);
  if (found.is === 'permanent' && !isMail)
    return { do: 'record', outcome: found, because: 'can-never-be-known' };
  const visibleAt = state.since + lagMs + (isMail ? 0 : cautionMs(effect));
  const isVisible = visibleAt <= now;
  if (isVisible && isMail) {
    // Looked for and not found is nearly certain; but not for ever.
    return doubts < 2 * MOST_DOUBTS
      ? { do: 'send-again', because: 'not-found' }
      : { do: 'give-up', doubts, because: 'sent-too-often' };
  }
  if (found.is !== 'done')
    return { do: 'look-again', dueAt: now + lookAgainMs(now - state.since), because: 'look-up-failed' };
  if (isVisible) return { do: 'send', because: 'not-there' };
  return { do: 'look-again', dueAt: visibleAt, because: 'may-not-be-visible-yet' };
}

/** Looks again after half of the time that it has been unknown, from a second to a minute. */
const lookAgainMs = (unknownMs: number): number => Math.min(60_000, Math.max(1_000, unknownMs / 2));
