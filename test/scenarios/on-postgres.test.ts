import { afterAll, beforeAll, test } from 'vitest';
import { noPostgres } from '../support/postgres-server.ts';

/** Nights that go through everything that is stored: outages, escalation, restarts, a bad night with everything in it. */
const CHOSEN = ['night', 'bad-night'];

if (noPostgres) {
  console.log(`Skipped: nights on PostgreSQL; ${noPostgres}.`);
  test.skip('nights on PostgreSQL', () => {});
} else {
  const before = process.env['WATCHDESK_TEST_STORE'];
  beforeAll(() => {
    process.env['WATCHDESK_TEST_STORE'] = 'postgres';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['WATCHDESK_TEST_STORE'];
    else process.env['WATCHDESK_TEST_STORE'] = before;
  });
  // Another instance of each file, whose tests are declared here.
  for (const name of CHOSEN) {
    const again = new URL(`./${name}.test.ts?on-postgres`, import.meta.url).href;
    await import(/* @vite-ignore */ again);
  }
}
