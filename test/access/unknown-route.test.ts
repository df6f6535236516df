import { expect, test } from 'vitest';
import { unknownRoute } from '../../src/web/may.ts';

test.each([
  ['/status/nothing', 'nothing'],
  ['/login/nothing', 'nothing'],
  ['/forgotten/nothing', 'nothing'],
  ['/healthz/nothing', 'nothing'],
  ['/api/v1/heartbeats/token/nothing', 'nothing'],
  ['/hooks', 'nothing'],
  ['/portal/nothing', 'signed-in'],
  ['/account/nothing', 'signed-in'],
  ['/api/v1/nothing', 'viewer'],
  ['/statusless', 'viewer'],
  ['/nothing', 'viewer'],
])('who is told that %s leads nowhere: %s', (path, needs) => {
  expect(unknownRoute(path).needs).toBe(needs);
});
