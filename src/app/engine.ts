import type { HttpHeaders } from '../core/http-headers.ts';
import type { Config } from '../config/config.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { dueAt, isTicketOrder } from '../core/effect.ts';
import { flapNow, type FlapNow } from '../core/flapping.ts';
import { stillFailing, ticketAtHand, type Incident } from '../core/incident.ts';
import { shiftCheck } from '../core/shift.ts';
import { isByName, type Sight } from '../core/sight.ts';
import type { HistorySpan } from '../core/history.ts';
import { checkIdentity, type Priority, type Target } from '../core/target.ts';
import { resolveAddressee } from '../delivery/addressee.ts';
import { nobodyReached } from '../delivery/nobody-reached.ts';
import { Outbox } from '../delivery/outbox.ts';
import { Receipts } from '../delivery/receipts.ts';
import { Mailer } from '../delivery/mailer.ts';
import { WaysOutside } from '../delivery/ways-outside.ts';
import { ticketQueue } from '../delivery/ticket-queue.ts';
import { Access } from '../access/access.ts';
import { AuditLog } from '../access/audit-log.ts';
import { Mailbox, type Trial } from '../mail/mailbox.ts';
import type { ParsedMail } from '../mail/parse-mail.ts';
import { MailDesk } from '../mail/mail-desk.ts';
import type { TellingRules } from '../core/customer-updates.ts';
import { deskNumber } from '../desk/desk.ts';
import { Office } from '../desk/office.ts';
import { History, HISTORY_DAYS } from '../history/history.ts';
import { HistoryWatch } from '../history/history-watch.ts';
import { Latencies } from '../history/latencies.ts';
import { inspectHotline } from '../hotline/inspect-hotline.ts';
import { Hotline } from '../hotline/hotline.ts';
import { Auditor } from '../incidents/auditor.ts';
import { Gate } from '../incidents/gate.ts';
import { IncidentKeeper } from '../incidents/incident-keeper.ts';
import { IncidentTickets, isTicketWork } from '../incidents/incident-tickets.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';
import { TicketWatch } from '../incidents/ticket-watch.ts';
import type { MaintenancePlan } from '../maintenance/maintenance-plan.ts';
import type { EngineEvents } from '../observe/engine-events.ts';
import type { InboundAnswer, InboundCall } from '../paging/channel.ts';
import { makeInbox } from '../answering/inbox.ts';
import type { BeatBox } from '../probing/beat-box.ts';
import { Lookout } from '../probing/lookout.ts';
import { Monitor, storedCheck } from '../probing/monitor.ts';
import { ownTarget } from '../probing/own-target.ts';
import type { ProbePorts } from '../probing/ports.ts';
import { namedHelpdesks } from '../store/named-helpdesks.ts';
import { afterClockSetBack, clockMark, lastAliveAt } from '../store/clock-set-back.ts';
import { Journal } from '../store/journal.ts';
import { AnswerDesk } from '../answering/answer-desk.ts';
import { ANSWER_KEY, AnswerLinks } from '../answering/answer-links.ts';
import type { Mark, Store } from '../store/store.ts';
import { ReportDesk } from '../status/report-desk.ts';
import { Subscriptions } from '../status/subscriptions.ts';
import { DailyPage } from '../watchdog/daily-page.ts';
import type { Directory } from '../core/directory.ts';
import { directoryOf } from '../on-call/directory.ts';
import type { Roster } from '../on-call/roster.ts';
import { DESK } from '../core/ticket-route.ts';
import { isIn } from '../tickets/helpdesk.ts';
import { keyFor } from '../outside/signature.ts';
import type { Inspection } from '../outside/inspection.ts';
import { Planning } from '../planning/planning.ts';
import { DeadManSwitch } from '../watchdog/dead-man-switch.ts';

const PRUNE_MS = 60_000;
const MAIL_TRIAL = 'mail-trial';
const BY_PRIORITY_SINCE = 'history-by-priority-since';
const DAY_MS = 86_400_000;
const RECENT_INCIDENTS = 100;
/** A schedule this late, or an effect this overdue, is not "in order". */
const SCHEDULE_LATE_MS = 5_000;
const EFFECT_OVERDUE_MS = 60_000;
const SIGHT_STALE_MS = 60_000;
/** The clock is read at least this often, so that a step or a sleep never stays unseen for long. */
const HEARTBEAT_MS = 1_000;
/** A heartbeat this late: the process stood still, and could neither see nor hear. */
const STALLED_MS = 5_000;

export interface EngineParts {
  clock: Clock;
  random(): number;
  newCode(length: number): () => string;
  store: Store;
  probe: ProbePorts;
  beats: BeatBox;
  /** Reads a mail as it came, off the event loop. */
  readMail(source: Uint8Array): Promise<ParsedMail>;
  events: EngineEvents;
}

/** Everything that watches, decides and delivers, put together; the outside is handed in. */
export class Engine {
  readonly journal: Journal;
  readonly monitor: Monitor;
  readonly keeper: IncidentKeeper;
  readonly gate: Gate;
  readonly outbox: Outbox;
  readonly planning: Planning;
  readonly plan: MaintenancePlan;
  readonly roster: Roster;
  readonly history: History;
  readonly latencies = new Latencies();
  readonly answers: AnswerDesk;
  readonly hotline: Hotline;
  readonly reports: ReportDesk;
  readonly subscriptions: Subscriptions;
  readonly mailer: Mailer;
  readonly office: Office;
  readonly access: Access;
  readonly auditLog: AuditLog;
  readonly mail: MailDesk;
  readonly #mailbox: Mailbox;
  #links: AnswerLinks | undefined;
  #linkKey = '';
  readonly #ways: WaysOutside;
  readonly #directory: Directory;
  readonly lookout: Lookout;
  readonly #parts: EngineParts;
  readonly #receipts: Receipts;
  readonly #historyWatch: HistoryWatch;
  readonly #auditor: Auditor;
  readonly #tickets: TicketWatch;
  readonly #deadMan: DeadManSwitch;
  readonly #dailyPage: DailyPage;
  #config: Config;
  #storeTrouble: string | undefined;
  #pruning: Timer | undefined;
  #heartbeat: Timer | undefined;
  #running = false;

  constructor(config: Config, parts: EngineParts) {
    const { clock, store, events, newCode } = parts;
    this.#config = config;
    this.#parts = parts;
    this.planning = new Planning({
      append: (change) => this.journal.append(change),
      onWindows: () => {
        this.#historyWatch.look();
        this.gate.look();
      },
      onChange: events.onChange,
    });
    this.plan = this.planning.windows;
    this.roster = this.planning.roster;
    const tickets = new IncidentTickets({
      config: () => this.#config,
      outbox: () => this.outbox,
      now: () => clock.now(),
      targets: () => this.monitor.targets,
    });
    this.roster.configured = config.schedules;
    this.#directory = directoryOf({
      config: () => this.#config,
      schedules: () => this.roster.schedules,
      now: () => clock.now(),
    });
    this.journal = new Journal(
      store,
      clock,
      (trouble) => {
        this.#storeTrouble = trouble?.message;
        events.onStoreTrouble(trouble);
      },
      (afterMs) => events.onDurable(afterMs),
    );
    const commit: Store['commit'] = (change) => this.journal.append(change);
    this.history = new History({ commit, onFault: events.onFault });
    this.keeper = new IncidentKeeper(
      {
        clock,
        journal: this.journal,
        newId: newCode(8),
        newCode: newCode(10),
        directory: this.#directory,
        live: (incident) => tickets.liveOf(incident),
        ticketOf: (incident) => tickets.of(incident),
        whyNoTicket: (incident) => tickets.whyNone(incident),
        onFault: events.onFault,
        onDecided: (decision) => {
          const { incident, effects, because } = decision;
          events.onDecided(decision);
          this.subscriptions.consider(incident).catch(events.onFault);
          this.office.decided(incident);
          this.outbox.enqueue(effects);
          if (ticketAtHand(incident)) this.outbox.hurryMessages(incident.id);
          if (because === 'resolved-by-hand' || because === 'ticket-ended')
            this.gate.consider(incident.failing);
          this.gate.look();
          events.onChange();
        },
      },
      incidentRulesOf(this.#config),
    );
    this.outbox = new Outbox({
      clock,
      random: parts.random,
      commit,
      settled: async (ended) => {
        await this.keeper.settled(ended);
        for (const { effect, accepted } of ended) await this.office.bugs.accepted(effect, accepted?.ticket);
      },
      onReceiptWanted: (effect) => this.#receipts.track(effect),
      onFault: events.onFault,
      onOutcome: (effect, queue) => {
        events.onOutcome(effect, queue);
        this.#ways.ended(effect, queue);
        if (deskNumber(effect.incident) !== undefined) this.office.desk.outcome(effect).catch(events.onFault);
        if (isTicketOrder(effect)) {
          const { incident, content, state } = effect;
          if (isTicketWork(effect)) this.#tickets.worked(incident);
          if (state.is === 'accepted') this.#tickets.answers(content.helpdesk);
        }
        events.onChange();
      },
    });
    this.#tickets = new TicketWatch({
      clock,
      keeper: this.keeper,
      store,
      journal: this.journal,
      newId: newCode(8),
      ackExpiresMs: () => this.#config.ackExpiresMs,
      isAtWork: (incident) => this.keeper.isDeciding(incident) || tickets.isAtWork(incident),
      hearing: () => ({
        ...this.#telling(),
        ticketOf: (incident) => tickets.of(incident),
      }),
      escalation: () => this.#config.escalation,
      openingSince: (helpdesk) => tickets.openingSince(helpdesk),
      customerOf: (reading) => this.office.customerOf(reading),
      wantsReadings: (adapter) => this.office.wantsReadings(adapter),
      onReading: (helpdesk, reading, acts) => this.office.heard(helpdesk, reading, acts),
      onHeard: (name, outcome, wasDeaf) => {
        if (wasDeaf && outcome.is === 'done') this.outbox.tryAgain(ticketQueue(name));
        events.onTicketsHeard(name, outcome);
        if (wasDeaf !== (outcome.is !== 'done')) events.onChange();
      },
      onFault: events.onFault,
    });
    this.#receipts = new Receipts({
      clock,
      ask: (effect, remoteId) =>
        this.#ways.deliverer(this.outbox.queueOf(effect))?.receipt?.(effect, remoteId),
      commit,
      settled: (ended) => this.keeper.settled(ended),
      onOutcome: (effect) => {
        events.onOutcome(effect, this.outbox.queueOf(effect));
        this.#ways.ended(effect, this.outbox.queueOf(effect));
      },
    });
    this.answers = new AnswerDesk({ clock, keeper: this.keeper, store });
    this.#ways = new WaysOutside({
      channel: {
        now: () => clock.now(),
        show: (message, channel) => events.show(message, channel),
        onFault: events.onFault,
        inbox: makeInbox({
          clock,
          config: () => this.#config,
          answers: this.answers,
          store,
          keeper: this.keeper,
          remember: (id) => this.journal.append({ inbound: [{ id, at: clock.now() }] }),
          onReceipt: (_channel, remoteId, receipt) => this.#receipts.hear(remoteId, receipt),
        }),
      },
      helpdesk: { desk: () => this.office.desk, now: () => clock.now() },
      facts: {
        incidentOf: (id) => this.keeper.get(id),
        flapOf: (incident) => this.flapOf(incident),
        addressee: (message) => resolveAddressee(message, this.#routes, clock.now()),
        token: (code) => this.links.tokenOf(code),
        nameOf: (person) => this.#directory.nameOf(person),
        now: () => clock.now(),
      },
    });
    const outside = {
      clock,
      config: () => this.#config,
      keeper: this.keeper,
      store,
      telling: () => this.#telling(),
      newId: newCode(8),
    };
    this.hotline = new Hotline(outside);
    this.reports = new ReportDesk(outside);
    this.subscriptions = new Subscriptions({
      clock,
      newCode: newCode(10),
      newToken: newCode(16),
      settings: () => this.#config.status,
      targets: () => this.#config.targets,
      timeZone: () => this.#config.timeZone,
      commit,
      enqueue: (effects) => this.outbox.enqueue(effects),
      effect: (id) => store.effect(id),
    });
    this.mailer = new Mailer({
      channel: () => this.#ways.channel(this.#directory.mailChannel() ?? ''),
      newCode: newCode(10),
      publicUrl: () => this.#config.publicUrl,
      timeZone: () => this.#config.timeZone,
    });
    this.office = new Office({
      clock,
      config: () => this.#config,
      keeper: this.keeper,
      store,
      commit,
      enqueue: (effects) => this.outbox.enqueue(effects),
      directory: this.#directory,
      newId: newCode(8),
      newCode: newCode(10),
      linkKey: () => keyFor(this.#linkKey, 'desk'),
      telling: () => this.#telling(),
      onDesk: () => {
        this.#tickets.pokeAdapter(DESK);
        events.onChange();
      },
      onPromise: (clockName, priority, outcome) => events.onPromise(clockName, priority, outcome),
      onAttachmentTrouble: events.onAttachmentTrouble,
      onFault: events.onFault,
    });
    this.auditLog = new AuditLog({ clock, commit, onFault: events.onFault });
    this.access = new Access({
      clock,
      settings: () => this.#config.access,
      store,
      commit,
      key: () => keyFor(this.#linkKey, 'access'),
      hasCustomer: (name) => this.#config.customers.has(name),
    });
    this.mail = new MailDesk({
      clock,
      config: () => this.#config,
      office: this.office,
      store,
      read: parts.readMail,
      remember: (id) => this.journal.append({ inbound: [{ id, at: clock.now() }] }),
      userOf: (address) => this.access.ownerOf(address),
    });
    this.#mailbox = new Mailbox({
      clock,
      settings: () => this.#config.deskSettings.mail,
      trial: {
        last: async () => ((await store.mark(MAIL_TRIAL)) as Trial | null | undefined) ?? undefined,
        store: (trial) => this.journal.append({ marks: [{ name: MAIL_TRIAL, value: trial ?? null }] }),
      },
      take: (source) => this.mail.take(source),
      unreadable: (source, why) => this.mail.unreadable(source, why),
      onMail: events.onMail,
      onTrouble: events.onMailTrouble,
      onFault: events.onFault,
    });
    this.lookout = new Lookout(this.#lookoutSettings(), {
      clock,
      probe: parts.probe,
      onChange: (now, before) => this.#sightChanged(now, before),
    });
    this.monitor = new Monitor({
      clock,
      probe: parts.probe,
      commit,
      changed: (watched) => this.gate.changed(watched),
      doubt: ({ target, state }, result) =>
        target.ours ? undefined : this.lookout.doubt(result, state.health.is === 'down'),
      removed: (target, check) => {
        this.latencies.forget(checkIdentity(target, check));
        return this.keeper.removed(target, check);
      },
      onStart: events.onStart,
      onSkipped: events.onSkipped,
      onResult: (watched, result, transition) => {
        events.onResult(watched, result, transition);
        this.latencies.record(watched.identity, {
          at: result.startedAt,
          durationMs: result.durationMs,
          isGood: result.verdict === 'good',
        });
        // A failure can become a warning, and the other way round, without any transition.
        if (transition || result.verdict === 'failed') this.#historyWatch.note(watched.target);
        if (!transition) return;
        events.onChange();
      },
    });
    this.#historyWatch = new HistoryWatch({
      clock,
      history: this.history,
      field: this.monitor,
      isBlind: () => this.isBlind,
      isPlanned: (target) => this.plan.openFor(target, clock.now()).length > 0,
    });
    this.gate = new Gate(
      {
        clock,
        field: this.monitor,
        keeper: this.keeper,
        commit,
        windowsFor: (target, now) => this.plan.openFor(target, now),
        onHeld: events.onHeld,
        onFault: events.onFault,
      },
      config.grouping,
    );
    this.#auditor = new Auditor({
      clock,
      keeper: this.keeper,
      gate: this.gate,
      field: this.monitor,
      outbox: this.outbox,
      journal: this.journal,
      store,
      onFinding: events.onFinding,
      onFault: events.onFault,
    });
    this.#deadMan = new DeadManSwitch({
      clock,
      complaints: () => [
        ...this.complaints(),
        ...nobodyReached(this.#config.escalation, this.#directory, this.#routes, clock.now()),
      ],
      onOutcome: events.onDeadMan,
    });
    this.#dailyPage = new DailyPage({
      clock,
      newCode: newCode(10),
      effect: (id) => store.effect(id),
      hasReceipts: (via) => this.#ways.deliverer(via)?.receipt !== undefined,
      send: async (newEffects, mark) => {
        await commit({ newEffects, marks: [mark] });
        this.outbox.enqueue(newEffects);
      },
    });
  }

  /** Links of pages; there from `restore` on. */
  get links(): AnswerLinks {
    return this.#links!;
  }

  /** Of everything that is signed here; the same over restarts. */
  get linkKey(): string {
    return this.#linkKey;
  }

  /** How a check that still fails in it flaps at this moment; undefined when none does. */
  flapOf(incident: Incident): FlapNow | undefined {
    for (const { target, check } of stillFailing(incident)) {
      const flap = this.monitor.find(checkIdentity(target, check))?.state.flap;
      const now = flap && flapNow(flap);
      if (now) return now;
    }
    return undefined;
  }

  publicSpans(target: Target, priorities: readonly Priority[]): readonly HistorySpan[] | undefined {
    return this.#historyWatch.spansFor(target, priorities);
  }

  get isBlind(): boolean {
    return this.lookout.sight?.network === 'blind';
  }

  /** Takes up what the last run left. Nothing is probed or sent before `start`. */
  async restore(): Promise<void> {
    const { clock, store, beats } = this.#parts;
    const stored = await store.load(clock.now() - this.#config.reopenWindowMs);
    const snapshot = afterClockSetBack(stored, clock.now());
    beats.restore(snapshot.beats);
    const named = namedHelpdesks(snapshot, this.#config.helpdesks);
    this.keeper.restore(named.incidents);
    for (const window of snapshot.windows) this.plan.add(window);
    for (const override of snapshot.overrides) this.roster.add(override);
    await this.#restoreLinks(snapshot.marks);
    this.#dailyPage.restore(snapshot.marks);
    this.#tickets.restore(snapshot.marks);
    const last = lastAliveAt(stored.marks);
    await this.office.restore(snapshot.marks, last === undefined ? 0 : Math.min(0, clock.now() - last));
    await this.access.restore();
    this.#route();
    const states = snapshot.checks.map(
      ({ target, check, state }) => [checkIdentity(target, check), state] as const,
    );
    this.subscriptions.restore(await store.subscribers());
    const spans = await store.history(clock.now() - HISTORY_DAYS * DAY_MS);
    const known = snapshot.checks.map(({ target }) => target);
    const watched = this.#config.targets.map(({ name }) => name);
    const measuredSince = snapshot.marks.find(({ name }) => name === BY_PRIORITY_SINCE)?.value;
    const byPrioritySince = typeof measuredSince === 'number' ? measuredSince : clock.now();
    if (byPrioritySince !== measuredSince)
      await this.journal.append({ marks: [{ name: BY_PRIORITY_SINCE, value: byPrioritySince }] });
    this.#historyWatch.restore(
      spans,
      lastAliveAt(snapshot.marks),
      known.length === 0 ? watched : known,
      byPrioritySince,
    );
    await this.#watch(new Map(states));
    this.outbox.restore(named.effects);
    for (const effect of snapshot.receipts) this.#receipts.track(effect);
  }

  async start(): Promise<void> {
    this.#running = true;
    await this.office.attachments.sweep();
    this.#ways.listen(true);
    this.outbox.start();
    this.lookout.start();
    this.monitor.start();
    await this.gate.start();
    this.keeper.start();
    // What was decided last and not told yet, should the last run have ended in between.
    const { items } = await this.#parts.store.incidents({ limit: RECENT_INCIDENTS });
    for (const incident of items)
      void this.subscriptions.consider(incident).catch(this.#parts.events.onFault);
    this.#auditor.start();
    this.#tickets.start();
    await this.office.start();
    this.#mailbox.start();
    this.#endUnheard();
    this.#deadMan.start();
    this.#dailyPage.start();
    this.#armPruning();
    this.#armHeartbeat(this.#parts.clock.monotonic());
  }

  /** A new config is in force from now on. */
  async apply(config: Config): Promise<void> {
    this.#config = config;
    this.roster.configured = config.schedules;
    this.keeper.rules = incidentRulesOf(this.#config);
    this.#route();
    await this.#watch();
    await this.office.apply();
    this.#mailbox.apply();
    if (this.#running) await this.gate.start(config.grouping);
    if (this.#running) this.#endUnheard();
  }

  /** Ends in order; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#ways.listen(false);
    this.#pruning?.cancel();
    this.#heartbeat?.cancel();
    this.#deadMan.stop();
    this.#dailyPage.stop();
    this.auditLog.flush();
    this.#auditor.stop();
    this.#tickets.stop();
    this.office.stop();
    this.#mailbox.stop();
    this.lookout.stop();
    this.gate.stop();
    this.keeper.stop();
    this.#receipts.stop();
    await Promise.all([this.monitor.stop(), this.outbox.stop()]);
  }

  /** Why the monitor does not do its work as it should; empty when it does. */
  complaints(): string[] {
    const { clock, store } = this.#parts;
    const now = clock.now();
    const why: string[] = [];
    if (this.journal.blocked || !store.writable())
      why.push(`The store takes no writes: ${this.#storeTrouble ?? 'the last one failed'}.`);
    const late = this.monitor.overdueMs();
    if (late > SCHEDULE_LATE_MS) why.push(`Probes start ${Math.round(late / 1_000)} s late.`);
    const overdue = this.outbox
      .live()
      .filter(
        (effect) => (dueAt(effect) ?? Infinity) < now - EFFECT_OVERDUE_MS && this.outbox.isStuck(effect),
      );
    if (overdue.length > 0) why.push(`${overdue.length} effects are overdue.`);
    if (this.lookout.sinceRoundMs() > SIGHT_STALE_MS)
      why.push('The anchors have not been asked for a while.');
    const { trouble } = this.#mailbox;
    if (trouble !== undefined) why.push(`The mailbox of the desk cannot be read: ${trouble}.`);
    return [...why, ...this.#ways.complaints(), ...this.#auditor.complaints()];
  }

  get deafHelpdesks() {
    return this.#tickets.deaf;
  }

  /** A webhook of a helpdesk: when it is genuine, that one is asked now. Undefined when there is none of that name. */
  helpdeskCalls(name: string, headers: HttpHeaders, body: string): boolean | undefined {
    const isGenuine = this.#ways.isGenuine(name, headers, body);
    if (isGenuine) this.#tickets.poke(name);
    return isGenuine;
  }

  /** A webhook of a channel's provider; undefined when there is no such channel, or it is never called. */
  channelCalls(name: string, call: InboundCall): Promise<InboundAnswer> | undefined {
    return this.#ways.hear(name, call);
  }

  /** What of the config does not fit helpdesks and channels as they are. */
  async inspect(): Promise<Inspection[]> {
    const { hotline, publicUrl } = this.#config;
    const found = await this.#ways.inspect();
    return hotline ? [...found, await inspectHotline(hotline, publicUrl)] : found;
  }

  /** The wall clock was set: everything that goes on moves with it. */
  async clockSet(byMs: number): Promise<void> {
    this.#parts.events.onPause('clock-set', byMs);
    const checks = [...this.monitor.watched()].map((watched) => {
      watched.state = shiftCheck(watched.state, byMs);
      watched.watchedSince += byMs;
      return storedCheck(watched);
    });
    this.#parts.beats.shift(byMs);
    this.history.shift(byMs);
    this.gate.look();
    await Promise.all([
      this.keeper.shift(byMs),
      this.outbox.shift(byMs),
      this.#receipts.shift(byMs),
      this.office.shift(byMs),
      this.journal.append({ checks }),
    ]);
  }

  /** Nothing ran for a while: what was under way says nothing, and what has come due is taken. */
  slept(ms: number, what: 'slept' | 'stalled' = 'slept'): void {
    this.#parts.events.onPause(what, ms);
    this.monitor.slept();
    this.#historyWatch.slept(ms);
    this.keeper.wake();
    this.office.wake();
    this.outbox.wake();
    this.gate.look();
    void this.lookout.look();
  }

  /** The key is made once, and outlives the process: links in pages that are out must go on to work. */
  async #restoreLinks(marks: readonly Mark[]): Promise<void> {
    const stored = marks.find(({ name }) => name === ANSWER_KEY)?.value;
    const key = typeof stored === 'string' ? stored : this.#parts.newCode(32)();
    this.#links = new AnswerLinks(key);
    this.#linkKey = key;
    if (key !== stored) await this.journal.append({ marks: [{ name: ANSWER_KEY, value: key }] });
  }

  /** Nothing is ever heard again of a human's ticket in a helpdesk that is no longer in the config. */
  #endUnheard(): void {
    for (const { id, kind, reason, helpdesk, ticket } of this.keeper.open()) {
      const heard = this.#ways.helpdesk(helpdesk);
      const isHeard = heard?.changedSince && heard.read && isIn(ticket, helpdesk, heard);
      const isTheirs = reason === 'marked-urgent' || reason === 'promise';
      if (kind === 'ticket' && isTheirs && !isHeard) this.keeper.helpdeskGone(id);
    }
  }

  #telling(): TellingRules {
    const { wording, updates } = incidentRulesOf(this.#config);
    return { wording, updates, directory: this.#directory, newCode: this.#parts.newCode(10) };
  }

  get #routes() {
    return { ...this.#config, schedules: this.roster.schedules };
  }

  #lookoutSettings() {
    const { anchors = [], cadence } = this.#config.connectivity ?? {};
    return { anchors, intervalMs: cadence?.intervalMs ?? 10_000, timeoutMs: cadence?.timeoutMs ?? 2_000 };
  }

  /** Hands what the config says of targets, windows and the watchdog to those who act on it. */
  async #watch(stored?: Parameters<Monitor['watch']>[1]): Promise<void> {
    const { connectivity, watchdog, windows, targets, prepared, sharedSecrets } = this.#config;
    this.plan.configured = windows;
    this.lookout.settings = this.#lookoutSettings();
    this.#deadMan.settings = watchdog?.deadMan;
    this.#dailyPage.settings = watchdog?.dailyPage;
    const own = ownTarget({
      lookout: connectivity && {
        of: this.lookout,
        hasNames: connectivity.anchors.some(isByName),
        cadence: connectivity.cadence,
      },
      paging: watchdog?.dailyPage && (() => this.#dailyPage.finding()),
    });
    const list = own
      ? { targets: [...targets, own.target], prepared: new Map([...prepared, ...own.prepared]) }
      : { targets, prepared };
    this.monitor.watch({ ...list, sharedSecrets }, stored);
    await this.#historyWatch.watching(targets);
  }

  /** Makes the ways to helpdesk and people anew. */
  #route(): void {
    const { deliverers, helpdesks } = this.#ways.make(this.#config);
    this.#tickets.helpdesks = this.#config.helpdesks.map(
      ({ type: _type, settings: _settings, ...rules }) => ({
        rules,
        helpdesk: helpdesks.get(rules.name)!,
      }),
    );
    this.outbox.setDeliverers(deliverers);
  }

  /** Sight is back: everything is probed again before anything is judged. */
  #sightChanged(now: Sight, before: Sight | undefined): void {
    const { events } = this.#parts;
    events.onSight(now, before);
    this.history.noteSight(now.network === 'blind', this.#parts.clock.now());
    const sawNot = before?.network === 'blind' || before?.resolver === 'broken';
    if (sawNot && now.network === 'sees' && now.resolver !== 'broken') this.monitor.probeAll();
    for (const { identity, target } of this.monitor.watched()) {
      if (target.ours) this.monitor.probeSoon(identity);
    }
    events.onChange();
  }

  #armPruning(): void {
    this.#pruning = this.#parts.clock.after(PRUNE_MS, () => {
      const now = this.#parts.clock.now();
      this.keeper.prune((id) => this.outbox.hasLive(id) || this.#receipts.hasOf(id));
      this.history.forget(now - HISTORY_DAYS * DAY_MS);
      this.office.service.prune(now - DAY_MS);
      this.#historyWatch.look();
      this.planning.prune(now);
      void this.journal.append({ marks: [clockMark(now)] });
      this.#armPruning();
    });
  }

  #armHeartbeat(last: number): void {
    const { clock } = this.#parts;
    const heartbeat = () => {
      // To ask for the time is to have it compared.
      clock.now();
      const now = clock.monotonic();
      const late = now - last - HEARTBEAT_MS;
      if (late > STALLED_MS) this.slept(late, 'stalled');
      this.#armHeartbeat(now);
    };
    this.#heartbeat = clock.after(HEARTBEAT_MS, heartbeat);
  }
}
