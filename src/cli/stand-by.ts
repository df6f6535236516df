import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { configFingerprint } from '../app/config-in-force.ts';
import { joinInstances, type Instance, type InstancePorts } from '../app/instance.ts';
import type { Catalogue, Config } from '../config/config.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Log } from '../observe/log.ts';
import { SystemClock } from '../probing/system-clock.ts';
import { storeName } from '../store/store-address.ts';
import { StoreError } from '../store/store.ts';
import { EXIT } from './exit-code.ts';
import { complain } from './print.ts';

const NAME = /^[\w.-]{1,60}$/;

export interface StandByOptions {
  config: string;
  instance?: string;
  advertise?: string;
  location?: string;
}

/** Joins the instances that share the config's PostgreSQL. Rejects with a StoreError or a ListenError. */
export async function standBy(
  { config, catalogue }: { config: Config; catalogue: Catalogue },
  options: StandByOptions,
  log: Log,
): Promise<Instance> {
  const { store } = config;
  if (store.is !== 'postgres') throw new Error(`${storeName(store)} cannot be shared`);
  const name = options.instance ?? hostname();
  if (!NAME.test(name))
    throw new StoreError(
      'not-writable',
      `--instance ${name}: expected up to 60 letters, digits, dots and dashes`,
    );
  const { advertise } = options;
  if (advertise !== undefined && !/^https?:\/\/[^\s/]+$/.test(advertise))
    throw new StoreError(
      'not-writable',
      `--advertise ${advertise}: expected a URL of scheme, host and port, such as http://10.0.0.11:8080`,
    );
  return joinInstances(
    store.url,
    {
      name,
      ...(advertise !== undefined && { advertise }),
      ...(options.location !== undefined && { location: options.location }),
    },
    {
      clock: new SystemClock(),
      log,
      config,
      checkTypes: catalogue.checkTypes,
      ownConfig: ownConfig(options.config, catalogue),
      onSuperseded(by) {
        // At once: what this process holds in memory is no longer so. Whatever supervises it starts it anew.
        complain(`Instance "${by}" has taken over. This process ends, to start anew as a standby.`);
        process.exit(EXIT.failed);
      },
    },
  );
}

/** A config is built anew when one of its files has changed, and now and then for files that were added. */
const BUILD_EVERY_MS = 15_000;

/** What the config's files say at present. */
function ownConfig(folder: string, catalogue: Catalogue): InstancePorts['ownConfig'] {
  let known: Awaited<ReturnType<InstancePorts['ownConfig']>> | undefined;
  let sources: readonly string[] = [];
  let seen = '';
  let builtAt = -Infinity;
  /** The files that were read, and the names of all that lie there: one that was added is not among the first. */
  const look = async () =>
    JSON.stringify([
      await configFingerprint(folder, sources),
      (await readdir(folder, { recursive: true }).catch(() => [])).toSorted(),
    ]);
  return async () => {
    const now = await look();
    if (known !== undefined && now === seen && performance.now() - builtAt < BUILD_EVERY_MS) return known;
    const loaded = await loadConfig(folder, catalogue);
    sources = loaded.sources;
    seen = await look();
    builtAt = performance.now();
    known =
      loaded.is === 'config'
        ? {
            is: 'config',
            config: loaded.config,
            sources,
            fingerprint: await configFingerprint(folder, sources),
          }
        : { is: 'problem', problem: problemLine(loaded.problems[0]!) };
    return known;
  };
}
