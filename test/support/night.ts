import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadCatalogue } from '../../src/config/catalogue.ts';
import type { Config } from '../../src/config/config.ts';
import type { ConfiguredHelpdesk } from '../../src/helpdesks/shared/configured-helpdesk.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { fault, type Fault, type Wire } from '../../src/core/check-type.ts';
import type { Receipt } from '../../src/core/effect.ts';
import type { Incident } from '../../src/core/incident.ts';
import type { FastifyInstance } from 'fastify';
import type { InForce, World as Outside } from '../../src/app/assemble.ts';
import type { Components } from '../../src/app/components.ts';
import { Reloader } from '../../src/app/reloader.ts';
import { webSources } from '../../src/app/web-sources.ts';
import type { Log } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { buildServer } from '../../src/web/server.ts';
import { watchdesk, type Watchdesk } from '../../src/app/watchdesk.ts';
import type { MonitorEvents } from '../../src/observe/monitor-events.ts';
import type { Channel, OutgoingMessage } from '../../src/channels/channel.ts';
import { parseMail } from '../../src/mail/parse-mail.ts';
import { BeatBox } from '../../src/probing/beat-box.ts';
import type { Lifetime, ProbePorts } from '../../src/probing/ports.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import { storeAddress, type StoreAddress } from '../../src/store/store-address.ts';
import { SystemClock } from '../../src/probing/system-clock.ts';
import { sharedPostgres } from './postgres-server.ts';
import type { Store } from '../../src/store/store.ts';
import { HandClock } from './hand-clock.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { PROJECT } from './watchdesk-process.ts';

/** How a host stands in the simulated world. */
type Standing = 'well' | 'refusing' | 'silent';

/**
 * A network that is not there: hosts that stand as told, an uplink and a resolver that can fail, routers that hide
 * what is behind them. Everything of ours is the real thing, with time driven by hand.
 */
export class World {
  readonly #hosts = new Map<string, Standing>();
  /** Host to what is on the way to it: of every group any one must stand. */
  readonly #behind = new Map<string, string[][]>();
  readonly #broken = new Set<string>();
  uplink = true;
  resolver = true;
  asked: string[] = [];

  stand(host: string, standing: Standing): void {
    this.#hosts.set(host, standing);
  }

  /** Asking it throws, which no port should. */
  breaks(host: string): void {
    this.#broken.add(host);
  }

  behind(host: string, ...routers: string[]): void {
    this.#behind.set(host, [routers]);
  }

  behindAll(host: string, groups: string[][]): void {
    this.#behind.set(host, groups);
  }

  isWell(host: string): boolean {
    return this.#standing(host) === 'well';
  }

  #standing(host: string): Standing {
    if (!this.uplink) return 'silent';
    for (const anyOf of this.#behind.get(host) ?? []) {
      if (anyOf.every((router) => this.#standing(router) !== 'well')) return 'silent';
    }
    return this.#hosts.get(host) ?? 'well';
  }

  readonly ports = (clock: HandClock): ProbePorts => ({
    clock,
    dial: ({ host }, life) => this.#dial(host, life),
    resolve: async (host, _family, life) => {
      if (this.resolver && this.uplink) return { is: 'resolved', addresses: [host], tookMs: 1 };
      await never(life);
      return fault('dns-error', `looking up ${host} was not done in time`);
    },
    exchangeHttp2: async () => fault('internal', 'no HTTP/2 here'),
    askDatagram: async () => fault('internal', 'no datagrams here'),
    exchangeThroughProxy: async () => fault('internal', 'no proxy here'),
    echo: async () => fault('internal', 'no echoes here'),
    run: async () => fault('internal', 'no commands here'),
    lastBeat: () => undefined,
    listeningGaps: () => [],
  });

  async #dial(host: string, life: Lifetime): Promise<Wire | Fault> {
    this.asked.push(host);
    if (this.#broken.has(host)) throw new RangeError('no such port');
    if (/[a-z]/.test(host) && !(this.resolver && this.uplink)) {
      return fault('dns-error', `looking up ${host}: name lookup failed`);
    }
    const standing = this.#standing(host);
    if (standing === 'refusing') return fault('refused', `connection refused: ${host}`);
    if (standing === 'silent') {
      await never(life);
      return fault('timeout', `no connection with ${host} in time`);
    }
    return {
      is: 'wire',
      address: host,
      phases: { connect: 1 },
      write: () => {},
      read: async () => 'end',
      secure: async () => fault('internal', 'no TLS here'),
      close: () => {},
    };
  }
}

const never = (life: Lifetime): Promise<void> => new Promise((resolve) => life.onAbort(resolve));

export interface SentText {
  at: number;
  to: string;
  text: string;
  subject: string;
  id: string;
}

/** What a night is made of beside the world. */
export interface NightPlan {
  /** YAML of watchdesk.yaml beyond people, on call and escalation. */
  more?: string;
  /** YAML files of targets, by name. */
  targets: Record<string, string>;
  escalation?: string;
  /** How the provider takes the next messages. */
  send?: (message: OutgoingMessage, at: number) => ReturnType<Channel['send']>;
  receipt?: (id: string) => Receipt;
  /** One of `config/policies`; its escalation holds unless another is given. */
  policy?: string;
  timeZone?: string;
  /** In place of the people and the schedule that there are. */
  staff?: string;
  /** In place of the desk. */
  helpdesks?: readonly ConfiguredHelpdesk[];
}

const STAFF = `people: { maria: { name: Maria Chen, sms: "+12895550101", email: m@example.com }, devon: { name: Devon Hall, sms: "+12895550102", email: d@example.com } }
on_call: { operations-manager: { timezone: UTC, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: devon } }`;

/** `WATCHDESK_TEST_STORE=postgres`: every night of the run is on a PostgreSQL. */
export const isOnPostgres = process.env['WATCHDESK_TEST_STORE'] === 'postgres';

const emptyStore = async (path: string): Promise<StoreAddress> =>
  storeAddress(
    process.env['WATCHDESK_TEST_STORE'] === 'postgres'
      ? await (await sharedPostgres()).database()
      : `sqlite:${path}`,
  );

/** A store whose answers the clock waits for. */
const tracked = (store: Store, clock: HandClock): Store =>
  new Proxy(store, {
    get(of, name) {
      const value = Reflect.get(of, name, of) as unknown;
      if (name === 'desk' || name === 'audit') return tracked(value as Store, clock);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const answer = (value as (...given: unknown[]) => unknown).apply(of, given);
        return answer instanceof Promise ? clock.track(answer) : answer;
      };
    },
  });

/** Runs Watchdesk through a night by hand, and keeps the books of what came out of it. */
export class Night {
  readonly clock: HandClock;
  readonly world = new World();
  readonly sent: SentText[] = [];
  readonly said: string[] = [];
  store!: Store;
  watchdesk!: Watchdesk;
  #config!: Config;
  #codes = 0;
  #isOver = false;
  #inForce: InForce | undefined;
  #outside: Outside | undefined;
  /** Where the store is, when it is SQLite. */
  storePath!: string;
  #address: StoreAddress | undefined;

  private constructor(start: number) {
    this.clock = new HandClock(start);
  }

  static async begin(plan: NightPlan, start = Date.parse('2026-11-22T22:00:00Z')): Promise<Night> {
    const night = new Night(start);
    const home = await temporaryFolder();
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
store: sqlite:${home}/night.db
timezone: ${plan.timeZone ?? 'UTC'}
${plan.staff ?? STAFF}
${plan.policy ? `policy: ${plan.policy}` : ''}
${plan.policy && !plan.escalation ? '' : `escalation: ${plan.escalation ?? '{ urgent: [{ page: operations-manager, via: [sms] }] }'}`}
${plan.more ?? ''}`,
      ...(plan.policy && {
        [`policies/${plan.policy}.yaml`]: readFileSync(
          join(PROJECT, `config/policies/${plan.policy}.yaml`),
          'utf8',
        ),
      }),
      ...Object.fromEntries(
        Object.entries(plan.targets).map(([name, text]) => [`targets/${name}.yaml`, text]),
      ),
    });
    night.storePath = `${home}/night.db`;
    night.#address = await emptyStore(night.storePath);
    const { catalogue } = await loadCatalogue();
    const loaded = await loadConfig(folder, catalogue);
    if (loaded.is === 'problems') throw new Error(JSON.stringify(loaded.problems, null, 2));
    night.#config = {
      ...loaded.config,
      channels: night.#channels(loaded.config, plan),
      ...(plan.helpdesks && { helpdesks: plan.helpdesks }),
    };
    await night.boot();
    onTestFinished(() => night.end());
    return night;
  }

  /** Starts on what the store holds. */
  async boot(): Promise<void> {
    this.store = tracked(
      await openStore(this.#address!, {
        exclusive: true,
        // A lease is a matter of real time.
        clock: this.#address!.is === 'postgres' ? new SystemClock() : this.clock,
        version: 'test',
      }),
      this.clock,
    );
    const inForce = { config: this.#config };
    this.#inForce = inForce;
    this.#outside = {
      clock: this.clock,
      random: () => 0.5,
      newCode: () => () => `C${String(++this.#codes).padStart(5, '0')}`,
      store: this.store,
      files: folderFiles(() => inForce.config.deskSettings.attachments),
      probe: this.world.ports(this.clock),
      beats: new BeatBox(),
      readMail: async (source) => parseMail(source),
      events: this.#events(),
    };
    this.watchdesk = watchdesk(inForce, this.#outside);
    await this.watchdesk.restore();
    await this.#whileSettling(this.watchdesk.start());
  }

  /** Its pages and its API, called without a network: `inject`. */
  async web(): Promise<FastifyInstance> {
    const { catalogue } = await loadCatalogue();
    const silent = new Proxy({} as Log, { get: () => () => {} });
    const metrics = new Metrics(
      {
        inFlight: () => 0,
        openIncidents: () => [],
        liveEffects: () => [],
        held: () => [],
        isBlind: () => false,
      },
      { version: 'test', node: process.versions.node },
    );
    const server = await buildServer(
      webSources({
        inForce: this.#inForce!,
        world: this.#outside!,
        watchdesk: this.watchdesk,
        checkTypes: catalogue.checkTypes,
        metrics,
        reloader: new Reloader([], {
          folder: '/nowhere',
          catalogue,
          inForce: this.#inForce!,
          now: () => this.clock.now(),
          log: silent,
          metrics,
          auditLog: this.components.auditLog,
          apply: async () => {},
          onChange: () => {},
          onApplied: () => {},
        }),
        log: silent,
        queueOf: (effect) => this.components.outbox.queueOf(effect),
        onChange: () => () => {},
      }),
    );
    onTestFinished(() => server.close());
    return server;
  }

  /** A reload, with these parts of the config as they are now. */
  async reconfigure(change: Partial<Config>): Promise<void> {
    this.#config = { ...this.#config, ...change };
    await this.#whileSettling(this.watchdesk.apply(this.#config));
  }

  /** What the next start finds. */
  replaceConfig(change: Partial<Config>): void {
    this.#config = { ...this.#config, ...change };
  }

  get components(): Components {
    return this.watchdesk.components;
  }

  get config(): Config {
    return this.#config;
  }

  /** Ends the process without a goodbye, as far as that can be done within one. */
  async crash(): Promise<void> {
    const { store } = this;
    await this.watchdesk.stop();
    await store.close();
  }

  /** Over; once is enough. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.crash();
  }

  async minutes(count: number): Promise<void> {
    await this.clock.turn(count * 60_000);
  }

  async seconds(count: number): Promise<void> {
    await this.clock.turn(count * 1_000);
  }

  async incidents(): Promise<Incident[]> {
    return (await this.store.incidents({ limit: 500 })).items.toReversed();
  }

  /** `shop open`, `edge-router resolved`: all incidents there have been. */
  async raised(): Promise<string[]> {
    return (await this.incidents()).map(({ target, status }) => `${target} ${status.is}`);
  }

  async tickets() {
    return (await this.store.tickets({ limit: 500 })).items.toReversed();
  }

  async notes(ticket: number): Promise<string[]> {
    const entries = await this.store.desk.entries(ticket);
    return entries.filter(({ event }) => event !== 'opened').map(({ event, text }) => text || event);
  }

  texts(): string[] {
    return this.sent.map(({ text }) => text);
  }

  healthOf(target: string): string {
    return this.components.field.healthOf(this.components.field.targets.find(({ name }) => name === target)!);
  }

  /** What it gives, once everything that it waits for has come about. */
  async settled<Value>(work: Promise<Value>): Promise<Value> {
    await this.#whileSettling(work.then(() => {}));
    return work;
  }

  async #whileSettling(work: Promise<void>): Promise<void> {
    let done = false;
    const ended = work.then(() => (done = true));
    while (!done) await this.clock.settle();
    await ended;
  }

  #channels(config: Config, { send, receipt }: NightPlan): Config['channels'] {
    return new Map(
      [...config.channels].map(([name, { type, settings }]) => {
        const create = (): Channel => ({
          type: 'night',
          send: async (message) => {
            const outcome = await (send?.(message, this.clock.now()) ??
              ({ is: 'done', value: `${name}-${message.code}` } as const));
            if (outcome.is === 'done') {
              this.sent.push({
                at: this.clock.now(),
                to: `${name} ${message.recipient}`,
                text: message.text,
                subject: message.subject,
                id: outcome.value,
              });
            }
            return outcome;
          },
          ...(receipt && { receipt: async (id) => ({ is: 'done', value: receipt(id) }) as const }),
        });
        return [name, { type: { ...type, create }, settings }];
      }),
    );
  }

  #events(): MonitorEvents {
    const note = (what: string) => void this.said.push(what);
    return {
      onDecided: ({ incident, because }) => note(`${incident.target} ${because}`),
      onOutcome: (effect) => note(`${effect.kind} ${effect.state.is}`),
      onStart: () => {},
      onSkipped: () => {},
      onResult: () => {},
      onHeld: ({ identity }, because, by) => note(`held ${identity} ${because} ${by.join(',')}`),
      onLocation: (location, now) => note(`location ${location} ${now.is}`),
      onAgent: ({ location }, standsBy) => note(`agent ${location} ${standsBy ? 'stands by' : 'probes'}`),
      onOddReport: (_agent, why) => note(`odd report: ${why}`),
      onPast: (location, { check, to }) => note(`${location} told later: ${check} ${to}`),
      onSight: ({ network, resolver }) => note(`sight ${network} ${resolver}`),
      onFinding: ({ is, what }) => note(`finding ${is} ${what}`),
      onTicketsHeard: (name, outcome) => {
        if (outcome.is !== 'done') note(`deaf ${name} ${outcome.why}`);
      },
      onPromise: (clock, priority, outcome) => note(`promise ${clock} ${priority} ${outcome}`),
      onMail: ({ is }) => note(`mail ${is}`),
      onAttachmentTrouble: (why) => note(`attachments ${why}`),
      onMailTrouble: (why) => note(`mailbox ${why ?? 'well'}`),
      onDeadMan: (outcome, why) => note(`deadman ${outcome} ${why ?? ''}`),
      onFault: (error) => note(`fault ${error instanceof Error ? error.stack : String(error)}`),
      onDurable: () => {},
      onStoreTrouble: (trouble) => note(`store ${trouble?.message ?? 'well'}`),
      onPause: (what, ms) => note(`pause ${what} ${ms}`),
      onChange: () => {},
      show: () => {},
    };
  }
}

/** YAML of targets that are checked by a connection to their address; `10.0.0.<n>` for the nth. */
export function tcpTargets(names: readonly string[], more: (name: string) => string = () => ''): string {
  const lines = names.map(
    (name, index) =>
      `  - { name: ${name}, kind: server, address: "10.0.0.${index + 1}", checks: [{ type: tcp, port: 443 }]${more(name)} }`,
  );
  return `targets:\n${lines.join('\n')}\n`;
}
