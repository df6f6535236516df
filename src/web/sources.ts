import type { HopRequest } from './hop.ts';
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
import type { Hub } from '../locations/hub.ts';
import type { Roster } from '../locations/roster.ts';
import type { Field } from '../probing/field.ts';
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

/** A heartbeat request, identified by its token. */
export type HeartbeatWord = { is: 'report'; status: 'ok' | 'failed'; message: string } | { is: 'start' };

/** Whether the process is ready, and if not, why not. */
export type Readiness = { is: 'ready' } | { is: 'not-ready'; why: string[] };

/** The data and actions of the web server, passed in by the composition root. */
export interface WebSources {
  config(): Config;
  field: Field;
  /** Who probes from elsewhere. */
  roster: Roster;
  hub: Hub;
  keeper: IncidentKeeper;
  gate: Gate;
  /** Maintenance windows and on-call schedules, from the config and as planned by people. */
  planning: Planning;
  history: History;
  historyWatch: Pick<HistoryWatch, 'spansFor'>;
  latencies: Latencies;
  lookout: Pick<Lookout, 'isBlind'>;
  /** Helpdesks that are unreachable, since when and why. */
  ticketWatch: Pick<TicketWatch, 'deaf'>;
  /** Webhooks of helpdesks and of channel providers. */
  ways: Pick<WaysOutside, 'helpdeskCalls' | 'channelCalls'>;
  hotline: Hotline;
  /** Takes reports of critical problems from the status page. */
  reports: ReportDesk;
  subscriptions: Subscriptions;
  mailer: Mailer;
  /** Takes answers from channels and links. */
  answers: AnswerDesk;
  /** Signs and verifies the links in pages. */
  links: AnswerLinks;
  /** Ids for items created here, such as maintenance windows. */
  newId(): string;
  store: Store;
  /** Authentication and users. */
  access: Access;
  /** Sign-ins and changes. */
  auditLog: AuditLog;
  openid: OpenId;
  /** The desk, where tickets are worked on. */
  office: Office;
  metrics: Metrics;
  /** The current state, for a scrape. */
  situation(): Situation;
  isInMaintenance(): (target: Target) => boolean;
  checkTypes: CheckTypes;
  probePorts: ProbePorts;
  now(): number;
  version: string;
  queueOf(effect: Effect): string;
  readiness(): Readiness;
  reload(): Promise<ReloadOutcome>;
  /** Since when the config in force has been so, and the problems of a newer one that was refused. */
  configState(): ConfigState;
  /** Returns false when no check listens for that token. */
  beat(token: string, said: HeartbeatWord): Promise<boolean>;
  /** Whether the store accepts writes. */
  takesWrites(): boolean;
  /** A caller that is not a trusted proxy sent X-Forwarded-For. */
  onStrayProxy(address: string): void;
  /** The caller of a request that another instance has handed on. */
  callerOfHop(request: HopRequest, header: string | string[] | undefined): string | undefined;
  /** A provider's webhook call was refused. */
  onRefused(channel: string, why: string): void;
  /** Called with each internal error. */
  onFault(error: unknown): void;
  /** Calls back when something on the wall may have changed; returns how to unsubscribe. */
  onChange(callback: () => void): () => void;
}
