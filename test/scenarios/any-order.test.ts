import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Night } from '../support/night.ts';

const address = (n: number) => `10.1.0.${n + 1}`;

/** A net of hosts: each hangs on groups of earlier ones, and some fail by themselves. */
const net = fc.integer({ min: 3, max: 9 }).chain((size) =>
  fc.record({
    // Names decide where in its interval a check is probed: another name, another order.
    names: fc.uniqueArray(fc.stringMatching(/^[a-z]{4,8}$/), { minLength: size, maxLength: size }),
    groups: fc.tuple(
      ...Array.from({ length: size }, (_, n) =>
        n === 0
          ? fc.constant([] as number[][])
          : fc.array(fc.uniqueArray(fc.integer({ min: 0, max: n - 1 }), { minLength: 1, maxLength: 2 }), {
              maxLength: 2,
            }),
      ),
    ),
    failing: fc.array(fc.constantFrom('well', 'well', 'refusing', 'silent'), {
      minLength: size,
      maxLength: size,
    }),
    at: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: size, maxLength: size }),
  }),
);

test('whatever the order of probes: an incident for what fails by itself, and for nothing behind it', async () => {
  await fc.assert(
    fc.asyncProperty(net, async ({ names, groups, failing }) => {
      const lines = names.map((name, n) => {
        const deps = groups[n]!.map((anyOf) => `{ any: [${anyOf.map((one) => names[one]).join(', ')}] }`);
        return `  - { name: ${name}, kind: server, address: "${address(n)}", depends_on: [${deps.join(', ')}], checks: [{ type: tcp, port: 443 }] }`;
      });
      // Nothing in common but the net, which a group would be made of too: groups are another property.
      const night = await Night.begin({
        more: 'incidents: { group_at: 1000 }',
        targets: { all: `targets:\n${lines.join('\n')}\n` },
      });
      names.forEach((_, n) =>
        night.world.behindAll(
          address(n),
          groups[n]!.map((anyOf) => anyOf.map(address)),
        ),
      );
      await night.minutes(3);
      names.forEach((_, n) => night.world.stand(address(n), failing[n]! as 'well'));
      await night.minutes(10);
      const isWell = (n: number) => night.world.isWell(address(n));
      const own = names.filter(
        (_, n) => failing[n] !== 'well' && groups[n]!.every((anyOf) => anyOf.some(isWell)),
      );
      expect((await night.raised()).sort()).toEqual(own.map((name) => `${name} open`).sort());
      const behind = names.filter((name, n) => !isWell(n) && !own.includes(name));
      const affected = night.components.keeper
        .open()
        .flatMap((incident) => incident.episode.affected.map(({ target }) => target));
      expect([...new Set(affected)].sort()).toEqual(behind.sort());
      names.forEach((_, n) => night.world.stand(address(n), 'well'));
      await night.minutes(10);
      expect(night.components.keeper.open()).toEqual([]);
      expect(night.components.gate.held()).toEqual([]);
      expect(await night.incidents()).toHaveLength(own.length);
      await night.end();
    }),
    { numRuns: process.env['TORTURE'] === 'long' ? 300 : 25 },
  );
});

const storm = fc.record({
  names: fc.uniqueArray(fc.stringMatching(/^[a-z]{4,8}$/), { minLength: 1, maxLength: 14 }),
  customers: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 14, maxLength: 14 }),
  at: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 14, maxLength: 14 }),
});

test('whenever the targets of a storm fail: each is in exactly one open incident', async () => {
  await fc.assert(
    fc.asyncProperty(storm, async ({ names, customers, at }) => {
      const files = Object.fromEntries(
        names.map((name, n) => [
          name,
          `customer: { name: C${customers[n]} }\ntargets: [{ name: ${name}, kind: server, address: "${address(n)}", checks: [{ type: tcp, port: 443 }] }]`,
        ]),
      );
      const night = await Night.begin({ more: 'defaults: { interval: 10s, timeout: 2s }', targets: files });
      await night.minutes(1);
      for (let second = 0; second <= 40; second++) {
        names.forEach((_, n) => {
          if (at[n] === second) night.world.stand(address(n), 'refusing');
        });
        await night.seconds(1);
      }
      await night.minutes(2);
      const open = night.components.keeper.open();
      const parts = open.flatMap((incident) => [...new Set(incident.failing.map(({ target }) => target))]);
      expect(parts.sort()).toEqual([...names].sort());
      for (const {
        traits,
        failing,
        episode: { group },
      } of open) {
        if (!group) expect(new Set(failing.map(({ target }) => target)).size).toBe(1);
        else expect(traits).toContain(group.trait);
      }
      names.forEach((_, n) => night.world.stand(address(n), 'well'));
      await night.minutes(2);
      expect(night.components.keeper.open()).toEqual([]);
      await night.end();
    }),
    { numRuns: process.env['TORTURE'] === 'long' ? 300 : 20 },
  );
});
