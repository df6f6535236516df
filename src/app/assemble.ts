import { Access } from '../access/access.ts';
import { AuditLog } from '../access/audit-log.ts';
import { AnswerDesk } from '../answering/answer-desk.ts';
import { AnswerLinks } from '../answering/answer-links.ts';
import { makeInbox, type InboxPorts } from '../answering/inbox.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { TellingRules } from '../core/customer-updates.ts';
import { checkIdentity } from '../core/target.ts';
import { DESK } from '../core/ticket-route.ts';
import { resolveAddressee } from '../delivery/addressee.ts';
import { Mailer } from '../delivery/mailer.ts';
import { nobodyReached } from '../delivery/nobody-reached.ts';
import { Outbox, type OutboxPorts } from '../delivery/outbox.ts';
import { Receipts } from '../delivery/receipts.ts';
import { ticketQueue } from '../core/queues.ts';
import { WaysOutside } from '../delivery/ways-outside.ts';
import { Office, type OfficePorts } from '../desk/office.ts';
import { HistoryWatch } from '../history/history-watch.ts';
import { History } from '../history/history.ts';
import { Latencies } from '../history/latencies.ts';
import { Hotline } from '../hotline/hotline.ts';
import { Auditor } from '../incidents/auditor.ts';
import { flapOf } from '../incidents/flap-of.ts';
import { Gate } from '../incidents/gate.ts';
import { IncidentKeeper, type KeeperPorts } from '../incidents/incident-keeper.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';
import { IncidentTickets } from '../incidents/incident-tickets.ts';
import { TicketWatch } from '../incidents/ticket-watch.ts';
import { MailDesk } from '../mail/mail-desk.ts';
import { Mailbox, type Trial } from '../mail/mailbox.ts';
import type { ParsedMail } from '../mail/parse-mail.ts';
import type { MonitorEvents } from '../observe/monitor-events.ts';
import { directoryOf } from '../on-call/directory.ts';
import { Planning, type PlanningPorts } from '../planning/planning.ts';
import type { BeatBox } from '../probing/beat-box.ts';
import { Lookout, type LookoutPorts } from '../probing/lookout.ts';
import { Field, type FieldPorts } from '../probing/field.ts';
import type { ProbePorts } from '../probing/ports.ts';
import { ReportDesk } from '../status/report-desk.ts';
import { Subscriptions } from '../status/subscriptions.ts';
import type { FileStore } from '../store/file-store.ts';
import { Hub, type HubPorts } from '../locations/hub.ts';
import { locationCheck } from '../locations/location-target.ts';
import { Roster } from '../locations/roster.ts';
import { Journal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import { DailyPage } from '../watchdog/daily-page.ts';
import { DeadManSwitch } from '../watchdog/dead-man-switch.ts';
import { afterAttempt, afterEnd } from './after-attempt.ts';
import { afterDecision } from './after-decision.ts';
import { afterProbe, afterSight } from './after-probe.ts';
import type { Components } from './components.ts';
import { lookoutSettings } from './lookout-settings.ts';
import { signal } from './signal.ts';
import { SigningKey } from './signing-key.ts';

const MAIL_TRIAL = 'mail-trial';

/** The outside world, passed in. */
export interface World {
  clock: Clock;
  random(): number;
  newCode(length: number): () => string;
  store: Store;
  /** Files attached to tickets. */
  files: FileStore;
  probe: ProbePorts;
  beats: BeatBox;
  /** Parses a raw mail off the event loop. */
  readMail(source: Uint8Array): Promise<ParsedMail>;
  events: MonitorEvents;
  /** The location in which this process stands; undefined: it only collects what others see. */
  location?: string | undefined;
  /** A promise for each stop: when it resolves, what is under way is not waited for any longer. Default: never. */
  stopLimit?(): Promise<unknown>;
}

/** The config in force now. */
export interface InForce {
  config: Config;
}

/**
 * Makes every component, each from those made before it; long because all of them are made here, in one straight line.
 * Components call those above them through signals, which are connected at the end. `complaints`: the current problems.
 */
export function assemble(inForce: InForce, world: World, complaints: () => readonly string[]): Components {
  const { clock, store, events, newCode } = world;
  const { onFault } = events;
  const config = () => inForce.config;
  const now = () => clock.now();
  const commit: Store['commit'] = (change) => journal.append(change);

  const probed = signal<FieldPorts['onResult']>('probed');
  const checkChanged = signal<FieldPorts['changed']>('check-changed');
  const checkRemoved = signal<FieldPorts['removed']>('check-removed');
  const sighted = signal<LookoutPorts['onChange']>('sighted');
  const standingChanged = signal<HubPorts['onStanding']>('standing-changed');
  const decided = signal<KeeperPorts['onDecided']>('decided');
  const attempted = signal<OutboxPorts['onOutcome']>('attempted');
  const ended = signal<OutboxPorts['settled']>('ended');
  const receiptWanted = signal<OutboxPorts['onReceiptWanted']>('receipt-wanted');
  const receiptHeard = signal<InboxPorts['onReceipt']>('receipt-heard');
  const windowsChanged = signal<PlanningPorts['onWindows']>('windows-changed');
  const deskChanged = signal<OfficePorts['onDesk']>('desk-changed');

  // Persistence and access control.
  const journal = new Journal(store, clock, events.onStoreTrouble, events.onDurable);
  const signing = new SigningKey({ newKey: newCode(32), journal });
  const auditLog = new AuditLog({ clock, commit, onFault });
  const access = new Access({
    clock,
    settings: () => config().access,
    store,
    commit,
    key: () => signing.for('access'),
    hasCustomer: (name) => config().customers.has(name),
  });

  // On-call schedules and planned maintenance.
  const planning = new Planning({
    append: commit,
    onWindows: windowsChanged.say,
    onChange: events.onChange,
  });
  const directory = directoryOf({ config, schedules: () => planning.roster.schedules, now });
  const routes = () => ({ ...config(), schedules: planning.roster.schedules });
  const telling = (): TellingRules => {
    const { wording, updates } = incidentRulesOf(config());
    return { wording, updates, directory, newCode: newCode(10) };
  };

  // Monitoring and its history.
  const history = new History({ commit, onFault });
  const latencies = new Latencies();
  const lookout = new Lookout(lookoutSettings(config()), {
    clock,
    probe: world.probe,
    onChange: sighted.say,
  });
  const field = new Field({
    clock,
    probe: world.probe,
    commit,
    changed: checkChanged.say,
    here: world.location,
    away: {
      isVoter: (location) => hub.isVoter(location),
      probeSoon: (location, identity) => hub.probeSoon(location, identity),
      ask: (location, identity) => hub.ask(location, identity),
    },
    doubt: (target, state, result) =>
      target.ours ? undefined : lookout.doubt(result, state.health.is === 'down'),
    removed: checkRemoved.say,
    listen(token) {
      const { since, begun } = world.beats.listen(token, now());
      if (begun) void commit({ beats: [begun] });
      return since;
    },
    onStart: events.onStart,
    onSkipped: events.onSkipped,
    onResult: probed.say,
    onRefreshed: ({ identity }, at, durationMs) =>
      latencies.record(identity, { at, durationMs, isGood: true }),
  });
  const roster = new Roster({
    now,
    newSecret: newCode(32),
    newId: newCode(8),
    commit,
    // A store that instances share has epochs; the key is the one by which they hand calls on to each other.
    instanceKey: () => (store.fence.epoch > 0 ? signing.for('hop') : undefined),
  });
  const hub = new Hub({
    clock,
    roster,
    field,
    here: world.location,
    standingHere: () => (lookout.isBlind ? { is: 'blind', why: '' } : { is: 'sees' }),
    locations: () => config().locations,
    orders: () => config().orders,
    anchors: (location) => {
      const settings = lookoutSettings(config());
      return { ...settings, anchors: config().locations.get(location)?.anchors ?? settings.anchors };
    },
    commit,
    onStanding: standingChanged.say,
    onOddReport: events.onOddReport,
    onPast: events.onPast,
    onConnected: events.onAgent,
  });
  const historyWatch = new HistoryWatch({
    clock,
    history,
    commit,
    field,
    isBlind: () => lookout.isBlind,
    isPlanned: (target) => planning.windows.openFor(target, now()).length > 0,
  });

  // From a check at risk to an incident, and to the effects that are sent for it.
  const outbox = new Outbox({
    clock,
    fence: store.fence,
    random: world.random,
    commit,
    settled: ended.say,
    onReceiptWanted: receiptWanted.say,
    onFault,
    onOutcome: attempted.say,
  });
  const enqueue: Outbox['enqueue'] = (effects) => outbox.enqueue(effects);
  const tickets = new IncidentTickets({ config, outbox, now, targets: () => field.targets });
  const keeper = new IncidentKeeper(
    {
      clock,
      journal,
      newId: newCode(8),
      newCode: newCode(10),
      directory,
      live: (incident) => tickets.liveOf(incident),
      ticketOf: (incident) => tickets.of(incident),
      whyNoTicket: (incident) => tickets.whyNone(incident),
      onFault,
      onDecided: decided.say,
    },
    incidentRulesOf(config()),
  );
  const gate = new Gate(
    {
      clock,
      field,
      keeper,
      commit,
      windowsFor: (target, at) => planning.windows.openFor(target, at),
      onHeld: events.onHeld,
      onFault,
    },
    config().grouping,
  );
  const auditor = new Auditor({
    clock,
    keeper,
    gate,
    field,
    outbox,
    journal,
    store,
    onFinding: events.onFinding,
    onFault,
  });

  // The desk, and the polling of helpdesks.
  const office = new Office({
    clock,
    config,
    keeper,
    store,
    commit,
    enqueue,
    directory,
    newId: newCode(8),
    newCode: newCode(10),
    linkKey: () => signing.for('desk'),
    telling,
    onDesk: deskChanged.say,
    onPromise: events.onPromise,
    files: world.files,
    onAttachmentTrouble: events.onAttachmentTrouble,
    onFault,
  });
  const ticketWatch = new TicketWatch({
    clock,
    keeper,
    store,
    journal,
    newId: newCode(8),
    ackExpiresMs: () => config().ackExpiresMs,
    isAtWork: (incident) => keeper.isDeciding(incident) || tickets.isAtWork(incident),
    hearing: () => ({ ...telling(), ticketOf: (incident) => tickets.of(incident) }),
    escalation: () => config().escalation,
    openingSince: (helpdesk) => tickets.openingSince(helpdesk),
    customerOf: (reading) => office.customerOf(reading),
    wantsReadings: (adapter) => office.wantsReadings(adapter),
    onReading: (helpdesk, reading, acts) => office.heard(helpdesk, reading, acts),
    onHeard: (name, outcome, wasDeaf) => {
      if (wasDeaf && outcome.is === 'done') outbox.tryAgain(ticketQueue(name));
      events.onTicketsHeard(name, outcome);
      if (wasDeaf !== (outcome.is !== 'done')) events.onChange();
    },
    onFault,
  });

  // Connections to helpdesks and people, and what comes back over them.
  const links = new AnswerLinks(() => signing.value);
  const answers = new AnswerDesk({ clock, keeper, store });
  const remember = (id: string) => journal.append({ inbound: [{ id, at: now() }] });
  const ways = new WaysOutside({
    channel: {
      now,
      show: events.show,
      onFault,
      inbox: makeInbox({
        clock,
        config,
        answers,
        store,
        keeper,
        remember,
        onReceipt: receiptHeard.say,
      }),
    },
    helpdesk: { desk: () => office.desk, now },
    facts: {
      incidentOf: (id) => keeper.get(id),
      flapOf: (incident) => flapOf(incident, field),
      addressee: (message) => resolveAddressee(message, routes(), now()),
      token: (code) => links.tokenOf(code),
      nameOf: (person) => directory.nameOf(person),
      now,
    },
    onGenuineCall: (helpdesk) => ticketWatch.poke(helpdesk),
  });
  const receipts = new Receipts({
    clock,
    ask: (effect, remoteId) => ways.deliverer(outbox.queueOf(effect))?.receipt?.(effect, remoteId),
    commit,
    settled: (effects) => keeper.settled(effects),
    onOutcome: (effect) => {
      events.onOutcome(effect, outbox.queueOf(effect));
      ways.ended(effect, outbox.queueOf(effect));
    },
  });
  const mailer = new Mailer({
    channel: () => ways.channel(directory.mailChannel() ?? ''),
    newCode: newCode(10),
    publicUrl: () => config().publicUrl,
    timeZone: () => config().timeZone,
  });

  // What customers report, and what they are told.
  const intake = { clock, config, keeper, store, telling, newId: newCode(8) };
  const hotline = new Hotline({ ...intake, commit });
  const reports = new ReportDesk(intake);
  const subscriptions = new Subscriptions({
    clock,
    newCode: newCode(10),
    newToken: newCode(16),
    settings: () => config().status,
    targets: () => config().targets,
    timeZone: () => config().timeZone,
    commit,
    enqueue,
    effect: (id) => store.effect(id),
  });
  const mail = new MailDesk({
    clock,
    config,
    office,
    store,
    read: world.readMail,
    remember,
    userOf: (address) => access.ownerOf(address),
  });
  const mailbox = new Mailbox({
    clock,
    settings: () => config().deskSettings.mail,
    trial: {
      last: async () => ((await store.mark(MAIL_TRIAL)) as Trial | null | undefined) ?? undefined,
      store: (trial) => journal.append({ marks: [{ name: MAIL_TRIAL, value: trial ?? null }] }),
    },
    take: (source) => mail.take(source),
    unreadable: (source, why) => mail.unreadable(source, why),
    onMail: events.onMail,
    onTrouble: events.onMailTrouble,
    onFault,
  });

  // What monitors the monitor.
  const deadMan = new DeadManSwitch({
    clock,
    complaints: () => [...complaints(), ...nobodyReached(config().escalation, directory, routes(), now())],
    onOutcome: events.onDeadMan,
  });
  const dailyPage = new DailyPage({
    clock,
    newCode: newCode(10),
    effect: (id) => store.effect(id),
    hasReceipts: (via) => ways.deliverer(via)?.receipt !== undefined,
    send: async (newEffects, mark) => {
      await commit({ newEffects, marks: [mark] });
      enqueue(newEffects);
    },
  });

  const made: Components = {
    ...{ journal, signing, auditLog, access, planning, history, historyWatch, latencies, lookout, field },
    ...{ roster, hub },
    ...{ outbox, keeper, gate, auditor, office, ticketWatch, ways, receipts, mailer, links, answers },
    ...{ hotline, reports, subscriptions, mail, mailbox, deadMan, dailyPage },
  };

  // From a probe to a page: these follow each other in this order.
  probed.follow((watched, result, transition) => afterProbe(made, events, watched, result, transition));
  checkChanged.follow((watched) => gate.changed(watched));
  decided.follow((decision) => afterDecision(made, events, decision));
  attempted.follow((effect, queue) => afterAttempt(made, events, effect, queue));
  ended.follow((effects) => afterEnd(made, effects));
  receiptWanted.follow((effect) => receipts.track(effect));

  // All other signals.
  receiptHeard.follow((_channel, remoteId, receipt) => receipts.hear(remoteId, receipt));
  sighted.follow((sight, before) => afterSight(made, events, { at: now(), now: sight, before }));
  standingChanged.follow((location, standing) => {
    events.onLocation(location, standing);
    field.probeSoon(locationCheck(location));
    events.onChange();
  });
  checkRemoved.follow((target, check) => {
    latencies.forget(checkIdentity(target, check));
    return keeper.removed(target, check);
  });
  deskChanged.follow(() => {
    ticketWatch.pokeAdapter(DESK);
    events.onChange();
  });
  windowsChanged.follow(() => {
    historyWatch.look();
    gate.look();
  });
  return made;
}
