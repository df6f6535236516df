#!/usr/bin/env node
import { runProgram } from './cli/program.ts';

// Name lookups run in the thread pool, and one thread listens for echoes: four threads are too few.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

process.exitCode = await runProgram(process.argv.slice(2));
// Whatever is still open has no more to say.
process.exit();
