// One file although it is long: a table of all metrics, in the order in which they are documented.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { FINDINGS } from '../core/audit.ts';
import type { Decision } from '../core/incident-draft.ts';
import type { Transition } from '../core/judge.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import { EFFECT_STATES } from '../core/effect.ts';
import { RESOLVED_HOW, type Incident } from '../core/incident.ts';
import { HOLD_REASONS, type HoldReason } from '../core/placement.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { REASON_NAMES } from '../core/reason.ts';
import { CLOCKS, type ClockName } from '../core/service/promise.ts';
import { PRIORITIES, type Priority } from '../core/target.ts';
import { IncidentTally } from './incident-tally.ts';

/** The outcome label of an attempt: the effect's state after it. */
const OUTCOMES = EFFECT_STATES.filter((state) => state !== 'pending' && state !== 'sending');
const MAIL_OUTCOMES = ['new', 'answer', 'bounced', 'dropped', 'known', 'unreadable'] as const;
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a minute to a day: durations of human reactions and of outages. */
const HUMAN_BUCKETS = [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const BREACH_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];

export interface MetricSources {
  inFlight(): number;
  openIncidents(): readonly Incident[];
  liveEffects(): readonly { effect: Effect; channel: string }[];
  /** Checks at risk that are held from having an incident, each for a named reason. */
  held(): readonly { because: HoldReason }[];
  isBlind(): boolean;
}

/** All metrics of the process; those of single checks are rendered from their state (check-families.ts). */
export class Metrics {
  /** An OpenMetrics registry, for exemplars; rendered by `registryText`, never by prom-client. */
  readonly registry = openMetricsRegistry();
  readonly #probes = this.#counter(
    'probes_total',
    'Completed probes, by check type and reason; ok when successful.',
    ['type', 'reason'],
  );
  readonly #durations = new Histogram({
    name: 'watchdesk_probe_duration_seconds',
    help: 'Duration of probes.',
    buckets: DURATION_BUCKETS,
    labelNames: ['type'],
    registers: [this.registry],
    enableExemplars: true,
  });
  readonly #suspicions = this.#counter(
    'suspicions_total',
    'First failed probes by outcome: confirmed when the threshold was reached, dismissed when the check recovered before.',
    ['type', 'outcome'],
  );
  readonly #acknowledged = this.#histogram(
    'time_to_acknowledge_seconds',
    'From the probe that reached the threshold to the first human action.',
    HUMAN_BUCKETS,
    ['priority', 'customer'],
  );
  readonly #resolved = this.#histogram(
    'time_to_resolve_seconds',
    'From the first failed probe to the end of the incident.',
    HUMAN_BUCKETS,
    ['priority', 'customer'],
  );
  readonly #ended = this.#counter(
    'incidents_resolved_total',
    'Resolved incidents, by how they were resolved and whether anyone had worked on them.',
    ['priority', 'how', 'worked'],
  );
  readonly #ticketTimes = this.#histogram(
    'ticket_open_seconds',
    'From the probe that reached the threshold to the helpdesk accepting the ticket, by helpdesk.',
    BREACH_BUCKETS,
    ['adapter'],
  );
  readonly #pageTimes = this.#histogram(
    'page_accept_seconds',
    'From the decision to page to the channel accepting the page, by channel.',
    BREACH_BUCKETS,
    ['channel'],
  );
  readonly #commits = this.#histogram(
    'store_commit_seconds',
    'Time until a change is durable on disk.',
    COMMIT_BUCKETS,
  );
  readonly #reportedAt = new Gauge({
    name: 'watchdesk_watchdog_ping_timestamp_seconds',
    help: "When the dead man's switch was last pinged; 0 before the first ping.",
    registers: [this.registry],
  });
  readonly #promises = this.#counter(
    'sla_total',
    'SLA targets met (kept) and missed, by clock and ticket priority.',
    ['clock', 'priority', 'outcome'],
  );
  readonly #mails = this.#counter('desk_mails_total', 'Mails received by the desk, by outcome.', ['outcome']);
  readonly #tally = new IncidentTally();
  readonly #lag = this.#histogram(
    'schedule_lag_seconds',
    'Delay between the due time and the start of a probe.',
    DURATION_BUCKETS,
  );
  readonly #skipped = this.#counter(
    'probes_skipped_total',
    'Probes skipped because the previous one was still running or the process was asleep.',
  );
  readonly #incidents = this.#counter('incidents_total', 'Incidents opened.', ['priority', 'reason']);
  readonly #tickets = this.#counter('tickets_total', 'Attempts to open a ticket, by helpdesk and outcome.', [
    'adapter',
    'outcome',
  ]);
  readonly #pages = this.#counter('pages_total', 'Attempts to page, by channel and outcome.', [
    'channel',
    'outcome',
  ]);
  readonly #toTicket = this.#histogram(
    'breach_to_ticket_seconds',
    'From the probe that reached the threshold to the helpdesk accepting the ticket.',
    BREACH_BUCKETS,
  );
  readonly #toPage = this.#histogram(
    'breach_to_page_seconds',
    'From the probe that reached the threshold to the channel accepting the page.',
    BREACH_BUCKETS,
  );
  readonly #reloads = this.#counter('config_reloads_total', 'Config reloads, by outcome.', ['outcome']);
  readonly #findings = this.#counter(
    'audit_findings_total',
    'Lost work that the auditor found and repaired.',
    ['finding'],
  );
  readonly #polls = this.#counter('helpdesk_polls_total', 'Polls of helpdesks for changes.', [
    'helpdesk',
    'outcome',
  ]);
  readonly #polledAt = new Gauge({
    name: 'watchdesk_helpdesk_heard_timestamp_seconds',
    help: 'When the helpdesk was last polled successfully; 0 before the first time.',
    labelNames: ['helpdesk'],
    registers: [this.registry],
  });
  readonly #deadMan = this.#counter('watchdog_pings_total', "Pings to the dead man's switch, by outcome.", [
    'outcome',
  ]);
  readonly #durationsOf = new Map<string, (seconds: number) => void>();
  readonly #goodOf = new Map<string, () => void>();

  constructor(sources: MetricSources, build: { version: string; node: string }) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 100 });
    this.#counterZeros();
    this.#gauge('build_info', 'Always 1; the version is in the labels.', ['version', 'node'], (gauge) =>
      gauge.set({ version: build.version, node: build.node }, 1),
    );
    this.#gauge('blind', '1 while the monitor has lost its own network.', [], (gauge) =>
      gauge.set(sources.isBlind() ? 1 : 0),
    );
    this.#gauge(
      'checks_held',
      'Failing checks whose incident is held back, by reason.',
      ['reason'],
      (gauge) => {
        for (const reason of HOLD_REASONS) gauge.set({ reason }, 0);
        for (const { because } of sources.held()) gauge.inc({ reason: because });
      },
    );
    this.#gauge('probes_in_flight', 'Probes in progress.', [], (gauge) => gauge.set(sources.inFlight()));
    this.#gauge('incidents_open', 'Open incidents.', ['priority'], (gauge) => {
      for (const priority of PRIORITIES) gauge.set({ priority }, 0);
      for (const { priority } of sources.openIncidents()) gauge.inc({ priority });
    });
    this.#gauge(
      'effects_pending',
      'Tickets, pages and other actions that are still pending.',
      ['channel'],
      (gauge) => {
        gauge.reset();
        for (const channel of this.#channels) gauge.set({ channel }, 0);
        for (const { channel } of sources.liveEffects()) gauge.inc({ channel });
      },
    );
    const name = 'effects_oldest_timestamp_seconds';
    this.#gauge(
      name,
      'When the oldest pending action was decided; 0 when there is none.',
      ['channel'],
      (gauge) => {
        gauge.reset();
        const oldest = new Map(this.#channels.map((channel) => [channel, Infinity]));
        for (const { effect, channel } of sources.liveEffects()) {
          oldest.set(channel, Math.min(oldest.get(channel) ?? Infinity, effect.createdAt / 1_000));
        }
        for (const [channel, at] of oldest) gauge.set({ channel }, at === Infinity ? 0 : at);
      },
    );
  }

  #channels: readonly string[] = [];

  /** Sets everything that may be counted to zero from the start. */
  declare(names: {
    types: Iterable<string>;
    adapters: Iterable<string>;
    /** The outbox queues of tickets. */
    queues: readonly string[];
    channels: readonly string[];
    /** Helpdesks that are polled for changes. */
    heard: readonly string[];
    customers: Iterable<string>;
  }): void {
    this.#channels = [...names.queues, ...names.channels];
    for (const helpdesk of names.heard) {
      for (const outcome of ['done', 'failed']) this.#polls.inc({ helpdesk, outcome }, 0);
      this.#polledAt.inc({ helpdesk }, 0);
    }
    for (const type of names.types) {
      for (const reason of ['ok', ...REASON_NAMES]) this.#probes.inc({ type, reason }, 0);
      this.#zero(this.#durations, 'durations', { type });
      for (const outcome of ['confirmed', 'dismissed']) this.#suspicions.inc({ type, outcome }, 0);
    }
    for (const customer of ['', ...names.customers]) {
      const labels = { priority: 'urgent', customer };
      this.#zero(this.#acknowledged, 'acknowledged', labels);
      this.#zero(this.#resolved, 'resolved', labels);
    }
    for (const outcome of MAIL_OUTCOMES) this.#mails.inc({ outcome }, 0);
    for (const clock of CLOCKS) {
      for (const priority of PRIORITIES) {
        for (const outcome of ['kept', 'missed']) this.#promises.inc({ clock, priority, outcome }, 0);
      }
    }
    for (const adapter of names.adapters) this.#zero(this.#ticketTimes, 'tickets', { adapter });
    for (const channel of names.channels) this.#zero(this.#pageTimes, 'pages', { channel });
    for (const outcome of OUTCOMES) {
      for (const adapter of names.adapters) this.#tickets.inc({ adapter, outcome }, 0);
      for (const channel of names.channels) this.#pages.inc({ channel, outcome }, 0);
    }
  }

  mailed(outcome: (typeof MAIL_OUTCOMES)[number]): void {
    this.#mails.inc({ outcome });
  }

  promised(clock: ClockName, priority: Priority, outcome: 'kept' | 'missed'): void {
    this.#promises.inc({ clock, priority, outcome });
  }

  /** `incident`: of a check that already has one; the slowest probes link to it as exemplars. */
  probed(type: string, result: ProbeResult, incident?: string): void {
    let observe = this.#durationsOf.get(type);
    if (observe === undefined) {
      const labelled = this.#durations.labels({ type });
      const counted = this.#probes.labels({ type, reason: 'ok' });
      observe = (seconds) => labelled.observe(seconds);
      this.#durationsOf.set(type, observe);
      this.#goodOf.set(type, () => counted.inc());
    }
    observe(result.durationMs / 1_000);
    if (incident !== undefined) this.#exemplify(type, result.durationMs / 1_000, incident);
    if (result.verdict === 'good') this.#goodOf.get(type)!();
    else this.#probes.inc({ type, reason: result.reason });
  }

  judged(type: string, { from, to }: Transition): void {
    if (to === 'down' && from !== 'recovering') this.#suspicions.inc({ type, outcome: 'confirmed' });
    if (from === 'suspect' && to === 'up') this.#suspicions.inc({ type, outcome: 'dismissed' });
  }

  /** Incidents that were open before: acknowledgement and end are counted once, even across restarts. */
  restored(incidents: readonly Incident[]): void {
    this.#tally.restore(incidents);
  }

  decided({ incident }: Decision): void {
    const { priority, customer = '' } = incident;
    const told = this.#tally.take(incident);
    if (told.isNew) this.#incidents.inc({ priority, reason: incident.reason });
    if (told.acknowledgedMs !== undefined)
      this.#acknowledged.observe({ priority, customer }, told.acknowledgedMs / 1_000);
    if (told.resolved) {
      const { afterMs, how, wasWorked } = told.resolved;
      this.#resolved.observe({ priority, customer }, afterMs / 1_000);
      this.#ended.inc({ priority, how, worked: wasWorked ? 'yes' : 'no' });
    }
  }

  committed(ms: number): void {
    this.#commits.observe(ms / 1_000);
  }

  started(lagMs: number): void {
    this.#lag.observe(lagMs / 1_000);
  }

  skipped(slots: number): void {
    this.#skipped.inc(slots);
  }

  heardTickets(helpdesk: string, isDone: boolean): void {
    this.#polls.inc({ helpdesk, outcome: isDone ? 'done' : 'failed' });
    if (isDone) this.#polledAt.set({ helpdesk }, Date.now() / 1_000);
  }

  reloaded(outcome: 'applied' | 'refused'): void {
    this.#reloads.inc({ outcome });
  }

  found(finding: (typeof FINDINGS)[number]): void {
    this.#findings.inc({ finding });
  }

  reportedIn(outcome: 'sent' | 'failed' | 'withheld'): void {
    this.#deadMan.inc({ outcome });
    if (outcome === 'sent') this.#reportedAt.set(Date.now() / 1_000);
  }

  /** An attempt has ended. */
  delivered(effect: Effect, queue: string, adapter: string, incident: Incident | undefined): void {
    const outcome = effect.state.is;
    const accepted = effect.state.is === 'accepted' ? effect.state.at : undefined;
    if (effect.kind === 'ticket.open') {
      this.#tickets.inc({ adapter, outcome });
      if (accepted && incident) {
        const seconds = Math.max(0, accepted - incident.openedAt) / 1_000;
        this.#toTicket.observe(seconds);
        this.#ticketTimes.observe({ adapter }, seconds);
      }
    }
    if (effect.kind !== 'page' || !isMessage(effect)) return;
    this.#pages.inc({ channel: queue, outcome });
    const first = effect.content.occasion.is === 'outage' || effect.content.occasion.is === 'again';
    if (accepted && first) {
      const seconds = Math.max(0, accepted - effect.createdAt) / 1_000;
      this.#toPage.observe(seconds);
      this.#pageTimes.observe({ channel: queue }, seconds);
    }
  }

  #counterZeros(): void {
    this.#skipped.inc(0);
    for (const priority of PRIORITIES) {
      for (const reason of REASON_NAMES) this.#incidents.inc({ priority, reason }, 0);
      for (const how of RESOLVED_HOW)
        for (const worked of ['yes', 'no']) this.#ended.inc({ priority, how, worked }, 0);
    }
    for (const outcome of ['applied', 'refused']) this.#reloads.inc({ outcome }, 0);
    for (const finding of FINDINGS) this.#findings.inc({ finding }, 0);
    for (const outcome of ['sent', 'failed', 'withheld']) this.#deadMan.inc({ outcome }, 0);
  }

  readonly #zeroed = new Set<string>();

  /** Once only: a reload must not reset counts. */
  #zero<Label extends string>(
    histogram: Histogram<Label>,
    name: string,
    labels: Record<Label, string>,
  ): void {
    const key = JSON.stringify([name, labels]);
    if (this.#zeroed.has(key)) return;
    this.#zeroed.add(key);
    histogram.zero(labels);
  }

  #exemplify(type: string, value: number, incident: string): void {
    // Missing from prom-client's types: its public method with an exemplar looks every label up anew.
    const histogram = this.#durations as unknown as {
      updateExemplar(labels: object, value: number, exemplar: object): void;
    };
    histogram.updateExemplar({ type }, value, { incident });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: `watchdesk_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[] = [],
  ): Histogram<Label> {
    return new Histogram({
      name: `watchdesk_${name}`,
      help,
      buckets,
      labelNames,
      registers: [this.registry],
    });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    collect: (gauge: Gauge<Label>) => void,
  ): void {
    new Gauge({
      name: `watchdesk_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        collect(this as unknown as Gauge<Label>);
      },
    });
  }
}

function openMetricsRegistry(): Registry {
  const registry = new Registry();
  // prom-client's types do not say that any registry can be of this kind.
  const kind = Registry.OPENMETRICS_CONTENT_TYPE as unknown as typeof Registry.PROMETHEUS_CONTENT_TYPE;
  registry.setContentType(kind);
  return registry;
}
