import { describe, expect, test } from 'vitest';
import { Night, tcpTargets, isOnPostgres } from '../support/night.ts';

const HOUR = 3_600_000;
const shop = { targets: { all: tcpTargets(['shop']) } };
const repage = `{ urgent: [{ page: operations-manager, via: [sms] }, { after: 60m, page: operations-manager, via: [sms], repeat: 60m }] }`;

describe('time', () => {
  for (const [what, byMs] of [
    ['an hour forward', HOUR],
    ['an hour back', -HOUR],
    ['a year forward', 365 * 24 * HOUR],
    ['a year back', -365 * 24 * HOUR],
  ] as const) {
    test(`the clock is set ${what}: no page comes early, none is missing, nothing lasts less than nothing`, async () => {
      const night = await Night.begin({ ...shop, escalation: repage });
      await night.minutes(3);
      night.world.stand('10.0.0.1', 'refusing');
      await night.minutes(30);
      expect(night.sent).toHaveLength(1);
      night.clock.set(byMs);
      await night.clock.settle();
      const moved = night.watchdesk.clockStepped(byMs);
      await night.clock.settle();
      await moved;
      await night.minutes(20);
      expect(night.sent).toHaveLength(1);
      await night.minutes(20);
      expect(night.sent).toHaveLength(2);
      await night.minutes(60);
      expect(night.sent).toHaveLength(3);
      const [incident] = await night.incidents();
      const lasted = night.clock.now() - incident!.startedAt;
      expect(lasted).toBeGreaterThan(2 * HOUR);
      expect(lasted).toBeLessThan(2.5 * HOUR);
      expect(await night.raised()).toEqual(['shop open']);
      night.world.stand('10.0.0.1', 'well');
      await night.minutes(5);
      expect(night.texts().at(-1)).toMatch(/^RECOVERED shop up since .* after 2 h/);
    });
  }

  test('after a sleep of three hours there is one reminder and no avalanche of probes', async () => {
    const night = await Night.begin({ ...shop, escalation: repage });
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(30);
    // The machine sleeps: the wall clock goes on, everything else stands still.
    night.clock.set(3 * HOUR);
    night.world.asked = [];
    night.watchdesk.slept(3 * HOUR);
    await night.seconds(1);
    expect(night.sent).toHaveLength(2);
    expect(night.world.asked.length).toBeLessThanOrEqual(2);
    // Due at 1, 2 and 3 hours: one reminder stood for all, the next one is that of the fourth hour.
    await night.minutes(25);
    expect(night.sent).toHaveLength(2);
    await night.minutes(8);
    expect(night.sent).toHaveLength(3);
    await night.minutes(60);
    expect(night.sent).toHaveLength(4);
    const gaps = night.sent
      .slice(1)
      .map(({ at }, index) => Math.round((at - night.sent[index]!.at) / 60_000));
    expect(gaps).toEqual([gaps[0], 240 - gaps[0]!, 60]);
  });
});

describe('a page', () => {
  const routes = `{ urgent: [{ page: operations-manager, via: [sms] }, { page: devon, via: [email], after: 10m }] }`;

  test('that is refused for good takes the next route at once', async () => {
    const night = await Night.begin({
      ...shop,
      escalation: routes,
      send: async ({ recipient }) =>
        recipient === 'Maria Chen' ? { is: 'permanent', why: 'opted out' } : { is: 'done', value: 'x' },
    });
    await night.minutes(2);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(3);
    expect(night.sent.map(({ to }) => to)).toEqual(['sms Devon Hall']);
    expect(night.said).toContain('page dead');
  });

  test('that is not through after a minute takes the next route as well, and is tried on', async () => {
    let isUp = false;
    const night = await Night.begin({
      ...shop,
      escalation: routes,
      send: async ({ recipient }) =>
        isUp || recipient !== 'Maria Chen'
          ? { is: 'done', value: 'x' }
          : { is: 'temporary', why: 'no connection' },
    });
    await night.minutes(2);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    expect(night.sent.map(({ to }) => to)).toEqual(['sms Devon Hall']);
    isUp = true;
    await night.minutes(2);
    expect(night.sent.map(({ to }) => to)).toEqual(['sms Devon Hall', 'sms Maria Chen']);
  });

  test('of a relapse takes its detour as the first one did', async () => {
    const night = await Night.begin({
      ...shop,
      escalation: routes,
      send: async ({ recipient }) =>
        recipient === 'Maria Chen' ? { is: 'temporary', why: 'no connection' } : { is: 'done', value: 'x' },
    });
    await night.minutes(2);
    for (const standing of ['refusing', 'well', 'refusing'] as const) {
      night.world.stand('10.0.0.1', standing);
      await night.minutes(5);
    }
    const down = night.texts().filter((text) => text.startsWith('URGENT'));
    expect(down).toHaveLength(2);
    expect(down[1]).toContain('down again');
  });

  test('that was accepted and then not delivered takes the next route', async () => {
    const night = await Night.begin({
      ...shop,
      escalation: routes,
      receipt: (id) =>
        night.sent.findIndex((one) => one.id === id) === 0
          ? { is: 'undelivered', why: 'the phone is off' }
          : { is: 'delivered' },
    });
    await night.minutes(2);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen', 'sms Devon Hall']);
    const states = (await night.store.effects({ limit: 10, kinds: ['page'] })).items.map(
      ({ state }) => state.is,
    );
    expect(states).toEqual(['confirmed', 'dead']);
  });

  test('whose receipt is still to come is asked for after a restart', async () => {
    let delivered = false;
    const night = await Night.begin({
      ...shop,
      receipt: () => (delivered ? { is: 'delivered' } : { is: 'under-way' }),
    });
    await night.minutes(2);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(3);
    await night.crash();
    delivered = true;
    await night.boot();
    await night.minutes(20);
    const [page] = (await night.store.effects({ limit: 10, kinds: ['page'] })).items;
    expect(page!.state.is).toBe('confirmed');
  });
});

describe('a restart', () => {
  // Instances of a PostgreSQL decide only by clocks that are near the database's.
  test.skipIf(isOnPostgres)('with the clock set back meanwhile delays nothing by that', async () => {
    let isUp = false;
    const night = await Night.begin({
      ...shop,
      send: async () => (isUp ? { is: 'done', value: 'x' } : { is: 'temporary', why: 'no connection' }),
    });
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    await night.crash();
    night.clock.set(-3 * HOUR);
    isUp = true;
    await night.boot();
    await night.minutes(3);
    expect(night.sent.length).toBeGreaterThan(0);
    expect((await night.incidents())[0]!.startedAt).toBeLessThan(night.clock.now());
  });
});

describe('the auditor', () => {
  test('takes messages that wait to be bundled for what they are', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `t${n + 1}`);
    const night = await Night.begin({
      targets: { all: tcpTargets(names) },
      more: 'incidents: { group_at: 1000 }',
    });
    await night.minutes(3);
    for (let n = 1; n <= 40; n++) {
      night.world.stand(`10.0.0.${n}`, 'refusing');
      await night.seconds(3);
    }
    await night.minutes(5);
    expect(night.components.keeper.open()).toHaveLength(40);
    expect(night.said.filter((line) => line.startsWith('finding'))).toEqual([]);
  });

  test('finds nothing in a night in which all goes well', async () => {
    const night = await Night.begin({ ...shop, escalation: repage });
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(90);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(10);
    expect(night.said.filter((line) => line.startsWith('finding'))).toEqual([]);
    expect(night.watchdesk.complaints()).toEqual([]);
  });

  test('finds and takes a step that nobody took', async () => {
    const night = await Night.begin({ ...shop, escalation: repage });
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(30);
    // The timer of the steps is lost.
    night.components.keeper.stop();
    await night.minutes(40);
    expect(night.said.some((line) => line.startsWith('finding step-overdue'))).toBe(true);
    expect(night.sent).toHaveLength(2);
  });

  test('opens the incident of a check at risk that nobody has placed', async () => {
    const night = await Night.begin(shop);
    await night.minutes(3);
    // What a check says is lost on its way.
    night.components.gate.changed = async () => {};
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    expect(night.said.some((line) => line.startsWith('finding unplaced'))).toBe(true);
    expect(await night.raised()).toEqual(['shop open']);
  });

  test('takes a check that fell out of the round back into it', async () => {
    const night = await Night.begin({
      ...shop,
      more: 'connectivity: { anchors: ["tcp://192.0.2.1:53"] }',
    });
    await night.minutes(3);
    // An answer about our own sight never comes.
    night.components.lookout.doubt = () => new Promise(() => {});
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(2);
    night.components.lookout.doubt = () => undefined;
    await night.minutes(4);
    expect(night.said).toContain('finding check-stuck shop/tcp');
    expect(await night.raised()).toEqual(['shop open']);
    expect(night.watchdesk.complaints()).toEqual([]);
  });

  test('misses in the store what is not there, and writes it', async () => {
    const night = await Night.begin(shop);
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    const unfinished = night.store.unfinished;
    night.store.unfinished = async () => ({ incidents: [], effects: [] });
    await night.seconds(12);
    expect(night.said.some((line) => line.startsWith('finding not-stored'))).toBe(true);
    expect(night.watchdesk.complaints().join()).toContain('not-stored');
    night.store.unfinished = unfinished;
    await night.seconds(12);
    expect(night.watchdesk.complaints()).toEqual([]);
  });
});

describe('a fault of our own', () => {
  test('in one decision ends neither the probing of that check nor the audit', async () => {
    const night = await Night.begin(shop);
    await night.minutes(3);
    const wentDown = night.components.keeper.wentDown;
    night.components.keeper.wentDown = () => {
      throw new Error('not expected');
    };
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    expect(night.said.some((line) => line.startsWith('fault Error: not expected'))).toBe(true);
    night.components.keeper.wentDown = wentDown;
    night.world.asked = [];
    await night.minutes(2);
    expect(night.world.asked).toContain('10.0.0.1');
    expect(await night.raised()).toEqual(['shop open']);
    expect(night.watchdesk.complaints()).toEqual([]);
  });
});

describe('every open incident', () => {
  test('pages anew when what was accepted has never been delivered', async () => {
    const night = await Night.begin({
      ...shop,
      receipt: (id) => {
        const index = night.sent.findIndex((one) => one.id === id);
        return index < 2 ? { is: 'undelivered', why: 'the phone is off' } : { is: 'delivered' };
      },
    });
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen', 'sms Devon Hall']);
    await night.minutes(20);
    expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen', 'sms Devon Hall', 'sms Maria Chen']);
  });

  test('is looked at again: a ticket that was lost is opened anew', async () => {
    const night = await Night.begin({ ...shop, escalation: '{}' });
    await night.minutes(3);
    const { desk } = night.components.office;
    const open = desk.open;
    let refusals = 0;
    desk.open = async () => {
      refusals++;
      throw Object.assign(new Error('broken'), {});
    };
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    expect(refusals).toBeGreaterThan(1);
    desk.open = open;
    await night.minutes(5);
    expect(await night.tickets()).toHaveLength(1);
    const [incident] = night.components.keeper.open();
    expect(incident!.chores.reviewAt).toBeGreaterThan(night.clock.now());
  });
});

describe('the watchdog', () => {
  const daily = { ...shop, more: 'watchdog: { page_daily: "23:00" }' };

  test('sends a test page every day, and is content when it arrives', async () => {
    const night = await Night.begin({ ...daily, receipt: () => ({ is: 'delivered' }) });
    await night.minutes(59);
    expect(night.sent).toEqual([]);
    await night.minutes(30);
    expect(night.texts()).toEqual([expect.stringMatching(/^TEST page from Watchdesk for Maria Chen/)]);
    await night.minutes(24 * 60);
    expect(night.sent).toHaveLength(2);
    expect(await night.raised()).toEqual([]);
  });

  test('opens an incident of the monitor itself when no receipt comes', async () => {
    const night = await Night.begin({ ...daily, receipt: () => ({ is: 'under-way' }) });
    await night.minutes(90);
    expect(await night.raised()).toEqual(['this-monitor open']);
    expect((await night.tickets())[0]!.subject).toBe(
      'URGENT: this-monitor is failing: test page not delivered',
    );
  });
});
