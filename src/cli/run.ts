import { flushCompileCache } from 'node:module';
import { startApp, type App } from '../app/run-monitor.ts';
import { ListenError } from '../web/listen.ts';
import { makeLog, wantsColour } from '../observe/log.ts';
import { ownVersion } from '../observe/version.ts';
import { StoreError } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain } from './print.ts';
import { readConfig } from './read-config.ts';

export interface RunOptions {
  config: string;
  log: 'text' | 'json';
}

/** Runs the monitor until it receives a stop signal. */
export async function run(options: RunOptions): Promise<ExitCode> {
  let redact = (text: string) => text;
  const level = process.env['WATCHDESK_LOG_LEVEL'] ?? 'info';
  const log = makeLog({ format: options.log, colour: wantsColour(), level }, () => redact);
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  log.info({ version: ownVersion(), node: process.versions.node, config: options.config }, 'starting');
  // An error in one decision must not stop the monitoring of everything else; it is logged loudly instead.
  process.on('unhandledRejection', (error) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'fault');
  });
  // A reload requested during the start runs once the start is complete.
  let app: App | undefined;
  let wantsReload = false;
  process.on('SIGHUP', () => {
    if (app) void app.reload();
    else wantsReload = true;
  });
  try {
    app = await startApp({
      ...read,
      configFolder: options.config,
      log,
      setRedaction: (strike) => {
        redact = strike;
      },
    });
    // Flushed now: a killed process never gets to write it at exit.
    flushCompileCache();
    if (wantsReload) void app.reload();
    await untilStopped((signal) =>
      log.info({ signal, note: 'a second signal stops immediately' }, 'stopping'),
    );
    await app.stop();
    return EXIT.well;
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof ListenError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process. */
export function untilStopped(onFirst: (signal: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(EXIT.failed);
        asked = true;
        onFirst(signal);
        resolve();
      });
    }
  });
}
