import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAKE_STANDS } from '../support/helpdesk-stands.ts';
import { noRequestTracker, RequestTracker } from '../support/request-tracker.ts';
import { conformance, orderOf, valueOf } from './helpdesk-conformance.ts';

describe.each(FAKE_STANDS)('$name', (kind) => {
  conformance(kind);

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
  }, 60_000);
  afterAll(() => tracker?.stop());
  conformance({
    name: 'request-tracker',
    open: async () => tracker.stand(),
    subjectLimit: 200,
    wrong: { password: 'not-the-password' },
    misfit: { settings: { key_field: 'nope' }, says: /no custom field nope/ },
    cannot: [],
  });
});
