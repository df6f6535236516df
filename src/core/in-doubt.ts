import { cautionMs, isMessage, MOST_DOUBTS, type Effect, type Outcome } from './effect.ts';

/** What happens to an effect of which it is unknown whether it was done, and why. */
export type DoubtVerdict<Value> =
  /** The lookup has settled the question: that is the outcome. */
  | { do: 'record'; outcome: Outcome<Value>; because: 'found' | 'can-never-be-known' }
  /** The effect is certainly not there, or has an idempotency key: it is sent as if for the first time. */
  | { do: 'send'; because: 'not-there' | 'is-told-apart-by-its-key' }
  /** A duplicate message is better than none: it is sent again and says that it may be a duplicate. */
  | { do: 'send-again'; because: 'not-found' | 'cannot-be-looked-up' }
  | { do: 'give-up'; doubts: number; because: 'sent-too-often' }
  /** It is still unknown whether the effect was done: nothing is sent. */
  | { do: 'look-again'; dueAt: number; because: 'may-not-be-visible-yet' | 'look-up-failed' };

/**
 * The remote system offers no lookup. An effect that carries our idempotency key is sent again; a message is repeated a
 * few times, since a duplicate is better than none.
 */
export function inDoubtForEver(effect: Effect): DoubtVerdict<never> {
  if (!isMessage(effect)) return { do: 'send', because: 'is-told-apart-by-its-key' };
  const { doubts = 0 } = effect;
  return doubts < MOST_DOUBTS
    ? { do: 'send-again', because: 'cannot-be-looked-up' }
    : { do: 'give-up', doubts, because: 'sent-too-often' };
}

/**
 * The effect has been looked up. A duplicate ticket is worse than a late one: it is sent again only when it was not
 * found after everything that may hide it is over. `lagMs`: how long a finished effect may stay invisible.
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
    // A message that was not found has almost certainly not been sent, but the repeats must end.
    return doubts < 2 * MOST_DOUBTS
      ? { do: 'send-again', because: 'not-found' }
      : { do: 'give-up', doubts, because: 'sent-too-often' };
  }
  if (found.is !== 'done')
    return { do: 'look-again', dueAt: now + lookAgainMs(now - state.since), because: 'look-up-failed' };
  if (isVisible) return { do: 'send', because: 'not-there' };
  return { do: 'look-again', dueAt: visibleAt, because: 'may-not-be-visible-yet' };
}

/** Looks up again after half of the time that the outcome has been unknown, from a second to a minute. */
const lookAgainMs = (unknownMs: number): number => Math.min(60_000, Math.max(1_000, unknownMs / 2));
