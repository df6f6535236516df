#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiled code is kept with the packages, where only who installs may write: the next start takes half the time.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'));
// Name lookups run in the thread pool, and one thread listens for echoes: four threads are too few.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(process.argv.slice(2), async (options) =>
  (await import('./demo/demo.ts')).demo(options),
);
// Whatever is still open has no more to say.
process.exit();
