import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { FINDINGS } from '../core/audit.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import { EFFECT_STATES } from '../core/effect.ts';
import type { Incident } from '../core/incident.ts';
import { HOLD_REASONS, type HoldReason } from '../core/placement.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { REASON_NAMES } from '../core/reason.ts';
import { PRIORITIES } from '../core/target.ts';

/** What an attempt's end counts as: the effect's state after it. */
const OUTCOMES = EFFECT_STATES.filter((state) => state !== 'pending' && state !== 'sending');
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BREACH_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];

export interface MetricSources {
  inFlight(): number;
  openIncidents(): readonly Incident[];
  liveEffects(): readonly { effect: Effect; channel: string }[];
  /** Checks at risk that have no incident for a named reason. */
  held(): readonly { because: HoldReason }[];
  isBlind(): boolean;
}

/** The whole process in numbers; what belongs to one check is rendered from its state (check-families.ts). */
export class Metrics {
  readonly registry = new Registry();
  readonly #probes = this.#counter(
    'probes_total',
    'Probes ended, by check type and named reason; ok when good.',
    ['type', 'reason'],
  );
  readonly #durations = this.#histogram('probe_duration_seconds', 'How long probes took.', DURATION_BUCKETS, [
    'type',
  ]);
  readonly #lag = this.#histogram(
    'schedule_lag_seconds',
    'How much later than due probes were started.',
    DURATION_BUCKETS,
  );
  readonly #skipped = this.#counter(
    'probes_skipped_total',
    'Slots left out because the last probe still ran or the process slept.',
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
    'From the probe that reached the threshold to the accepted ticket.',
    BREACH_BUCKETS,
  );
  readonly #toPage = this.#histogram(
    'breach_to_page_seconds',
    'From the probe that reached the threshold to the accepted page.',
    BREACH_BUCKETS,
  );
  readonly #reloads = this.#counter('config_reloads_total', 'Reloads of the config.', ['outcome']);
  readonly #findings = this.#counter(
    'audit_findings_total',
    'What the auditor found forgotten, and repaired.',
    ['finding'],
  );
  readonly #polls = this.#counter('helpdesk_polls_total', 'Questions to helpdesks what has changed.', [
    'helpdesk',
    'outcome',
  ]);
  readonly #polledAt = new Gauge({
    name: 'watchdesk_helpdesk_heard_timestamp_seconds',
    help: 'When the helpdesk last said what has changed; 0 before the first time.',
    labelNames: ['helpdesk'],
    registers: [this.registry],
  });
  readonly #deadMan = this.#counter('watchdog_pings_total', "Reports to the dead-man's switch.", ['outcome']);
  readonly #durationsOf = new Map<string, (seconds: number) => void>();
  readonly #goodOf = new Map<string, () => void>();

  constructor(sources: MetricSources, build: { version: string; node: string }) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 100 });
    this.#counterZeros();
    this.#gauge('build_info', 'Always 1; the version is in the labels.', ['version', 'node'], (gauge) =>
      gauge.set({ version: build.version, node: build.node }, 1),
    );
    this.#gauge('blind', '1 while the monitor cannot see its own network.', [], (gauge) =>
      gauge.set(sources.isBlind() ? 1 : 0),
    );
    this.#gauge(
      'checks_held',
      'Checks at risk without an incident, by the reason to wait.',
      ['reason'],
      (gauge) => {
        for (const reason of HOLD_REASONS) gauge.set({ reason }, 0);
        for (const { because } of sources.held()) gauge.inc({ reason: because });
      },
    );
    this.#gauge('probes_in_flight', 'Probes under way.', [], (gauge) => gauge.set(sources.inFlight()));
    this.#gauge('incidents_open', 'Incidents not resolved.', ['priority'], (gauge) => {
      for (const priority of PRIORITIES) gauge.set({ priority }, 0);
      for (const { priority } of sources.openIncidents()) gauge.inc({ priority });
    });
    this.#gauge('effects_pending', 'Effects not settled.', ['channel'], (gauge) => {
      gauge.reset();
      for (const channel of this.#channels) gauge.set({ channel }, 0);
      for (const { channel } of sources.liveEffects()) gauge.inc({ channel });
    });
    const name = 'effects_oldest_timestamp_seconds';
    this.#gauge(
      name,
      'When the oldest effect that is not settled was decided; 0 when there is none.',
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

  /** Zeros from the start, for everything that may be counted. */
  declare(names: {
    types: Iterable<string>;
    adapters: Iterable<string>;
    /** Of tickets. */
    queues: readonly string[];
    channels: readonly string[];
    /** Helpdesks that are asked what has changed. */
    heard: readonly string[];
  }): void {
    this.#channels = [...names.queues, ...names.channels];
    for (const helpdesk of names.heard) {
      for (const outcome of ['done', 'failed']) this.#polls.inc({ helpdesk, outcome }, 0);
      this.#polledAt.inc({ helpdesk }, 0);
    }
    for (const type of names.types) {
      for (const reason of ['ok', ...REASON_NAMES]) this.#probes.inc({ type, reason }, 0);
      this.#durations.zero({ type });
    }
    for (const outcome of OUTCOMES) {
      for (const adapter of names.adapters) this.#tickets.inc({ adapter, outcome }, 0);
      for (const channel of names.channels) this.#pages.inc({ channel, outcome }, 0);
    }
  }

  probed(type: string, result: ProbeResult): void {
    let observe = this.#durationsOf.get(type);
    if (observe === undefined) {
      const labelled = this.#durations.labels({ type });
      const counted = this.#probes.labels({ type, reason: 'ok' });
      observe = (seconds) => labelled.observe(seconds);
      this.#durationsOf.set(type, observe);
      this.#goodOf.set(type, () => counted.inc());
    }
    observe(result.durationMs / 1_000);
    if (result.verdict === 'good') this.#goodOf.get(type)!();
    else this.#probes.inc({ type, reason: result.reason });
  }

  started(lagMs: number): void {
    this.#lag.observe(lagMs / 1_000);
  }

  skipped(slots: number): void {
    this.#skipped.inc(slots);
  }

  opened({ priority, reason }: Incident): void {
    this.#incidents.inc({ priority, reason });
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
  }

  /** One attempt's end. */
  delivered(effect: Effect, queue: string, adapter: string, incident: Incident | undefined): void {
    const outcome = effect.state.is;
    const accepted = effect.state.is === 'accepted' ? effect.state.at : undefined;
    if (effect.kind === 'ticket.open') {
      this.#tickets.inc({ adapter, outcome });
      if (accepted && incident) this.#toTicket.observe(Math.max(0, accepted - incident.openedAt) / 1_000);
    }
    if (effect.kind !== 'page' || !isMessage(effect)) return;
    this.#pages.inc({ channel: queue, outcome });
    const first = effect.content.occasion.is === 'outage' || effect.content.occasion.is === 'again';
    if (accepted && first) this.#toPage.observe(Math.max(0, accepted - effect.createdAt) / 1_000);
  }

  #counterZeros(): void {
    this.#skipped.inc(0);
    for (const priority of PRIORITIES) {
      for (const reason of REASON_NAMES) this.#incidents.inc({ priority, reason }, 0);
    }
    for (const outcome of ['applied', 'refused']) this.#reloads.inc({ outcome }, 0);
    for (const finding of FINDINGS) this.#findings.inc({ finding }, 0);
    for (const outcome of ['sent', 'failed', 'withheld']) this.#deadMan.inc({ outcome }, 0);
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
