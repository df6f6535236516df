import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueQueue } from '../../src/core/due-queue.ts';

test('gives what is due in order of time, whatever order it came in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000)), fc.nat(1_000), (times, now) => {
      const queue = new DueQueue<number>();
      times.forEach((time, index) => queue.push(time, index));
      const taken: number[] = [];
      for (let due = queue.popDue(now); due; due = queue.popDue(now)) {
        expect(times[due.item]).toBe(due.dueMs);
        taken.push(due.dueMs);
      }
      expect(taken).toEqual(times.filter((time) => time <= now).sort((a, b) => a - b));
      expect(queue.nextMs).toBe(times.filter((time) => time > now).sort((a, b) => a - b)[0]);
    }),
  );
});
