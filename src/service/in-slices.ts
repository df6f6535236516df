import { setImmediate as nextTurn } from 'node:timers/promises';

/** The longest that other work waits for a slice. */
const SLICE_MS = 8;
/** Reading the clock costs time, too. */
const LOOK_EVERY = 16;

/** Does the same work for every item, and lets other work run in between. */
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
