import { expect, test } from 'vitest';
import { Journal } from '../../src/store/journal.ts';
import { StoreError, type Change } from '../../src/store/store.ts';
import { HandClock } from '../support/hand-clock.ts';

/** A store on a disk that may be full. */
function stand() {
  const clock = new HandClock();
  const written: string[] = [];
  const troubles: (string | undefined)[] = [];
  let full = false;
  const commit = async (change: Change) => {
    const id = change.incidents?.[0]?.id ?? change.checks!.map(({ target }) => target).join(' ');
    if (id === 'twice') throw new StoreError('conflict', 'is there');
    if (full) throw new StoreError('not-writable', 'database or disk is full');
    written.push(id);
  };
  const journal = new Journal({ commit }, clock, (trouble) => troubles.push(trouble?.message));
  const append = (id: string) => journal.append({ incidents: [{ id } as never] });
  return { clock, written, troubles, journal, append, fill: (is: boolean) => (full = is) };
}

test('a full disk delays, keeps the order, loses nothing, and is told once each way', async () => {
  const { clock, written, troubles, journal, append, fill } = stand();
  const ended: string[] = [];
  const note = (id: string) => void append(id).then(() => ended.push(id));
  note('a');
  await clock.settle();
  fill(true);
  for (const id of ['b', 'c']) note(id);
  await clock.turn(5_500);
  note('d');
  expect([written, ended, journal.blocked]).toEqual([['a'], ['a'], true]);
  fill(false);
  await clock.turn(1_000);
  note('e');
  await clock.settle();
  expect(written).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(ended).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(troubles).toEqual(['database or disk is full', undefined]);
  expect(journal.blocked).toBe(false);
});

test('what comes in while it tries again waits its turn, and nothing stays held', async () => {
  const { clock, written, journal, append, fill } = stand();
  fill(true);
  void append('a');
  await clock.settle();
  // Every second a try; in the middle of each something new.
  for (const id of ['b', 'c', 'd']) {
    clock.after(1_000, () => void append(id));
    await clock.turn(1_000);
  }
  fill(false);
  clock.after(1_000, () => void append('e'));
  await clock.turn(2_000);
  expect(written).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(journal.blocked).toBe(false);
});

test('what the store can never take is refused at once, and holds up nothing', async () => {
  const { written, append } = stand();
  await expect(append('twice')).rejects.toMatchObject({ kind: 'conflict' });
  await append('a');
  expect(written).toEqual(['a']);
});

test('of every check only the last state is kept while the disk refuses, however long; the order stays', async () => {
  const { clock, written, journal, append, fill } = stand();
  const check = (target: string) => journal.append({ checks: [{ target, check: 'http' } as never] });
  fill(true);
  void append('a');
  await clock.settle();
  let last: Promise<void> | undefined;
  for (let round = 0; round < 50_000; round++) last = check(`t${round % 3}`);
  void append('b');
  const later = check('t1');
  fill(false);
  await clock.turn(1_000);
  await Promise.all([last, later]);
  expect(written).toEqual(['a', 't0 t1 t2', 'b', 't1']);
  expect(journal.blocked).toBe(false);
});
