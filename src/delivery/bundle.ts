import { dueAt, isMessage, type Effect } from '../core/effect.ts';
import type { Deliverer } from './deliverer.ts';

/** A message bundled into a lead message: it takes over the lead's code and text. */
export function standingFor(lead: Effect, follower: Effect): Effect {
  if (!isMessage(lead) || !isMessage(follower)) return follower;
  const { code, text, person } = lead.content;
  return { ...follower, content: { ...follower.content, bundledCode: code, text, person } };
}

/** The lead message did not get through: the follower waits to be bundled again. */
export function waitingAgain(effect: Effect, lead: Effect, now: number): Effect {
  if (!isMessage(effect)) return effect;
  // If the lead itself is given up, its followers are due at once.
  const due = dueAt(lead) ?? now;
  const content = { ...effect.content, bundledCode: undefined, text: undefined };
  return { ...effect, content, attempts: effect.attempts - 1, state: { is: 'pending', dueAt: due } };
}

/** The key by which messages to the same recipient are bundled; an error in it must not stop delivery. */
export function bundleKeyOf(deliverer: Deliverer, effect: Effect): string | undefined {
  if (effect.state.is === 'ambiguous') return undefined;
  try {
    return deliverer.bundleKey?.(effect);
  } catch {
    return undefined;
  }
}

/** True if the effect could be sent right now. */
export function isReady(deliverer: Deliverer, effect: Effect): boolean {
  try {
    return deliverer.prepare(effect, 0).is === 'ready';
  } catch {
    return false;
  }
}
