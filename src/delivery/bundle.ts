import { dueAt, isMessage, type Effect } from '../core/effect.ts';
import type { Deliverer } from './deliverer.ts';

/** A message that goes within another: found by that one's code, read by that one's text. */
export function standingFor(lead: Effect, follower: Effect): Effect {
  if (!isMessage(lead) || !isMessage(follower)) return follower;
  const { code, text, person } = lead.content;
  return { ...follower, content: { ...follower.content, bundledCode: code, text, person } };
}

/** The message it went within is not through: it waits to be bundled anew. */
export function waitingAgain(effect: Effect, lead: Effect, now: number): Effect {
  if (!isMessage(effect)) return effect;
  // When its own message is given up, those it stood for go on at once.
  const due = dueAt(lead) ?? now;
  const content = { ...effect.content, bundledCode: undefined, text: undefined };
  return { ...effect, content, attempts: effect.attempts - 1, state: { is: 'pending', dueAt: due } };
}

/** Who gets it, where messages to the same person go as one; a fault there is no reason to stop. */
export function bundleKeyOf(deliverer: Deliverer, effect: Effect): string | undefined {
  if (effect.state.is === 'ambiguous') return undefined;
  try {
    return deliverer.bundleKey?.(effect);
  } catch {
    return undefined;
  }
}

/** Whether it could be sent just now. */
export function isReady(deliverer: Deliverer, effect: Effect): boolean {
  try {
    return deliverer.prepare(effect, 0).is === 'ready';
  } catch {
    return false;
  }
}
