import { afterAll, beforeAll, describe } from 'vitest';
import { FAKE_STANDS } from '../support/helpdesk-stands.ts';
import { noRequestTracker, RequestTracker } from '../support/request-tracker.ts';
import { conformance } from './helpdesk-conformance.ts';

describe.each(FAKE_STANDS)('$name', (kind) => conformance(kind));

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
    misfit: { settings: { key_field: 'nope' }, says: /no custom field nope/ },
    cannot: [],
  });
});
