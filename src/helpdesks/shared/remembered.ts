import type { Outcome } from '../../core/effect.ts';

/** Asks once: a successful answer is kept; after any other, it is asked again. */
export function remembered<Value>(ask: () => Promise<Outcome<Value>>): () => Promise<Outcome<Value>> {
  let known: Outcome<Value> | undefined;
  return async () => {
    if (known?.is !== 'done') known = await ask();
    return known;
  };
}
