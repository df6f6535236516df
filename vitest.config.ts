import { accessSync, constants, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG =
  /helpdesk\.test|promise\.test|torture|package|trust\.test|helpdesks\.test|answers\.test|eyes\.test|desk-pages|sign-in|status-page|outage\.test|paging\.test|policies|drop-in|mailbox\.test|hostile-mail|wall-many|firm-server/;

/** What waits for whole processes begins first, so that nothing long is left for the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weight = ({ moduleId }: TestSpecification) =>
      LONG.test(moduleId) ? 0 : moduleId.includes('/scenarios/') ? 1 : 2;
    return files.toSorted((a, b) => weight(a) - weight(b));
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
