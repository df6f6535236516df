import type { Agent } from '../../src/core/agent.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Effect } from '../../src/core/effect.ts';
import { STEADY } from '../../src/core/flapping.ts';
import type { Incident } from '../../src/core/incident.ts';
import { sampleIncident } from '../support/sample-incident.ts';
import { open, STORES, type StoreKind } from '../support/stores.ts';

const incident = (id: string, more: Partial<Incident> = {}): Incident => sampleIncident({ id, ...more });

const effect = (incident_: string, n = 1, state: Effect['state'] = { is: 'pending', dueAt: 0 }): Effect => ({
  id: `${incident_}:ticket.open:${n}`,
  incident: incident_,
  kind: 'ticket.open',
  n,
  lane: `ticket/${incident_}`,
  createdAt: 0,
  attempts: 0,
  state,
  content: { is: 'ticket', helpdesk: 'desk', key: incident_, subject: '', body: '', priority: 'urgent' },
});

const here = STORES.filter(({ missing }) => missing === undefined);
for (const { name, missing } of STORES)
  if (missing !== undefined) console.log(`Skipped: the store on ${name}; ${missing}.`);

const AGENT: Agent = {
  id: 'a1',
  location: 'toronto',
  invitedAt: 1,
  invitedBy: 'maria',
  state: { is: 'invited', tokenHash: 'h', until: 2 },
};

describe.each(here)('the store on $name', ({ address }: StoreKind) => {
  const opened = async () => {
    const store = await open(await address());
    onTestFinished(() => store.close());
    return store;
  };

  test('gives back what was committed, after it was closed', async () => {
    const at = await address();
    const first = await open(at);
    const state = { health: { is: 'up', since: 5 } as const, flap: STEADY, lastGoodAt: 6 };
    await first.commit({
      checks: [{ target: 'shop', check: 'http', state }],
      sightings: [{ target: 'shop', check: 'http', location: 'toronto', state }],
      agents: [AGENT],
      incidents: [incident('A')],
      newEffects: [effect('A')],
    });
    await first.close();
    const second = await open(at);
    expect(await second.load(0)).toEqual({
      checks: [{ target: 'shop', check: 'http', state }],
      sightings: [{ target: 'shop', check: 'http', location: 'toronto', state }],
      agents: [AGENT],
      incidents: [incident('A')],
      effects: [effect('A')],
      beats: [],
      receipts: [],
      windows: [],
      overrides: [],
      marks: [],
    });
    await second.close();
  });

  test('refuses a second effect of the same incident, kind and n, with all of its change', async () => {
    const store = await opened();
    await store.commit({ incidents: [incident('A')], newEffects: [effect('A')] });
    await expect(
      store.commit({ incidents: [incident('B', { target: 'blog' })], newEffects: [effect('A')] }),
    ).rejects.toMatchObject({ kind: 'conflict' });
    expect(await store.incident('B')).toBeUndefined();
    expect(store.writable()).toBe(true);
  });

  test('refuses a second open incident of one target and priority', async () => {
    const store = await opened();
    await store.commit({ incidents: [incident('A')] });
    await expect(store.commit({ incidents: [incident('B')] })).rejects.toMatchObject({ kind: 'conflict' });
    await store.commit({
      incidents: [incident('A', { status: { is: 'resolved', at: 9, how: 'recovered' } })],
    });
    await store.commit({ incidents: [incident('B')] });
  });

  test('one refusal among changes of the same moment spoils no other', async () => {
    const store = await opened();
    await store.commit({ newEffects: [effect('A')] });
    const outcomes = await Promise.allSettled([
      store.commit({ incidents: [incident('X', { target: 'x' })] }),
      store.commit({ newEffects: [effect('A')] }),
      store.commit({ incidents: [incident('Y', { target: 'y' })] }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await store.incidents({ limit: 10 })).items.map(({ id }) => id)).toEqual(['Y', 'X']);
  });

  test('pages through lists, newest first, without a gap or a double', async () => {
    const store = await opened();
    for (let n = 0; n < 25; n++) await store.commit({ incidents: [incident(`I${n}`, { target: `t${n}` })] });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.incidents({ limit: 7, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `I${24 - n}`));
  });

  test('loads what was resolved lately, or still has something to be done', async () => {
    const store = await opened();
    const resolved = (id: string, at: number) =>
      incident(id, { target: id, status: { is: 'resolved', at, how: 'recovered' } });
    await store.commit({
      incidents: [resolved('old', 10), resolved('new', 100), resolved('busy', 10)],
      newEffects: [effect('busy'), effect('old', 1, { is: 'dead', at: 1, why: '' })],
    });
    expect((await store.load(50)).incidents.map(({ id }) => id).sort()).toEqual(['busy', 'new']);
  });
});
