import { randomBytes } from 'node:crypto';
import { Registry, collectDefaultMetrics, Gauge } from 'prom-client';
import { ANSWER_KEY } from '../answering/answer-links.ts';
import { Agent } from 'undici';
import { runAgent, type RunningAgent } from '../agent/run-agent.ts';
import { instanceCredential } from '../locations/roster.ts';
import type { CheckTypes } from '../probing/registry.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Standing } from '../core/lease.ts';
import type { Log } from '../observe/log.ts';
import { ownVersion } from '../observe/version.ts';
import { durabilityRisk } from '../store/durability.ts';
import { Instances } from '../store/instances.ts';
import { openPostgres, type PostgresDatabase } from '../store/postgres-database.ts';
import type { FileStore } from '../store/file-store.ts';
import { sqlFiles } from '../store/sql-files.ts';
import { sqlStore } from '../store/sql-store.ts';
import { StoreError, type Store } from '../store/store.ts';
import { keyFor } from '../outside/signature.ts';
import { frontServer } from '../web/front-server.ts';
import { CONFIG_MARK } from './config-in-force.ts';
import type { ServiceManager } from './service-manager.ts';
import { serviceManagerHere } from './service-manager-here.ts';
import { Door } from './door.ts';

/** What only this machine knows, so never in the shared config. */
export interface InstanceOptions {
  /** Its name among the instances. */
  name: string;
  /** URL at which the other instances reach it. */
  advertise?: string;
  location?: string;
}

/** An instance whose clock is further off would shift every time that it decides by. */
export const MOST_CLOCK_OFF_MS = 2_000;
/** How often the others are told that it lives, and the lease is asked for. */
const TELL_EVERY_MS = 1_000;
/** An instance that was not heard for so long may be another's namesake's leftover. */
const GONE_AFTER_MS = 5_000;

/** A config with the files that it was read from. */
export interface ReadConfig {
  is: 'config';
  config: Config;
  sources: readonly string[];
  fingerprint: string;
}

/** What the files of this instance say. */
export type OwnConfig = ReadConfig | { is: 'problem'; problem: string };

export interface Instance {
  store: Store;
  /** Attachments, in the database. */
  files: FileStore;
  door: Door;
  name: string;
  /** Hears from the start on that this process is ready: a standby does all that it is there for. */
  manager: ServiceManager | undefined;
  /** Resolves when this instance decides, with the config that made it fit to: it starts with that, and no other. */
  decides(): Promise<ReadConfig>;
  /** Ends without having decided. */
  stop(): Promise<void>;
}

export interface InstancePorts {
  clock: Clock;
  log: Log;
  config: Config;
  checkTypes: CheckTypes;
  /** The config's files as they are now. */
  ownConfig(): Promise<OwnConfig>;
  /** Another instance has taken over: this process must end at once. */
  onSuperseded(by: string): void;
}

/**
 * Joins the instances of a PostgreSQL: opens the door, tells the others of itself, and stands by until it decides. Rejects
 * with a StoreError or a ListenError.
 */
export async function joinInstances(
  url: string,
  { name, advertise, location }: InstanceOptions,
  { clock, log, config, checkTypes, ownConfig, onSuperseded }: InstancePorts,
): Promise<Instance> {
  const boot = randomBytes(8).toString('hex');
  const version = ownVersion();
  const database = await openPostgres(url, {
    clock,
    seeker: { holder: name, boot, version, ...(advertise !== undefined && { url: advertise }) },
    events: {
      onStanding: (standing) => report(standing, { log, onSuperseded }),
      onWentBack: (commits) =>
        log.error(
          { commits },
          'the database has lost commits that it had acknowledged: make its replication synchronous',
        ),
    },
  });
  const store = sqlStore(database, () => clock.now());
  const instances = new Instances(database, () => clock.now());
  const card = {
    id: name,
    boot,
    version,
    ...(advertise && { url: advertise }),
    ...(location && { location }),
  };
  let unfit: readonly string[] = [];
  /** The config by which it was last judged. */
  let fit: ReadConfig | undefined;
  /**
   * It was started while nobody ran: whatever was in force before, the operator starts with these files. True until another
   * instance decides.
   */
  let isFirst = false;
  let decider: { url: string; hopKey: string } | undefined;
  let isStopped = false;
  let door: Door;
  try {
    await claimName(instances, name, boot, clock);
    isFirst = await isNobodyThere(instances, database, name);
    door = await Door.open(config);
  } catch (error) {
    await database.close();
    throw error;
  }
  const front = await frontServer({
    serverFactory: door.factory,
    trustedProxies: config.trustedProxies,
    decider: () => decider,
    unfit: () => unfit,
    metrics: standbyMetrics(name, location),
    now: () => clock.now(),
    onFault: (error) => log.error({ error: String(error) }, 'fault'),
  });
  await door.handTo(front);
  const manager = await serviceManagerHere(clock);
  if (manager) {
    manager.status = () => ['Stands by', ...unfit].join('. ');
    manager.start();
  }
  const risk = await durabilityRisk(database).catch(() => undefined);
  if (risk !== undefined) log.warn({ why: risk }, 'store');
  if (advertise === undefined)
    log.warn('without --advertise the other instances cannot hand calls on to this one');

  const wait = () => new Promise<void>((resolve) => clock.after(TELL_EVERY_MS, resolve));
  /** Tells of itself; returns whether it may take over. */
  const tell = async (): Promise<boolean> => {
    const why: string[] = [];
    const own = await ownConfig();
    const inForce = (await store.mark(CONFIG_MARK)) as { fingerprint: string } | undefined;
    fit = own.is === 'config' ? own : undefined;
    // What is wrong is for the log: whoever asks at the door is not known here.
    if (own.is === 'problem') why.push('Its config has problems; its log says which.');
    else if (inForce !== undefined && inForce.fingerprint !== own.fingerprint && !isFirst)
      why.push(
        'Its config differs from the one in force; give all instances the same files, or stop them all and start one.',
      );
    const { clockAheadMs } = await instances.tell({ ...card, unfit });
    if (Math.abs(clockAheadMs) > MOST_CLOCK_OFF_MS)
      why.push(
        `Its clock is ${Math.round(Math.abs(clockAheadMs) / 1_000)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} the database's; synchronise it.`,
      );
    if (why.join() !== unfit.join())
      log[why.length > 0 ? 'warn' : 'info'](
        { why, ...(own.is === 'problem' && { problem: own.problem }) },
        why.length > 0 ? 'cannot take over' : 'can take over',
      );
    unfit = why;
    return why.length === 0;
  };
  const look = async (): Promise<boolean> => {
    const isFit = await tell();
    const row = await lookAtLease(database, isFit);
    const linkKey = await store.mark(ANSWER_KEY);
    const at = (url: string | undefined) =>
      url !== undefined && typeof linkKey === 'string' ? { url, hopKey: keyFor(linkKey, 'hop') } : undefined;
    if (row.is === 'taken') {
      // Calls that wait here go to this very door, which is about to answer them.
      decider = at(advertise);
      return true;
    }
    if (row.forMs > 0) isFirst = false;
    decider = row.forMs > 0 ? at(row.url) : undefined;
    return false;
  };

  const probing = await probeMeanwhile();
  return {
    store,
    files: sqlFiles(database),
    door,
    name,
    manager,
    async decides() {
      let why: string | undefined;
      log.info({ instance: name, ...(location && { location }) }, 'stands by');
      while (!isStopped) {
        try {
          if (await look()) {
            await probing?.stop();
            keepTelling();
            return fit!;
          }
          if (why !== undefined) log.info('the database answers again');
          why = undefined;
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          if (message !== why) log.error({ error: message }, 'the database cannot be asked');
          why = message;
          unfit = ['The database cannot be asked; its log says why.'];
        }
        await wait();
      }
      // Stopped meanwhile: whoever waits for it has ended.
      return new Promise(() => {});
    },
    async stop() {
      isStopped = true;
      await probing?.stop();
      await instances.leave(card).catch(() => {});
      await front.close();
      await store.close();
      await door.close();
    },
  };

  /** While it stands by, it probes for its location as any agent does; the decider's own location needs none. */
  async function probeMeanwhile(): Promise<RunningAgent | undefined> {
    if (location === undefined || !config.locations.has(location)) return undefined;
    const dispatcher = new Agent();
    const agent = await runAgent({
      hub: () =>
        decider && { url: decider.url, credential: instanceCredential(decider.hopKey, name, location) },
      dispatcher,
      types: checkTypes,
      allowsCommands: true,
      log: log.child({ as: 'agent' }),
      onEnd: (end) => log.error({ why: end.is }, 'it no longer probes while it stands by'),
    });
    return {
      async stop() {
        await agent.stop();
        await dispatcher.destroy();
      },
    };
  }

  /** While it decides, the others still want to know that it lives. */
  function keepTelling(): void {
    clock.after(TELL_EVERY_MS, () => {
      if (isStopped || database.lease.standing.is !== 'holder') return;
      instances.tell({ ...card, unfit: [] }).catch(() => {});
      keepTelling();
    });
  }
}

type Looked = { is: 'taken' } | { is: 'held'; url?: string; forMs: number };

/** Takes the lease if it may, or only looks who has it. */
async function lookAtLease(database: PostgresDatabase, isFit: boolean): Promise<Looked> {
  return isFit ? database.lease.take() : database.lease.look();
}

/** No other instance lives and the lease has run out. */
async function isNobodyThere(
  instances: Instances,
  database: PostgresDatabase,
  name: string,
): Promise<boolean> {
  const others = (await instances.all()).filter((one) => one.id !== name && one.heardAgoMs < GONE_AFTER_MS);
  return others.length === 0 && (await database.lease.look()).forMs <= 0;
}

/** Two processes of one name would take each other for themselves. A killed one leaves its card, which grows old. */
async function claimName(instances: Instances, name: string, boot: string, clock: Clock): Promise<void> {
  const namesake = async () =>
    (await instances.all()).find(
      (one) => one.id === name && one.boot !== boot && one.heardAgoMs < GONE_AFTER_MS,
    );
  const until = clock.monotonic() + GONE_AFTER_MS + 1_000;
  for (;;) {
    const other = await namesake();
    if (other === undefined) return;
    if (clock.monotonic() > until) {
      const at = other.url === undefined ? '' : ` at ${other.url}`;
      throw new StoreError(
        'in-use',
        `instance "${name}" runs${at} already; give this one another name with --instance`,
      );
    }
    await new Promise<void>((resolve) => clock.after(500, resolve));
  }
}

function report(
  standing: Standing,
  { log, onSuperseded }: Pick<InstancePorts, 'log' | 'onSuperseded'>,
): void {
  if (standing.is === 'superseded') onSuperseded(standing.by);
  else if (standing.is === 'standby') log.info('the lease was given back');
}

function standbyMetrics(name: string, location: string | undefined) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'watchdesk_instance_info',
    help: 'The instance that answers: its name, location and role.',
    labelNames: ['instance_name', 'location', 'role'],
    registers: [registry],
  });
  info.set({ instance_name: name, location: location ?? '', role: 'standby' }, 1);
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
