import { accessSync, constants, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest begins first, so that nothing long is left for the end; most of it is waiting for whole processes. */
const LONGEST = [
  /torture/,
  /package|contracts\/helpdesks|scenarios\/(helpdesk|instances|promise|trust|answers|mailbox|hostile-mail|eyes|desk-pages)\./,
  /scenarios\/(sign-in|status-page|outage|paging|wall-many|firm-server|base-path|live-page|simulate|plugins|restore)\./,
  /policies|blackbox|dashboards|scenarios/,
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((one) => one.test(moduleId));
      return index === -1 ? LONGEST.length : index;
    };
    return files.toSorted((a, b) => place(a) - place(b));
  }
}

/** Stores of tests are synced to memory where there is room: a third of the time went into waiting for the disk. */
function inMemory(): { TMPDIR?: string } {
  const folder = '/dev/shm';
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 2 ** 30 ? { TMPDIR: folder } : {};
  } catch {
    return {};
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/build-program.ts',
    env: inMemory(),
    // A test waits as long as progress is made (test/support/until.ts); this ends one that makes none.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    sequence: { sequencer: LongestFirst },
    // On two cores: most of the time is spent waiting for whole processes, which run beside the tests.
    maxWorkers: 6,
    // No test leaves anything behind for the next one, and a worker of its own for each file costs a third of a second.
    isolate: false,
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: 'test-results.json' },
  },
});
