import type { AccessSettings } from '../access/access-settings.ts';
import type { BlackboxModule } from '../blackbox/module-schema.ts';
import type { ServerTls } from './build-tls.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Prepared } from '../core/check-type.ts';
import type { ServiceSettings } from '../service/service-settings.ts';
import type { Cadence } from '../core/cadence.ts';
import type { UpdateRules } from '../core/customer-updates.ts';
import type { Configured } from '../core/configured.ts';
import type { Person, Team } from '../core/person.ts';
import type { Calendar } from '../core/hours.ts';
import type { EscalationPolicy } from '../core/escalation.ts';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import type { GroupRules } from '../core/placement.ts';
import type { HotlineSettings } from '../hotline/hotline-settings.ts';
import type { CheckTypes } from '../probing/registry.ts';
import type { Customer, Target } from '../core/target.ts';
import type { DeskSettings } from '../desk/desk-settings.ts';
import type { ChannelType } from '../channels/channel.ts';
import type { Retention } from '../store/retention.ts';
import type { StatusSettings } from '../status/status-settings.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { HelpdeskType } from '../helpdesks/helpdesk.ts';
import type { DailyPageSettings } from '../watchdog/daily-page.ts';
import type { DeadManSettings } from '../watchdog/dead-man-switch.ts';

/** Everything the config says, checked and with its defaults filled in. Times in milliseconds. */
export interface Config {
  listen: { host: string; port: number };
  /** Of the server itself; without it a proxy may stand before it. */
  tls?: ServerTls;
  /** Why it listens on this machine alone, where more was asked for. */
  confined?: string;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  /** Without a trailing slash. */
  publicUrl: string;
  timeZone: string;
  /** BCP 47 tag of the language of pages and messages. */
  language: string;
  /** The company that runs Watchdesk, as its customers know it. */
  provider?: string | undefined;
  storePath: string;
  people: ReadonlyMap<string, Person>;
  teams: ReadonlyMap<string, Team>;
  /** A number that people call. */
  hotline?: HotlineSettings;
  /** Office hours, by name. */
  calendars: ReadonlyMap<string, Calendar>;
  schedules: ReadonlyMap<string, OnCallSchedule>;
  escalation: EscalationPolicy;
  /** The first one that fits gets the ticket. */
  helpdesks: readonly ConfiguredHelpdesk[];
  /** The built-in helpdesk: holds tickets while another one is down. */
  desk: HelpdeskType;
  channels: ReadonlyMap<string, Configured<ChannelType>>;
  reopenWindowMs: number;
  ackExpiresMs?: number;
  /** How customers are kept told; undefined: they are not. */
  updates?: UpdateRules;
  grouping: GroupRules;
  /** What is promised for tickets. */
  service: ServiceSettings;
  /** How the built-in helpdesk works. */
  deskSettings: DeskSettings;
  access: AccessSettings;
  /** By name; some have no targets. */
  customers: ReadonlyMap<string, Customer>;
  windows: readonly MaintenanceWindow[];
  /** Share of the month for which targets are to be available, by plan. */
  objectives: ReadonlyMap<string, number>;
  /** How long what is over is kept. */
  retention: Retention;
  /** Families of metrics that are left out; a name, or a beginning and `*`. */
  metricsWithout: readonly string[];
  /** What `/probe` can be asked for, by name. */
  modules: ReadonlyMap<string, BlackboxModule>;
  /** Modules of the file that cannot be served, each with what is wrong with it. */
  refusedModules: ReadonlyMap<string, readonly ConfigProblem[]>;
  /** What the public is shown; undefined: nothing. */
  status?: StatusSettings;
  connectivity?: { anchors: readonly string[]; cadence: Cadence };
  watchdog?: { deadMan?: DeadManSettings; dailyPage?: DailyPageSettings };
  targets: readonly Target[];
  /** By check identity. */
  prepared: ReadonlyMap<string, Prepared>;
  /** Never to be seen in a log, error, metric, page or ticket. */
  secrets: readonly string[];
  /** Those that do not belong to one check: from the environment, files, channels, the helpdesk. */
  sharedSecrets: readonly string[];
  /** Hosts that modules of /probe with credentials may be used for, beside those of targets. */
  probeTargets: readonly string[];
  files: readonly string[];
}

/** What can be named in the config; handed in by the composition root. */
export interface Catalogue {
  checkTypes: CheckTypes;
  helpdeskTypes: ReadonlyMap<string, HelpdeskType>;
  channelTypes: ReadonlyMap<string, ChannelType>;
}
