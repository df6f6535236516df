import { flushCompileCache } from 'node:module';
import type { Instance } from '../app/instance.ts';
import { startApp, type App } from '../app/run-monitor.ts';
import type { Config } from '../config/config.ts';
import { redactor } from '../core/redact.ts';
import { ListenError } from '../web/listen.ts';
import { makeLog, wantsColour } from '../observe/log.ts';
import { ownVersion } from '../observe/version.ts';
import { StoreError } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain } from './print.ts';
import { untilStopped } from './until-stopped.ts';
import { readConfig } from './read-config.ts';

export interface RunOptions {
  config: string;
  log: 'text' | 'json';
  /** Only with PostgreSQL: name of this instance, and the URL at which the others reach it. */
  instance?: string;
  advertise?: string;
  /** Where it stands: it probes what is probed from there. */
  location?: string;
}

/** Runs the monitor until it receives a stop signal. */
export async function run(options: RunOptions): Promise<ExitCode> {
  let redact = (text: string) => text;
  const level = process.env['WATCHDESK_LOG_LEVEL'] ?? 'info';
  const log = makeLog({ format: options.log, colour: wantsColour(), level }, () => redact);
  let read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const isShared = read.config.store.is === 'postgres';
  const misuse = (isShared ? undefined : onlyForSeveral(options)) ?? unknownLocation(options, read.config);
  if (misuse !== undefined) {
    complain(misuse);
    return EXIT.usage;
  }
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
  let instance: Instance | undefined;
  const stopped = untilStopped((signal) =>
    log.info({ signal, note: 'a second signal stops immediately' }, 'stopping'),
  );
  try {
    if (read.config.store.is === 'postgres') {
      redact = redactor(read.config.secrets);
      instance = await (await import('./stand-by.ts')).standBy(read, options, log);
      const outcome = await Promise.race([instance.decides(), stopped.then(() => 'stopped' as const)]);
      if (outcome === 'stopped') {
        await instance.stop();
        return EXIT.well;
      }
      // The files may have changed while it stood by: it starts with those that made it fit to, whatever came since.
      read = { ...read, config: outcome.config, configSources: outcome.sources };
    }
    app = await startApp({
      ...read,
      ...(instance && { instance }),
      ...(options.location !== undefined && { location: options.location }),
      configFolder: options.config,
      log,
      setRedaction: (strike) => {
        redact = strike;
      },
    });
    // Flushed now: a killed process never gets to write it at exit.
    flushCompileCache();
    if (wantsReload) void app.reload();
    await stopped;
    await app.stop();
    await instance?.stop();
    return EXIT.well;
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof ListenError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
}

/** What is wrong with options that only several instances have; undefined when none is given. */
function onlyForSeveral({ instance, advertise }: RunOptions): string | undefined {
  const given = Object.entries({ instance, advertise }).find(([, value]) => value !== undefined);
  return (
    given &&
    `--${given[0]}: several instances need a store that they share, such as store: postgres://user:password@host/watchdesk`
  );
}

function unknownLocation({ location }: RunOptions, { locations }: Config): string | undefined {
  if (location === undefined || locations.size === 0 || locations.has(location)) return undefined;
  return `--location ${location}: the config has no such location; known: ${[...locations.keys()].join(', ')}`;
}
