import { randomBytes } from 'node:crypto';
import type { Catalogue, Config } from './config/config.ts';
import { problemLine } from './config/config-problem.ts';
import { loadConfig } from './config/load-config.ts';
import { watchConfig } from './config/watch-config.ts';
import { isMessage } from './core/effect.ts';
import { codeFrom } from './core/new-code.ts';
import { redactor } from './core/redact.ts';
import { checkIdentity } from './core/target.ts';
import { resolveAddressee } from './delivery/addressee.ts';
import { messageDeliverer } from './delivery/message-deliverer.ts';
import { Outbox } from './delivery/outbox.ts';
import { ticketDeliverer } from './delivery/ticket-deliverer.ts';
import { IncidentKeeper } from './incidents/incident-keeper.ts';
import { announce } from './observe/announce.ts';
import type { Log } from './observe/log.ts';
import { reconcile } from './incidents/reconcile.ts';
import { Metrics } from './observe/metrics.ts';
import { ownVersion } from './observe/version.ts';
import type { OutgoingMessage } from './paging/channel.ts';
import { BeatBox } from './probing/beat-box.ts';
import { chooseEchoSender } from './probing/echo-sender.ts';
import { Monitor } from './probing/monitor.ts';
import { systemProbePorts } from './probing/probe-ports.ts';
import { systemClock } from './probing/system-clock.ts';
import { Journal } from './store/journal.ts';
import { sqliteStore } from './store/sqlite-store.ts';
import { scheduleTidying } from './store/tidy.ts';
import { addressOf, listen } from './web/listen.ts';
import { buildServer } from './web/server.ts';
import type { Readiness, ReloadOutcome } from './web/sources.ts';

const PRUNE_MS = 60_000;
const STOP_MS = 10_000;
/** A schedule this late, or an effect this overdue, is not "in order". */
const SCHEDULE_LATE_MS = 5_000;
const EFFECT_OVERDUE_MS = 60_000;

export interface AppOptions {
  configFolder: string;
  config: Config;
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
  const clock = systemClock;
  let config = options.config;
  let redact = redactor(config.secrets);
  options.setRedaction((text) => redact(text));

  const store = sqliteStore(config.storePath, { exclusive: true });
  let storeTrouble: string | undefined;
  const journal = new Journal(store, clock, (trouble) => {
    storeTrouble = trouble?.message;
    if (trouble) log.error({ why: trouble.message }, 'store-refuses');
    else log.info('store-writes-again');
  });
  const commit: typeof store.commit = (change) => journal.append(change);

  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((listener) => listener());

  const beats = new BeatBox();
  const echoes = await chooseEchoSender(clock);
  const probe = systemProbePorts(clock, echoes, beats);
  const newCode = (length: number) => () => codeFrom(randomBytes(length));

  const incidentRules = () => ({
    escalation: config.escalation,
    reopenWindowMs: config.reopenWindowMs,
    wording: { publicUrl: config.publicUrl, timeZone: config.timeZone },
  });
  const keeper: IncidentKeeper = new IncidentKeeper(
    {
      clock,
      journal,
      newId: newCode(8),
      newCode: newCode(10),
      onDecided({ incident, effects, because }) {
        const { id, target, priority, reason } = incident;
        if (because === 'opened') metrics.opened(incident);
        if (because !== 'reached') log.info({ incident: id, target, priority, reason, because }, 'incident');
        outbox.enqueue(effects);
        if (incident.ticket) outbox.hurryMessages(id);
        changed();
      },
    },
    incidentRules(),
  );
  const outbox: Outbox = new Outbox({
    clock,
    random: Math.random,
    commit,
    settled: (effect, ticket) => keeper.settled(effect, ticket),
    onOutcome(effect, queue) {
      const { id, incident, kind, attempts, state } = effect;
      metrics.delivered(effect, queue, config.helpdesk.type.type, keeper.get(incident));
      const to = isMessage(effect) ? (effect.content.person ?? effect.content.to.name) : undefined;
      const why = 'why' in state ? state.why : undefined;
      const lost = kind === 'notice' ? 'warn' : 'error';
      const level = state.is === 'dead' ? lost : state.is === 'accepted' ? 'info' : 'warn';
      log[level]({ incident, effect: id, queue, to, attempts, outcome: state.is, why }, kind);
      changed();
    },
  });
  const monitor = new Monitor({
    clock,
    probe,
    commit,
    wentDown: (target, priority, failing, stored) => keeper.wentDown(target, priority, failing, stored),
    recovered: (target, check, stored) => keeper.recovered(target, check, stored),
    removed: (target, check) => keeper.removed(target, check),
    onStart: (lagMs) => metrics.started(lagMs),
    onSkipped: (slots) => metrics.skipped(slots),
    onResult(watched, result, transition) {
      metrics.probed(watched.check.type, result);
      if (!transition) return;
      const { identity: check, state } = watched;
      const level = transition.to === 'up' ? 'info' : 'warn';
      const why = result.verdict === 'good' ? undefined : result.reason;
      const message = result.verdict === 'good' ? undefined : result.message;
      if (transition.why !== 'first-good') {
        log[level]({ check, because: transition.why, reason: why, message }, transition.to);
      } else log.debug({ check, since: state.health.since }, 'up');
      changed();
    },
  });
  const metrics: Metrics = new Metrics(
    {
      inFlight: () => monitor.inFlight,
      openIncidents: () => keeper.open(),
      liveEffects: () => outbox.live().map((effect) => ({ effect, channel: outbox.queueOf(effect) })),
    },
    { version: ownVersion(), node: process.versions.node },
  );

  const applyRouting = () => {
    const { helpdesk, channels, publicUrl } = config;
    const desk = helpdesk.type.create(helpdesk.settings, { desk: store.desk, publicUrl, now: clock.now });
    const facts = {
      incidentOf: (id: string) => keeper.get(id),
      addressee: (message: Parameters<typeof resolveAddressee>[0]) =>
        resolveAddressee(message, config, clock.now()),
      publicUrl,
      now: clock.now,
    };
    const show = (message: OutgoingMessage, channel: string) => {
      log.warn({ channel, to: message.recipient, text: message.text }, 'page-printed');
      options.onShown?.(message, channel);
    };
    outbox.setDeliverers([
      ticketDeliverer(desk, facts.incidentOf),
      ...[...channels].map(([name, { type, settings }]) =>
        messageDeliverer(name, type.create(settings, { now: clock.now, show }, name), facts),
      ),
    ]);
    metrics.declare({
      types: catalogue.checkTypes.keys(),
      adapter: helpdesk.type.type,
      channels: [...channels.keys()],
    });
  };

  const snapshot = await store.load(clock.now() - config.reopenWindowMs);
  beats.restore(snapshot.beats);
  keeper.restore(snapshot.incidents);
  applyRouting();

  const readiness = (): Readiness => {
    const now = clock.now();
    const why: string[] = [];
    if (journal.blocked || !store.writable())
      why.push(`The store takes no writes: ${storeTrouble ?? 'the last one failed'}.`);
    if (monitor.overdueMs() > SCHEDULE_LATE_MS)
      why.push(`Probes start ${Math.round(monitor.overdueMs() / 1_000)} s late.`);
    const overdue = outbox
      .live()
      .filter(({ state }) => 'dueAt' in state && state.dueAt < now - EFFECT_OVERDUE_MS);
    if (overdue.length > 0) why.push(`${overdue.length} effects are overdue.`);
    return why.length === 0 ? { is: 'ready' } : { is: 'not-ready', why };
  };

  const reloadOnce = async (): Promise<ReloadOutcome> => {
    const loaded = await loadConfig(options.configFolder, catalogue);
    if (loaded.is === 'problems') {
      metrics.reloaded('refused');
      const problems = loaded.problems.map(problemLine);
      for (const problem of problems) log.error({ problem }, 'config-refused');
      log.warn('the old config stays in force');
      return { is: 'refused', problems };
    }
    const fixed = fixedAtStart(config, loaded.config);
    config = { ...loaded.config, listen: config.listen, storePath: config.storePath };
    redact = redactor(config.secrets);
    keeper.rules = incidentRules();
    applyRouting();
    monitor.watch(config);
    metrics.reloaded('applied');
    const changes = `${config.targets.length} targets, ${countChecks(config)} checks`;
    log.info({ watching: changes, ...(fixed && { 'needs-restart': fixed }) }, 'config-applied');
    changed();
    return {
      is: 'applied',
      changes: fixed ? `${changes}; ${fixed} takes effect at the next start` : changes,
    };
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

  const server = await buildServer({
    config: () => config,
    monitor,
    keeper,
    store,
    metrics,
    checkTypes: catalogue.checkTypes,
    probePorts: probe,
    now: clock.now,
    version: ownVersion(),
    queueOf: (effect) => outbox.queueOf(effect),
    readiness,
    reload,
    async beat(token, status, message) {
      const listening = [...monitor.watched()].filter(({ prepared }) => prepared.beatToken === token);
      if (listening.length === 0) return false;
      const stored = beats.report(token, { at: clock.now(), status, message });
      await commit({ beats: [stored] });
      for (const { identity } of listening) monitor.probeSoon(identity);
      return true;
    },
    onFault: (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault'),
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  });

  const stored = snapshot.checks.map(
    ({ target, check, state }) => [checkIdentity(target, check), state] as const,
  );
  monitor.watch(config, new Map(stored));
  outbox.restore(snapshot.effects);

  try {
    await listen(server, config);
    if (config.listen.port === 0) {
      config = { ...config, publicUrl: addressOf(server, config) };
      keeper.rules = incidentRules();
      applyRouting();
    }
  } catch (error) {
    await store.close();
    echoes.close();
    throw error;
  }
  outbox.start();
  await reconcile(monitor, keeper, store);
  keeper.start();
  monitor.start();
  const stopWatching = watchConfig(options.configFolder, () => void reload());
  const stopTidying = scheduleTidying(store, (why) => log.error({ why }, 'tidy-failed'));
  const pruning = setInterval(() => keeper.prune((id) => outbox.hasLive(id)), PRUNE_MS);
  announce(config, log, echoes.description, addressOf(server, config));

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    stopWatching();
    stopTidying();
    clearInterval(pruning);
    keeper.stop();
    const parked = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([Promise.all([server.close(), monitor.stop(), outbox.stop()]), parked]);
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
  if (before.storePath !== after.storePath) changed.push('store');
  return changed.join(', ');
}
