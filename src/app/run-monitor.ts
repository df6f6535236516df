import type { FastifyInstance } from 'fastify';
import { setGlobalDispatcher } from 'undici';
import { randomBytes } from 'node:crypto';
import type { Catalogue, Config } from '../config/config.ts';
import { configStamp, watchConfig } from '../config/watch-config.ts';
import type { Effect } from '../core/effect.ts';
import type { Fence } from '../core/fence.ts';
import { codeFrom } from '../core/new-code.ts';
import { redactor } from '../core/redact.ts';
import { DESK } from '../core/ticket-route.ts';
import { ticketQueue } from '../core/queues.ts';
import { plural } from '../core/wording.ts';
import { inspectHotline } from '../hotline/inspect-hotline.ts';
import { MailParser } from '../mail/mail-parser.ts';
import type { Log } from '../observe/log.ts';
import { Metrics } from '../observe/metrics.ts';
import { recordEvents } from '../observe/record-events.ts';
import { ownVersion } from '../observe/version.ts';
import { FencedDispatcher } from '../outside/fenced-dispatcher.ts';
import type { Inspection } from '../outside/inspection.ts';
import type { OutgoingMessage } from '../channels/channel.ts';
import { BeatBox } from '../probing/beat-box.ts';
import { chooseEchoSender } from '../probing/echo-sender.ts';
import { systemProbePorts } from '../probing/probe-ports.ts';
import { SystemClock } from '../probing/system-clock.ts';
import { folderFiles } from '../store/folder-files.ts';
import { openStore } from '../store/open-store.ts';
import { scheduleTidying } from '../store/tidy.ts';
import { setLanguage } from '../text/language.ts';
import { addressOf, listen, portOf, renewCertificate } from '../web/listen.ts';
import { buildServer } from '../web/server.ts';
import type { ReloadOutcome } from '../web/sources.ts';
import { buildStatusServer } from '../web/status-server.ts';
import { announce } from './announce.ts';
import type { InForce, World } from './assemble.ts';
import { CONFIG_MARK, configFingerprint } from './config-in-force.ts';
import type { Instance } from './instance.ts';
import { Lifecycle } from './lifecycle.ts';
import { Reloader } from './reloader.ts';
import { serviceManagerHere } from './service-manager-here.ts';
import { watchdesk, type Watchdesk } from './watchdesk.ts';
import { webSources } from './web-sources.ts';

const STOP_MS = 10_000;

export interface AppOptions {
  configFolder: string;
  config: Config;
  /** One of several that share the store; it has begun to decide. */
  instance?: Instance;
  /** The location in which it stands, of those of the config. */
  location?: string;
  /** The files that the config was read from. */
  configSources: readonly string[];
  catalogue: Catalogue;
  log: Log;
  /** Sets how secrets are redacted from the log; called again at every reload. */
  setRedaction(redact: (text: string) => string): void;
  /** Called for every message that a console channel prints. */
  onShown?(message: OutgoingMessage, channel: string): void;
}

export interface App {
  /** URL of the wall, once it is listening. */
  url: string;
  reload(): Promise<ReloadOutcome>;
  /** Stops in order: work in progress is finished or parked, within ten seconds. */
  stop(): Promise<void>;
}

/** Assembles and runs the process: the only place that uses the system's clock, disk, network and randomness. */
export async function startApp(options: AppOptions): Promise<App> {
  const { catalogue, log } = options;
  const inForce: InForce = { config: options.config };
  const since = configStamp(options.configFolder, options.configSources);
  const onFault = (error: unknown) =>
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault');
  const stopLimit = () => new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
  const lifecycle = new Lifecycle<Config>(onFault, stopLimit);
  const listeners = new Set<() => void>();
  const onChange = () => listeners.forEach((listener) => listener());

  const redact = ({ secrets }: Config) => options.setRedaction(redactor(secrets));
  redact(inForce.config);
  lifecycle.add({ name: 'redaction', apply: redact });

  const clock = new SystemClock();
  const { instance } = options;
  const store =
    instance?.store ??
    (await openStore(inForce.config.store, { exclusive: true, clock, version: ownVersion() }));
  lifecycle.add({ name: 'store', stop: () => store.close() });
  // Helpdesks and channels, those of plugins too, send by the process's own way.
  setGlobalDispatcher(new FencedDispatcher(store.fence, () => userAgent(store.fence, instance?.name)));
  const echoes = await chooseEchoSender(clock);
  lifecycle.add({ name: 'echoes', stop: () => echoes.close() });
  const mails = new MailParser(clock);
  lifecycle.add({ name: 'mail parser', stop: () => mails.stop() });

  const beats = new BeatBox();
  const world: World = {
    clock,
    random: Math.random,
    newCode: (length) => () => codeFrom(randomBytes(length)),
    store,
    files: instance?.files ?? folderFiles(() => inForce.config.deskSettings.attachments),
    location: options.location,
    probe: systemProbePorts(clock, echoes, beats),
    beats,
    readMail: (source) => mails.parse(source),
    events: recordEvents(log, {
      metrics: () => metrics,
      adapterOf: (queue) =>
        inForce.config.helpdesks.find(({ name }) => ticketQueue(name) === queue)?.type.type ?? DESK,
      incidentOf: (id) => keeper.get(id),
      incidentAt: ({ target, check }) => keeper.openOf(target.name, check.priority)?.id,
      onChange,
      onShown: options.onShown,
    }),
    stopLimit,
  };
  const desk = watchdesk(inForce, world);
  const { field, keeper, outbox, gate, lookout, ways, auditLog, office, planning } = desk.components;
  clock.events = {
    onStep: (byMs) => void desk.clockStepped(byMs),
    onSleep: (forMs) => desk.slept(forMs),
  };

  /** As people call a queue: most have one helpdesk. */
  const channelOf = (queue: string, { helpdesks }: Pick<Config, 'helpdesks'>): string =>
    queue === ticketQueue(helpdesks[0]!.name) ? 'ticket' : queue;
  const queueOf = (effect: Effect) => channelOf(outbox.queueOf(effect), inForce.config);
  const metrics: Metrics = new Metrics(
    {
      inFlight: () => field.inFlight,
      openIncidents: () => keeper.open(),
      liveEffects: () => outbox.live().map((effect) => ({ effect, channel: queueOf(effect) })),
      held: () => gate.held(),
      isBlind: () => lookout.isBlind,
    },
    { version: ownVersion(), node: process.versions.node },
  );
  const declare = (config: Config) =>
    metrics.declare(namesIn(config, catalogue, (queue) => channelOf(queue, config)));
  declare(inForce.config);
  lifecycle.add({ name: 'metrics', apply: declare });
  setLanguage(inForce.config.language);
  lifecycle.add({ name: 'language', apply: ({ language }) => setLanguage(language) });

  /** Reports problems at the start, not in the night when it matters; nothing waits for it. */
  const inspect = async (): Promise<void> => {
    const { hotline, publicUrl } = inForce.config;
    const found: Inspection[] = await ways.inspect();
    if (hotline) found.push(await inspectHotline(hotline, publicUrl));
    for (const { name, outcome } of found) {
      if (outcome.is !== 'done') log.warn({ of: name, why: outcome.why }, 'online-check-failed');
      else for (const why of outcome.value) log.warn({ of: name, why }, 'does-not-fit');
    }
  };
  const reloader = new Reloader(options.configSources, {
    folder: options.configFolder,
    catalogue,
    inForce,
    now: () => clock.now(),
    log,
    metrics,
    auditLog,
    apply: (config) => lifecycle.apply(config),
    onChange,
    onApplied() {
      void inspect();
      void rememberConfig();
    },
  });
  /** Only an instance with the same files may take over. */
  const rememberConfig = async (): Promise<void> => {
    if (!instance) return;
    const fingerprint = await configFingerprint(options.configFolder, reloader.sources);
    await desk.components.journal.append({ marks: [{ name: CONFIG_MARK, value: { fingerprint } }] });
  };
  const sources = webSources({
    inForce,
    world,
    watchdesk: desk,
    checkTypes: catalogue.checkTypes,
    metrics,
    reloader,
    log,
    queueOf,
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  });

  lifecycle.add({
    name: 'state of the last run',
    async start() {
      await desk.restore();
      metrics.restored(keeper.open());
    },
  });
  const servers: FastifyInstance[] = [];
  let url = '';
  lifecycle.add({
    name: 'web',
    async start() {
      const server = await buildServer(sources, instance?.door.factory);
      servers.push(server);
      if (instance) await instance.door.handTo(server);
      else await listen(server, inForce.config);
      url = addressOf(instance?.door.port ?? portOf(server), inForce.config);
      const at = inForce.config.status?.listen;
      if (at) {
        const statusServer = await buildStatusServer(sources);
        servers.push(statusServer);
        await listen(statusServer, { listen: at }, 'status_page.listen');
      }
      if (inForce.config.listen.port === 0) await desk.apply({ ...inForce.config, publicUrl: url });
    },
    apply({ tls }) {
      const { tls: before } = inForce.config;
      if (!tls || !before || tls.cert === before.cert) return;
      for (const server of servers) renewCertificate(server, tls);
      log.info({ certificate: 'renewed' }, 'tls');
    },
    async stop() {
      await Promise.all(servers.map((server) => server.close()));
    },
  });
  lifecycle.add({
    name: 'watchdesk',
    start: () => desk.start(),
    apply: (config) => desk.apply(config),
    stop: (givenUp) => desk.stop(givenUp),
  });
  let stopWatching = () => {};
  lifecycle.add({
    name: 'config watch',
    start() {
      const { configFolder } = options;
      stopWatching = watchConfig(
        configFolder,
        () => reloader.sources,
        () => void reloader.reload(),
        since,
      );
    },
    stop: () => stopWatching(),
  });
  let stopTidying = () => {};
  lifecycle.add({
    name: 'tidying',
    start() {
      stopTidying = scheduleTidying(
        store,
        (why) => log.error({ why }, 'cleanup-failed'),
        (head) => log.info({ records: head.seq, hash: head.hash }, 'audit-head'),
        {
          kept: () => inForce.config.retention,
          onRemoved: ({ files, ...removed }) => {
            log.info({ ...removed, files: files.length }, 'cleanup');
            void office.attachments.remove(files);
          },
        },
      );
    },
    stop: () => stopTidying(),
  });

  const manager = instance ? instance.manager : await serviceManagerHere(clock);
  if (manager) {
    manager.status = () => standing(desk);
    lifecycle.add({ name: 'service manager', start: () => manager.start(), stop: () => manager.stop() });
  }

  await lifecycle.start();
  await rememberConfig();
  auditLog.note('started', 'the system', { about: `version ${ownVersion()}` });
  const { schedules } = planning.roster;
  announce(inForce.config, { log, echoes: echoes.description, url, schedules });
  void inspect();

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await lifecycle.stop();
    manager?.close();
    log.info('stopped');
  };
  return { url, reload: () => reloader.reload(), stop: () => (stopping ??= stop()) };
}

const userAgent = ({ epoch }: Fence, instance: string | undefined): string =>
  instance === undefined ? `watchdesk/${ownVersion()}` : `watchdesk/${ownVersion()} (${instance}; ${epoch})`;

/** One line for `systemctl status`. */
function standing({ components, complaints }: Watchdesk): string {
  const why = complaints();
  if (why.length > 0) return `Not ready: ${why.join(' ')}`;
  const targets = plural(components.field.targets.length, 'target');
  return `Monitoring ${targets}, ${plural(components.keeper.open().length, 'open incident')}`;
}

/** All label values for which metrics exist from the start, before anything has been counted. */
function namesIn(
  config: Config,
  { checkTypes }: Catalogue,
  channelOf: (queue: string) => string,
): Parameters<Metrics['declare']>[0] {
  const { helpdesks, channels, targets, connectivity, watchdog } = config;
  return {
    types: [...checkTypes.keys(), ...(connectivity || watchdog?.dailyPage ? ['own'] : [])],
    adapters: new Set([...helpdesks.map(({ type }) => type.type), DESK]),
    queues: [...new Set([...helpdesks.map(({ name }) => name), DESK])].map((name) =>
      channelOf(ticketQueue(name)),
    ),
    heard: helpdesks.filter(({ type }) => type.type !== DESK).map(({ name }) => name),
    channels: [...channels.keys()],
    customers: new Set(targets.flatMap(({ customer }) => customer?.name ?? [])),
  };
}
