import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longer than this nobody else waits for a slice. */
const SLICE_MS = 8;
/** Looking at the clock costs, too. */
const LOOK_EVERY = 16;

/** Does the same for every item, and lets others have their turn in between. */
export async function inSlices<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let begun = performance.now();
  let count = 0;
  for (const item of items) {
    work(item);
    if (++count % LOOK_EVERY !== 0 || performance.now() - begun < SLICE_MS) continue;
    await nextTurn();
    begun = performance.now();
  }
}
