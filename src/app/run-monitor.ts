import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isGuarded } from '../access/access-settings.ts';
import { OpenId } from '../access/openid.ts';
import { keyFor } from '../outside/signature.ts';
import { isLocalHost } from '../config/local-url.ts';
import type { Catalogue, Config } from '../config/config.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import { watchConfig } from '../config/watch-config.ts';
import { DESK } from '../core/ticket-route.ts';
import { codeFrom } from '../core/new-code.ts';
import { redactor } from '../core/redact.ts';
import { ticketQueue } from '../delivery/ticket-queue.ts';
import { Engine } from './engine.ts';
import { announce } from './announce.ts';
import { heard } from '../observe/heard.ts';
import type { Log } from '../observe/log.ts';
import { Metrics } from '../observe/metrics.ts';
import { situationOf } from './situation.ts';
import { MailParser } from '../mail/mail-parser.ts';
import { ownVersion } from '../observe/version.ts';
import type { OutgoingMessage } from '../paging/channel.ts';
import { BeatBox } from '../probing/beat-box.ts';
import { chooseEchoSender } from '../probing/echo-sender.ts';
import { systemProbePorts } from '../probing/probe-ports.ts';
import { onceEach, oncePerMinute } from '../observe/seldom.ts';
import { SystemClock } from '../probing/system-clock.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import { scheduleTidying } from '../store/tidy.ts';
import { addressOf, listen, renewCertificate } from '../web/listen.ts';
import { setLanguage } from '../text/language.ts';
import { buildServer } from '../web/server.ts';
import type { ConfigState, ReloadOutcome, WebSources } from '../web/sources.ts';
import { buildStatusServer } from '../web/status-server.ts';

const STOP_MS = 10_000;

/** How long a job that reports in waits for its word to be durable. */
const BEAT_WAIT_MS = 1_000;

export interface AppOptions {
  configFolder: string;
  config: Config;
  /** What it was read from. */
  configSources: readonly string[];
  catalogue: Catalogue;
  log: Log;
  /** Strikes secrets out of the log; set anew at every reload. */
  setRedaction(redact: (text: string) => string): void;
  /** Hears of every message that a console channel prints. */
  onShown?(message: OutgoingMessage, channel: string): void;
}

export interface App {
  /** Where the wall is, once it listens. */
  url: string;
  reload(): Promise<ReloadOutcome>;
  /** Ends in order: what is under way is finished or parked, within ten seconds. */
  stop(): Promise<void>;
}

/** Puts everything together and runs it: the only place that knows all the parts. */
export async function startApp(options: AppOptions): Promise<App> {
  const { catalogue, log } = options;
  const clock = new SystemClock();
  let config = options.config;
  let configSources: readonly string[] = options.configSources;
  let redact = redactor(config.secrets);
  options.setRedaction((text) => redact(text));

  const store = sqliteStore(config.storePath, { exclusive: true });
  const beats = new BeatBox();
  const mails = new MailParser(clock);
  const echoes = await chooseEchoSender(clock);
  const probe = systemProbePorts(clock, echoes, beats);
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((listener) => listener());
  const newCode = (length: number) => () => codeFrom(randomBytes(length));

  /** As people call a queue: most have one helpdesk. */
  const channelOf = (queue: string): string =>
    queue === ticketQueue(config.helpdesks[0]!.name) ? 'ticket' : queue;

  const engine: Engine = new Engine(config, {
    clock,
    random: Math.random,
    newCode,
    store,
    probe,
    beats,
    readMail: (source) => mails.parse(source),
    events: heard(log, {
      metrics: () => metrics,
      adapterOf: (queue) =>
        config.helpdesks.find(({ name }) => ticketQueue(name) === queue)?.type.type ?? DESK,
      incidentOf: (id) => engine.keeper.get(id),
      incidentAt: ({ target, check }) => engine.keeper.openOf(target.name, check.priority)?.id,
      onChange: changed,
      onShown: options.onShown,
    }),
  });
  const { monitor, keeper, outbox, gate } = engine;
  clock.events = {
    onStep: (byMs) => void engine.clockSet(byMs),
    onSleep: (forMs) => engine.slept(forMs),
  };
  const metrics: Metrics = new Metrics(
    {
      inFlight: () => monitor.inFlight,
      openIncidents: () => keeper.open(),
      liveEffects: () =>
        outbox.live().map((effect) => ({ effect, channel: channelOf(outbox.queueOf(effect)) })),
      held: () => gate.held(),
      isBlind: () => engine.isBlind,
    },
    { version: ownVersion(), node: process.versions.node },
  );
  const declare = () =>
    metrics.declare({
      types: [
        ...catalogue.checkTypes.keys(),
        ...(config.connectivity || config.watchdog?.dailyPage ? ['own'] : []),
      ],
      adapters: new Set([...config.helpdesks.map(({ type }) => type.type), DESK]),
      queues: [...new Set([...config.helpdesks.map(({ name }) => name), DESK])].map((name) =>
        channelOf(ticketQueue(name)),
      ),
      heard: config.helpdesks.filter(({ type }) => type.type !== DESK).map(({ name }) => name),
      channels: [...config.channels.keys()],
      customers: new Set(config.targets.flatMap(({ customer }) => customer?.name ?? [])),
    });
  declare();
  setLanguage(config.language);
  await engine.restore();
  metrics.restored(keeper.open());

  let configState: ConfigState = { inForceSince: clock.now() };
  const refuse = (problems: string[]): ReloadOutcome => {
    metrics.reloaded('refused');
    for (const problem of problems) log.error({ problem }, 'config-refused');
    log.warn({ note: 'the previous config stays in effect' }, 'config-unchanged');
    configState = { ...configState, refused: { at: clock.now(), problems } };
    changed();
    engine.auditLog.note('config-refused', 'the system', { about: problems[0] ?? '' });
    return { is: 'refused', problems };
  };
  const tlsServers: FastifyInstance[] = [];
  const reloadOnce = async (): Promise<ReloadOutcome> => {
    const loaded = await loadConfig(options.configFolder, catalogue);
    configSources = loaded.sources;
    if (loaded.is === 'problems') return refuse(loaded.problems.map(problemLine));
    const opens =
      isGuarded(config.access) && !isGuarded(loaded.config.access) && !isLocalHost(config.listen.host);
    if (opens && !loaded.config.access.open.includes('all')) {
      const problem = `access: nobody would have to sign in any more, but ${config.listen.host} is reachable from other machines; restart to listen on this machine only`;
      return refuse([problem]);
    }
    const fixed = fixedAtStart(config, loaded.config);
    const before = config;
    config = { ...loaded.config, listen: config.listen, storePath: config.storePath };
    // A server that speaks TLS goes on doing so, with the certificate of now; whether it does is settled at the start.
    if (!before.tls) delete config.tls;
    else config.tls ??= before.tls;
    if (config.tls && config.tls.cert !== before.tls?.cert) {
      for (const one of tlsServers) renewCertificate(one, config.tls);
      log.info({ certificate: 'renewed' }, 'tls');
    }
    setLanguage(config.language);
    redact = redactor(config.secrets);
    declare();
    await engine.apply(config);
    metrics.reloaded('applied');
    configState = { inForceSince: clock.now() };
    const changes = `${config.targets.length} targets, ${countChecks(config)} checks`;
    engine.auditLog.note('config-applied', 'the system', { about: changes });
    log.info({ monitoring: changes, ...(fixed && { 'needs-restart': fixed }) }, 'config-applied');
    changed();
    void inspect();
    return {
      is: 'applied',
      changes: fixed ? `${changes}; ${fixed} takes effect at the next start` : changes,
    };
  };

  /** Said at once, before the night in which it matters; nothing waits for it. */
  const inspect = async (): Promise<void> => {
    for (const { name, outcome } of await engine.inspect()) {
      if (outcome.is !== 'done') log.warn({ of: name, why: outcome.why }, 'online-check-failed');
      else for (const why of outcome.value) log.warn({ of: name, why }, 'does-not-fit');
    }
  };

  // One after another: an older reading must not overtake a newer one.
  let reloading: Promise<unknown> = Promise.resolve();
  const reload = (): Promise<ReloadOutcome> => {
    const next = reloading.then(reloadOnce).catch((error: unknown): ReloadOutcome => {
      log.error({ error: String(error) }, 'reload-failed');
      return { is: 'refused', problems: [String(error)] };
    });
    reloading = next;
    return next;
  };

  const { access } = engine;
  const openid = new OpenId({
    settings: () => config.access.openid,
    publicUrl: () => config.publicUrl,
    now: () => clock.now(),
    byEmail: (address) => access.byEmail(address),
    key: () => keyFor(engine.linkKey, 'openid'),
  });
  const sources: WebSources = {
    access,
    auditLog: engine.auditLog,
    openid,
    office: engine.office,
    config: () => config,
    engine,
    answers: engine.answers,
    links: engine.links,
    monitor,
    keeper,
    gate,
    store,
    metrics,
    situation: () => situationOf(engine, config, clock.now()),
    isInMaintenance() {
      const openFor = engine.plan.openAt(clock.now());
      return (target) => openFor(target).length > 0;
    },
    checkTypes: catalogue.checkTypes,
    probePorts: probe,
    now: () => clock.now(),
    newId: newCode(8),
    version: ownVersion(),
    queueOf: (effect) => channelOf(outbox.queueOf(effect)),
    readiness() {
      const why = engine.complaints();
      return why.length === 0 ? { is: 'ready' } : { is: 'not-ready', why };
    },
    reload,
    configState: () => configState,
    async beat(token, said) {
      const listening = monitor.listening(token);
      if (listening.length === 0) return false;
      const now = clock.now();
      const stored =
        said.is === 'start'
          ? beats.started(token, now)
          : beats.report(token, { at: now, status: said.status, message: said.message });
      const durable = engine.journal.append({ beats: [stored] });
      for (const { identity } of listening) monitor.probeSoon(identity);
      // What it says holds at once; while nothing can be written, nobody waits for the disk.
      await Promise.race([durable, new Promise<void>((go) => clock.after(BEAT_WAIT_MS, go))]);
      return true;
    },
    takesWrites: () => !engine.journal.blocked,
    onRefused: oncePerMinute((channel: string, why: string, more: number) =>
      log.warn({ channel, why, ...(more > 0 && { more }) }, 'call-refused'),
    ),
    onStrayProxy: onceEach(20, (from: string) =>
      log.warn(
        {
          from,
          key: 'server.trusted_proxies',
          note: 'it sends X-Forwarded-For but is not a trusted proxy, so everyone behind it counts as one client',
        },
        'proxy-not-trusted',
      ),
    ),
    onFault: (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault'),
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
  const server = await buildServer(sources);
  tlsServers.push(server);
  const statusListen = config.status?.listen;
  const statusServer = statusListen && (await buildStatusServer(sources));

  if (statusServer) tlsServers.push(statusServer);

  try {
    await listen(server, config);
    if (statusServer) await listen(statusServer, { listen: statusListen }, 'status_page.listen');
    if (config.listen.port === 0) {
      config = { ...config, publicUrl: addressOf(server, config) };
      await engine.apply(config);
    }
  } catch (error) {
    await server.close();
    await store.close();
    echoes.close();
    throw error;
  }
  await engine.start();
  engine.auditLog.note('started', 'the system', { about: `version ${ownVersion()}` });
  const stopWatching = watchConfig(
    options.configFolder,
    () => configSources,
    () => void reload(),
  );
  const stopTidying = scheduleTidying(
    store,
    (why) => log.error({ why }, 'cleanup-failed'),
    (head) => log.info({ records: head.seq, hash: head.hash }, 'audit-head'),
    {
      kept: () => config.retention,
      onRemoved: ({ files, ...removed }) => {
        log.info({ ...removed, files: files.length }, 'cleanup');
        void engine.office.attachments.remove(files);
      },
    },
  );
  announce(config, {
    log,
    echoes: echoes.description,
    url: addressOf(server, config),
    schedules: engine.roster.schedules,
  });
  void inspect();

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    stopWatching();
    stopTidying();
    const parked = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS).unref());
    mails.stop();
    await Promise.race([Promise.all([server.close(), statusServer?.close(), engine.stop()]), parked]);
    echoes.close();
    await store.close();
    log.info('stopped');
  };
  return { url: addressOf(server, config), reload, stop: () => (stopping ??= stop()) };
}

const countChecks = ({ targets }: Pick<Config, 'targets'>): number =>
  targets.reduce((sum, target) => sum + target.checks.length, 0);

/** What a running process cannot change. */
function fixedAtStart(before: Config, after: Config): string {
  const changed: string[] = [];
  if (before.listen.host !== after.listen.host || before.listen.port !== after.listen.port)
    changed.push('server.listen');
  if (!isDeepStrictEqual(before.status?.listen, after.status?.listen)) changed.push('status_page.listen');
  if (before.storePath !== after.storePath) changed.push('store');
  if ((before.tls === undefined) !== (after.tls === undefined)) changed.push('server.tls');
  return changed.join(', ');
}
