import { expect, test } from 'vitest';
import { Breather } from '../../src/observe/breather.ts';
import { surveyChecks } from '../../src/observe/survey.ts';
import type { WatchedCheck } from '../../src/probing/watched-check.ts';

test('a target is as well as the worst of its checks, in whatever order they come', async () => {
  const check = (target: string, name: string, is: string) =>
    ({
      target: { name: target },
      check: { name, type: 'http', subject: `http://${target}/` },
      prepared: {},
      state: { health: { is } },
    }) as unknown as WatchedCheck;
  const watched = [
    check('a', '1', 'down'),
    check('a', '2', 'up'),
    check('b', '1', 'up'),
    check('b', '2', 'suspect'),
  ];
  const { healthOf, counts } = await surveyChecks(
    { watched: () => watched.values() as never },
    new Breather(),
  );
  expect([...healthOf]).toEqual([
    ['a', 'down'],
    ['b', 'suspect'],
  ]);
  expect([...counts.checks]).toEqual([
    ['down', 1],
    ['up', 2],
    ['suspect', 1],
  ]);
  expect([...counts.targets]).toEqual([
    ['down', 1],
    ['suspect', 1],
  ]);
});
