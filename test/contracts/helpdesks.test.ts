import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAKE_STANDS } from '../support/helpdesk-stands.ts';
import { noRequestTracker, RequestTracker } from '../support/request-tracker.ts';
import { conformance, orderOf, valueOf } from './helpdesk-conformance.ts';

describe.each(FAKE_STANDS)('$name', (kind) => {
  conformance(kind);

  test('done, and the answer lost: in doubt, and found where it is looked up', async () => {
    const { fake, helpdesk } = await kind.open();
    /** The next change is done, and nobody hears of it. */
    const loseNext = () => {
      let isLost = false;
      fake.instead = ({ method, path }) => {
        // Looking something up and asking for a token changes nothing.
        if (isLost || method === 'GET' || /search|auth\/token/.test(path)) return undefined;
        isLost = true;
        return 'drop-after';
      };
    };
    const inDoubt = kind.name === 'webhook' ? 'temporary' : 'ambiguous';
    const order = orderOf();
    loseNext();
    expect((await helpdesk.create(order)).is).toBe(inDoubt);
    const [found, ...others] = valueOf(await helpdesk.findAll(order.key));
    expect([found!.key, others]).toEqual([order.key, []]);
    const note = { key: `${order.key}:ticket.note:1`, text: 'still down' };
    loseNext();
    expect((await helpdesk.note(found!.remoteId, note)).is).toBe(inDoubt);
    expect(fake.tickets[0]!.entries.filter(({ body }) => body.includes('still down'))).toHaveLength(1);
    if (helpdesk.hasEntry) expect(valueOf(await helpdesk.hasEntry(found!.remoteId, note.key))).toBe(true);
    loseNext();
    expect((await helpdesk.update(found!.remoteId, { status: 'resolved' })).is).toBe('temporary');
    expect(valueOf(await helpdesk.read!(found!.remoteId))!.status).toBe('resolved');
  });

  test('a clock that is wrong is said', async () => {
    const { fake, make } = await kind.open();
    fake.clockSkewMs = 3_600_000;
    expect(valueOf(await make({}).inspect!()).join()).toMatch(/clock of .* is 60 min ahead of ours/);
  });

  test('a limit is heeded, and an urgent ticket goes ahead of questions', async () => {
    const { fake, make } = await kind.open();
    fake.callsLeft = 0;
    const helpdesk = make({});
    const refused = await helpdesk.create(orderOf());
    expect(refused).toMatchObject({ is: 'temporary', retryAfterMs: 7_000 });
    const { length } = fake.calls;
    expect((await helpdesk.create(orderOf())).is).toBe('temporary');
    expect(fake.calls.length).toBe(length);
  });
});

if (noRequestTracker) console.warn(`skipped: request-tracker: ${noRequestTracker}`);
describe.skipIf(noRequestTracker)('request-tracker', () => {
  let tracker: RequestTracker;
  beforeAll(async () => {
    tracker = await RequestTracker.start();
  });
  afterAll(() => tracker?.stop());
  conformance({
    name: 'request-tracker',
    whose: { fields: { Requestor: 'Ann@acme.example' }, reads: { requester: 'ann@acme.example' } },
    open: async () => tracker.stand(),
    agents: { there: 'root', reads: /root/i, nobody: 'nobody-here' },
    subjectLimit: 200,
    wrong: { password: 'not-the-password' },
    misfit: { settings: { key_field: 'nope' }, says: /no custom field nope/ },
    cannot: [],
  });
});
