import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EVERYTHING, type HistorySpan } from '../../src/core/history.ts';
import { History } from '../../src/history/history.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const texts = (spans: readonly HistorySpan[]) =>
  spans.map(({ target, state, from, to }) => `${target} ${state} ${from}–${to ?? ''}`);

async function stand() {
  const path = join(await temporaryFolder(), 'w.db');
  const faults: unknown[] = [];
  const begin = () => {
    const store = sqliteStore(path, { exclusive: true });
    const history = new History({
      commit: (change) => store.commit(change),
      onFault: (error) => faults.push(error),
    });
    return { store, history };
  };
  return { begin, faults };
}

test('down and coming back are one outage, kept over a restart that nobody saw coming', async () => {
  const { begin, faults } = await stand();
  const first = begin();
  first.history.restore([], undefined, 1_000);
  first.history.note('shop', 'up', 2_000);
  first.history.note('shop', 'suspect', 3_000);
  first.history.note('shop', 'down', 4_000);
  first.history.note('shop', 'recovering', 5_000);
  first.history.note('shop', 'down', 6_000);
  await first.store.close();

  const second = begin();
  second.history.restore(await second.store.history(0), 7_000, 9_000);
  second.history.note('shop', 'down', 9_000);
  second.history.note('shop', 'up', 10_000);
  expect(texts(second.history.spansOf('shop'))).toEqual([
    '* unknown 0–1000',
    '* unknown 7000–9000',
    'shop down 4000–10000',
  ]);
  await second.store.close();
  const third = begin();
  expect(texts(await third.store.history(0)).sort()).toEqual([
    '* unknown 0–1000',
    '* unknown 7000–9000',
    'shop down 4000–10000',
  ]);
  expect(texts(await third.store.history(9_500))).toEqual(['shop down 4000–10000']);
  await third.store.close();
  expect(faults).toEqual([]);
});

test('a time without sight is said once for all, and of what comes later nothing was known', async () => {
  const { begin } = await stand();
  const { store, history } = begin();
  history.restore([], undefined, 1_000);
  history.noteSight(true, 2_000);
  history.noteSight(true, 2_500);
  history.noteSight(false, 3_000);
  history.firstSeen(['late'], 4_000);
  expect(texts(history.ownSpansOf(EVERYTHING))).toEqual(['* unknown 0–1000', '* unknown 2000–3000']);
  expect(texts(history.ownSpansOf('late'))).toEqual(['late unknown 0–4000']);
  history.forget(3_500);
  expect(texts(history.spansOf('late'))).toEqual(['late unknown 0–4000']);
  await store.close();
});

test('a clock that is set moves what lasts with it, and only that', async () => {
  const { begin } = await stand();
  const { store, history } = begin();
  history.note('shop', 'down', 10_000);
  history.note('blog', 'down', 11_000);
  history.note('blog', 'up', 12_000);
  history.shift(-5_000);
  history.note('shop', 'up', 6_000);
  expect(texts(history.ownSpansOf('shop'))).toEqual(['shop down 5000–6000']);
  expect(texts(history.ownSpansOf('blog'))).toEqual(['blog down 11000–12000']);
  await store.close();
  const again = begin();
  expect(texts(await again.store.history(0)).sort()).toEqual([
    'blog down 11000–12000',
    'shop down 10000–10000',
    'shop down 5000–6000',
  ]);
  await again.store.close();
});

test('what is down while work is planned counts neither way, from its beginning to its end', async () => {
  const { begin } = await stand();
  const { store, history } = begin();
  history.note('shop', 'down', 1_000);
  history.note('shop', 'down', 2_000, true);
  history.note('shop', 'recovering', 3_000, true);
  history.note('shop', 'down', 4_000, false);
  history.note('shop', 'up', 5_000);
  expect(texts(history.ownSpansOf('shop'))).toEqual([
    'shop down 1000–2000',
    'shop planned 2000–4000',
    'shop down 4000–5000',
  ]);
  await store.close();
});
