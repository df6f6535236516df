import { expect, test } from 'vitest';
import { dayBounds, historyDays, uptimeOf } from '../../src/core/history.ts';
import { Night } from '../support/night.ts';

const TARGETS = `targets:
  - name: shop
    kind: server
    address: 10.0.0.1
    checks:
      - { type: tcp, port: 443 }
      - { type: tcp, name: batch, port: 25, priority: low }
  - name: extra
    kind: server
    address: 10.0.0.2
    checks: [{ type: tcp, port: 443 }, { type: tcp, name: spare, port: 25, counts: false, priority: low }]
`;

test('uptime on the public page counts the checks that its sentence speaks of, and none that does not count', async () => {
  const night = await Night.begin({ targets: { a: TARGETS } });
  await night.minutes(10);
  const { history, field } = night.components;
  const uptime = (spans: readonly Parameters<typeof historyDays>[0][number][]) =>
    uptimeOf(historyDays(spans, dayBounds(1, night.clock.now(), 'UTC'), night.clock.now()));
  const [shop, extra] = field.targets;
  // Both checks of a target fail together here; what is told apart is what counts where.
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(30);
  night.world.stand('10.0.0.1', 'well');
  await night.minutes(20);
  expect(history.ownSpansOf('shop').filter(({ state }) => state === 'down')).toHaveLength(1);
  const urgent = night.components.historyWatch.spansFor(shop!, ['urgent'])!;
  expect(urgent.filter(({ state }) => state === 'down')).toHaveLength(1);
  expect(night.components.historyWatch.spansFor(shop!, ['high'])).toBeUndefined();
  expect(uptime(urgent)).toBeLessThan(1);

  // What does not count keeps quiet everywhere.
  await night.minutes(5);
  expect(history.ownSpansOf('extra').filter(({ state }) => state === 'down')).toEqual([]);
  expect(
    night.components.historyWatch.spansFor(extra!, ['low'])!.filter(({ state }) => state === 'down'),
  ).toEqual([]);
});

test('what was told apart outlives a restart', async () => {
  const night = await Night.begin({ targets: { a: TARGETS } });
  await night.minutes(10);
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(10);
  await night.crash();
  await night.boot();
  night.world.stand('10.0.0.1', 'well');
  await night.minutes(20);
  const [shop] = night.components.field.targets;
  const down = (spans: readonly { state: string; to?: number }[]) =>
    spans.filter(({ state }) => state === 'down');
  for (const spans of [
    night.components.history.ownSpansOf('shop'),
    night.components.historyWatch.spansFor(shop!, ['urgent', 'low'])!,
  ]) {
    expect(down(spans).length).toBeGreaterThan(0);
    expect(down(spans).every(({ to }) => to !== undefined)).toBe(true);
  }
});
