import { expect, test } from 'vitest';
import { SerialQueues } from '../../src/core/serial-queues.ts';

const gate = () => Promise.withResolvers<void>();

test('work of one key goes in order, work of others beside it', async () => {
  const queues = new SerialQueues<string>();
  const said: string[] = [];
  const [first, other] = [gate(), gate()];
  const a1 = queues.run('a', async () => {
    said.push('a1 begins');
    await first.promise;
    said.push('a1 ends');
  });
  const a2 = queues.run('a', async () => void said.push('a2'));
  const b1 = queues.run('b', async () => {
    await other.promise;
    said.push('b1');
  });
  other.resolve();
  await b1;
  first.resolve();
  await Promise.all([a1, a2]);
  expect(said).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
});

test('a failure is the caller’s own, and the next goes on', async () => {
  const queues = new SerialQueues<number>();
  const failed = queues.run(1, async () => {
    throw new Error('no');
  });
  const after = queues.run(1, async () => 'well');
  await expect(failed).rejects.toThrow('no');
  expect(await after).toBe('well');
});

test('what reads, decides and writes loses no change, however many come at once', async () => {
  const queues = new SerialQueues<number>();
  const stored = new Map<number, number>();
  const add = (key: number) =>
    queues.run(key, async () => {
      const read = stored.get(key) ?? 0;
      await new Promise(setImmediate);
      stored.set(key, read + 1);
    });
  await Promise.all(Array.from({ length: 300 }, (_, n) => add(n % 3)));
  expect([...stored.values()]).toEqual([100, 100, 100]);
});
