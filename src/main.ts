import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from './program-folder.ts';

// Compiled code is kept with the packages, where only who installs may write: the next start takes half the time.
// NODE_COMPILE_CACHE names another place, such as the cache of a service.
enableCompileCache(process.env['NODE_COMPILE_CACHE'] || join(PACKAGE_FOLDER, 'node_modules/.cache/compiled'));
// Name lookups run in the thread pool, and one thread listens for echoes: four threads are too few.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(process.argv.slice(2), async (options) =>
  (await import('./demo/demo.ts')).demo(options),
);
// Whatever is still open has no more to say.
process.exit();
