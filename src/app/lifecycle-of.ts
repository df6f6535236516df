import type { Config } from '../config/config.ts';
import { dueAt } from '../core/effect.ts';
import { isByName } from '../core/sight.ts';
import { checkIdentity } from '../core/target.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';
import { locationTarget } from '../locations/location-target.ts';
import { ownTarget } from '../probing/own-target.ts';
import { clockMark } from '../store/clock-set-back.ts';
import { isIn } from '../helpdesks/helpdesk.ts';
import type { InForce, World } from './assemble.ts';
import type { Components } from './components.ts';
import type { LastRun } from './last-run.ts';
import { Lifecycle, type Component } from './lifecycle.ts';
import { lookoutSettings } from './lookout-settings.ts';
import { HISTORY_DAYS } from '../history/history.ts';

const DAY_MS = 86_400_000;
const RECENT_INCIDENTS = 100;
/** A probe that starts this late, or an effect this overdue, is reported as a problem. */
const PROBE_LATE_MS = 5_000;
const EFFECT_OVERDUE_MS = 60_000;
const SIGHT_STALE_MS = 60_000;
const NOTHING = { checks: [], sightings: [] };

/**
 * The life of every component, in the order in which they are restored, started and given new settings; they end in
 * reverse. What waits for the disk stands behind what probes, judges and delivers: those neither start late for it nor
 * go by the old settings while the rest goes by the new ones.
 */
export function lifecycleOf(
  all: Components,
  inForce: InForce,
  { clock, store, files, beats, events, location, stopLimit }: World,
): Lifecycle<Config, LastRun> {
  const { planning, history, historyWatch, keeper, gate, outbox, office, ticketWatch, ways, field } = all;
  const lifecycle = new Lifecycle<Config, LastRun>(events.onFault, stopLimit);
  const add = (name: string, component: Omit<Component<Config, LastRun>, 'name'>) =>
    lifecycle.add({ name, ...component });

  add('config', {
    apply(config) {
      inForce.config = config;
    },
  });
  add('store', {
    complaints() {
      const isWell = !all.journal.blocked && store.writable();
      return isWell ? [] : [`The store takes no writes: ${all.journal.trouble ?? 'the last one failed'}.`];
    },
    prune: (now) => void all.journal.append({ marks: [clockMark(now)] }),
  });
  add('signing key', { restore: ({ marks }) => all.signing.restore(marks) });
  add('audit log', { stop: () => all.auditLog.flush() });
  add('access', { restore: () => all.access.restore() });
  add('planning', {
    restore({ windows, overrides }) {
      planning.configured = inForce.config;
      for (const window of windows) planning.windows.add(window);
      for (const override of overrides) planning.roster.add(override);
    },
    apply(config) {
      planning.configured = config;
    },
    prune: (now) => planning.prune(now),
  });
  add('history', {
    restore: ({ spans, aliveAt, checks, marks }) =>
      historyWatch.restore(
        { spans, aliveAt, known: checks.map(({ target }) => target), marks },
        inForce.config.targets,
      ),
    clockStepped: (byMs) => history.shift(byMs),
    slept: (ms) => historyWatch.slept(ms),
    prune(now) {
      history.forget(now - HISTORY_DAYS * DAY_MS);
      historyWatch.look();
    },
  });
  add('heartbeats', {
    restore({ beats: stored, marks, setBackMs, aliveAt }) {
      beats.restore(stored, marks, setBackMs);
      if (aliveAt !== undefined) void all.journal.append({ marks: [beats.missed(aliveAt, clock.now())] });
    },
    clockStepped: (byMs) => beats.shift(byMs),
    slept: (ms) => void all.journal.append({ marks: [beats.missed(clock.now() - ms, clock.now())] }),
  });
  add('incidents', {
    restore: ({ incidents }) => keeper.restore(incidents),
    apply(config) {
      keeper.rules = incidentRulesOf(config);
    },
    clockStepped: (byMs) => keeper.shift(byMs),
    slept: () => keeper.wake(),
    prune: () => keeper.prune((id) => outbox.hasLive(id) || all.receipts.hasOf(id)),
  });
  add('what the last run heard of tickets', { restore: ({ marks }) => ticketWatch.restore(marks) });
  const watchTheMonitor = ({ watchdog }: Config) => {
    all.deadMan.settings = watchdog?.deadMan;
    all.dailyPage.settings = watchdog?.dailyPage;
  };
  add('watchdog settings', { restore: () => watchTheMonitor(inForce.config), apply: watchTheMonitor });
  const route = (config: Config) => {
    const { deliverers, helpdesks } = ways.make(config);
    ticketWatch.helpdesks = config.helpdesks.map(({ type: _type, settings: _settings, ...rules }) => ({
      rules,
      helpdesk: helpdesks.get(rules.name)!,
    }));
    outbox.setDeliverers(deliverers);
  };
  add('ways to helpdesks and people', {
    restore: () => route(inForce.config),
    start: () => ways.listen(true),
    apply: route,
    complaints: () => ways.complaints(),
    stop: () => ways.listen(false),
  });
  add('outbox', {
    restore: ({ effects }) => outbox.restore(effects),
    start: () => outbox.start(),
    clockStepped: (byMs) => outbox.shift(byMs),
    slept: () => outbox.wake(),
    complaints() {
      const before = clock.now() - EFFECT_OVERDUE_MS;
      const overdue = outbox
        .live()
        .filter((effect) => (dueAt(effect) ?? Infinity) < before && outbox.isStuck(effect));
      return overdue.length === 0 ? [] : [`${overdue.length} effects are overdue.`];
    },
    stop: () => outbox.stop(),
  });
  add('receipts', {
    restore({ receipts }) {
      for (const effect of receipts) all.receipts.track(effect);
    },
    clockStepped: (byMs) => all.receipts.shift(byMs),
    stop: () => all.receipts.stop(),
  });
  add('lookout', {
    start: () => all.lookout.start(),
    apply(config) {
      all.lookout.settings = lookoutSettings(config);
    },
    slept: () => void all.lookout.look(),
    complaints: () =>
      all.lookout.sinceRoundMs() > SIGHT_STALE_MS ? ['The anchors have not been asked for a while.'] : [],
    stop: () => all.lookout.stop(),
  });
  const watch = async (
    config: Config,
    { checks, sightings }: Pick<LastRun, 'checks' | 'sightings'> = NOTHING,
  ) => {
    const { connectivity, watchdog, targets, prepared, sharedSecrets } = config;
    const own = ownTarget({
      lookout: connectivity && {
        of: all.lookout,
        hasNames: connectivity.anchors.some(isByName),
        cadence: connectivity.cadence,
      },
      paging: watchdog?.dailyPage && (() => all.dailyPage.finding()),
    });
    const away = [...config.locations].filter(([name]) => name !== location);
    const places = away.map(([name, settings]) =>
      locationTarget(name, settings, () => all.hub.standingOf(name)),
    );
    const ours = [...(own ? [own.target] : []), ...places.map(({ target }) => target)];
    const list =
      ours.length === 0
        ? { targets, prepared }
        : {
            targets: [...targets, ...ours],
            prepared: new Map([
              ...prepared,
              ...(own?.prepared ?? []),
              ...places.map(({ identity, prepared: ready }) => [identity, ready] as const),
            ]),
          };
    const states = new Map(checks.map(({ target, check, state }) => [checkIdentity(target, check), state]));
    field.watch({ ...list, sharedSecrets }, states, sightings);
    await historyWatch.watching(targets);
  };
  add('field', {
    restore: (last) => watch(inForce.config, last),
    start: () => field.start(),
    apply: (config) => watch(config),
    clockStepped: (byMs) => all.journal.append(field.shift(byMs)),
    slept: () => field.slept(),
    complaints() {
      const lateMs = field.overdueMs();
      return lateMs > PROBE_LATE_MS ? [`Probes start ${Math.round(lateMs / 1_000)} s late.`] : [];
    },
    stop: () => field.stop(),
  });
  add('locations', {
    restore: ({ agents }) => all.roster.restore(agents),
    start: () => all.hub.start(),
    apply: (_config, isRunning) => (isRunning ? all.hub.start() : undefined),
    slept: () => all.hub.slept(),
    stop: () => all.hub.stop(),
  });
  add('gate', {
    start: () => gate.start(),
    apply: (config, isRunning) => (isRunning ? gate.start(config.grouping) : undefined),
    clockStepped: () => gate.look(),
    slept: () => gate.look(),
    stop: () => gate.stop(),
  });
  add('steps of incidents', { start: () => keeper.start(), stop: () => keeper.stop() });
  add('hotline', { restore: ({ marks }) => all.hotline.restore(marks) });
  add('subscriptions', {
    restore: ({ subscribers }) => all.subscriptions.restore(subscribers),
    async start() {
      // What was decided last and not told yet, should the last run have ended in between.
      const { items } = await store.incidents({ limit: RECENT_INCIDENTS });
      for (const incident of items) void all.subscriptions.consider(incident).catch(events.onFault);
    },
  });
  add('auditor', {
    start: () => all.auditor.start(),
    complaints: () => all.auditor.complaints(),
    stop: () => all.auditor.stop(),
  });
  add('ticket watch', { start: () => ticketWatch.start(), stop: () => ticketWatch.stop() });
  add('office', {
    async restore({ marks, setBackMs }) {
      await office.restore(marks, setBackMs);
      // Before anybody can upload: what is half written now is left over from the last run.
      await files.sweep();
    },
    start: () => office.start(),
    apply: () => office.apply(),
    clockStepped: (byMs) => office.shift(byMs),
    slept: () => office.wake(),
    prune: (now) => office.service.prune(now - DAY_MS),
    stop: () => office.stop(),
  });
  add('mailbox', {
    restore: () => all.mail.restore(),
    start: () => all.mailbox.start(),
    apply: () => all.mailbox.apply(),
    complaints() {
      const { trouble } = all.mailbox;
      return trouble === undefined ? [] : [`The mailbox of the desk cannot be read: ${trouble}.`];
    },
    stop: () => all.mailbox.stop(),
  });
  /** Ends incidents about humans' tickets in a helpdesk that is no longer polled: no change to them would be seen. */
  const endUnheard = () => {
    for (const { id, kind, reason, helpdesk, ticket } of keeper.open()) {
      const heard = ways.helpdesk(helpdesk);
      const isHeard = heard?.changedSince && heard.read && isIn(ticket, helpdesk, heard);
      const isTheirs = reason === 'marked-urgent' || reason === 'promise';
      if (kind === 'ticket' && isTheirs && !isHeard) keeper.helpdeskGone(id);
    }
  };
  add('tickets of helpdesks that are gone', {
    start: endUnheard,
    apply: (_config, isRunning) => (isRunning ? endUnheard() : undefined),
  });
  add('dead man’s switch', { start: () => all.deadMan.start(), stop: () => all.deadMan.stop() });
  add('daily test page', {
    restore: ({ marks }) => all.dailyPage.restore(marks),
    start: () => all.dailyPage.start(),
    stop: () => all.dailyPage.stop(),
  });
  return lifecycle;
}
