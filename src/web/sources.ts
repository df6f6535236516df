import type { Access } from '../access/access.ts';
import type { AuditLog } from '../access/audit-log.ts';
import type { OpenId } from '../access/openid.ts';
import type { Office } from '../desk/office.ts';
import type { AnswerDesk } from '../answering/answer-desk.ts';
import type { AnswerLinks } from '../answering/answer-links.ts';
import type { Config } from '../config/config.ts';
import type { Effect } from '../core/effect.ts';
import type { Mailer } from '../delivery/mailer.ts';
import type { WaysOutside } from '../delivery/ways-outside.ts';
import type { HistoryWatch } from '../history/history-watch.ts';
import type { History } from '../history/history.ts';
import type { Latencies } from '../history/latencies.ts';
import type { Hotline } from '../hotline/hotline.ts';
import type { Gate } from '../incidents/gate.ts';
import type { IncidentKeeper } from '../incidents/incident-keeper.ts';
import type { Target } from '../core/target.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Situation } from '../observe/state-families.ts';
import type { TicketWatch } from '../incidents/ticket-watch.ts';
import type { Lookout } from '../probing/lookout.ts';
import type { Monitor } from '../probing/monitor.ts';
import type { CheckTypes } from '../probing/registry.ts';
import type { ProbePorts } from '../probing/ports.ts';
import type { Planning } from '../planning/planning.ts';
import type { ReportDesk } from '../status/report-desk.ts';
import type { Subscriptions } from '../status/subscriptions.ts';
import type { Store } from '../store/store.ts';

export type ReloadOutcome = { is: 'applied'; changes: string } | { is: 'refused'; problems: string[] };

/** Times are Unix milliseconds. */
export interface ConfigState {
  inForceSince: number;
  /** `problems`: each with file and line. */
  refused?: { at: number; problems: readonly string[] };
}

/** What a target says by its token. */
export type HeartbeatWord = { is: 'report'; status: 'ok' | 'failed'; message: string } | { is: 'start' };

/** Whether the process does its work, and if not, why not. */
export type Readiness = { is: 'ready' } | { is: 'not-ready'; why: string[] };

/** What the web shows and does, handed in by the composition root. */
export interface WebSources {
  config(): Config;
  monitor: Monitor;
  keeper: IncidentKeeper;
  gate: Gate;
  /** Maintenance windows and who is on call when, by the config and by people. */
  planning: Planning;
  history: History;
  historyWatch: Pick<HistoryWatch, 'spansFor'>;
  latencies: Latencies;
  lookout: Pick<Lookout, 'isBlind'>;
  /** Helpdesks that do not answer, since when and why. */
  ticketWatch: Pick<TicketWatch, 'deaf'>;
  /** Webhooks of helpdesks and of channels' providers. */
  ways: Pick<WaysOutside, 'helpdeskCalls' | 'channelCalls'>;
  hotline: Hotline;
  /** Of critical problems, from the status page. */
  reports: ReportDesk;
  subscriptions: Subscriptions;
  mailer: Mailer;
  /** Takes answers from outside. */
  answers: AnswerDesk;
  /** Links of pages. */
  links: AnswerLinks;
  /** For what is made here, such as a maintenance window. */
  newId(): string;
  store: Store;
  /** Who may come in. */
  access: Access;
  /** Who came in, and who changed what. */
  auditLog: AuditLog;
  openid: OpenId;
  /** Where tickets are worked on. */
  office: Office;
  metrics: Metrics;
  /** How things stand, for a scrape. */
  situation(): Situation;
  isInMaintenance(): (target: Target) => boolean;
  checkTypes: CheckTypes;
  probePorts: ProbePorts;
  now(): number;
  version: string;
  queueOf(effect: Effect): string;
  readiness(): Readiness;
  reload(): Promise<ReloadOutcome>;
  /** Since when the config in force is so, and what was wrong with one that came after it. */
  configState(): ConfigState;
  /** False when no target listens for that token. */
  beat(token: string, said: HeartbeatWord): Promise<boolean>;
  /** Whether the store takes what is to be kept. */
  takesWrites(): boolean;
  /** A caller that is no trusted proxy says for whom it calls. */
  onStrayProxy(address: string): void;
  /** A call of a provider was not taken. */
  onRefused(channel: string, why: string): void;
  /** Hears of a fault of our own. */
  onFault(error: unknown): void;
  /** Calls back when something on the wall may have changed; gives back how to stop. */
  onChange(callback: () => void): () => void;
}
