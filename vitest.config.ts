import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What waits for whole processes begins first, so that nothing long is left for the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weight = ({ moduleId }: TestSpecification) => {
      if (/helpdesk\.test|promise\.test|torture|trust\.test|helpdesks\.test|answers\.test/.test(moduleId))
        return 0;
      return moduleId.includes('/scenarios/') ? 1 : 2;
    };
    return files.toSorted((a, b) => weight(a) - weight(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    // On two cores: half of the time is spent waiting for whole processes, which run beside the tests.
    maxWorkers: 3,
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: 'test-results.json' },
  },
});
