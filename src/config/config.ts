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
import type { LocationSettings } from '../core/location-settings.ts';
import type { CheckOrder } from '../probing/prepare-check.ts';
import type { CheckTypes } from '../probing/registry.ts';
import type { Customer, Target } from '../core/target.ts';
import type { DeskSettings } from '../desk/desk-settings.ts';
import type { ChannelType } from '../channels/channel.ts';
import type { Retention } from '../store/retention.ts';
import type { StoreAddress } from '../store/store-address.ts';
import type { StatusSettings } from '../status/status-settings.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { HelpdeskType } from '../helpdesks/helpdesk.ts';
import type { DailyPageSettings } from '../watchdog/daily-page.ts';
import type { DeadManSettings } from '../watchdog/dead-man-switch.ts';

/** The whole config, validated and with defaults applied. Times in milliseconds. */
export interface Config {
  listen: { host: string; port: number };
  /** The server's own certificate; without it, TLS is left to a proxy in front. */
  tls?: ServerTls;
  /** Why it listens only on this machine although more was configured. */
  confined?: string;
  /** Addresses and networks whose `X-Forwarded-For` is trusted. */
  trustedProxies: readonly string[];
  /** Without a trailing slash. */
  publicUrl: string;
  timeZone: string;
  /** BCP 47 tag of the language of pages and messages. */
  language: string;
  /** The company that runs Watchdesk, as its customers know it. */
  provider?: string | undefined;
  store: StoreAddress;
  people: ReadonlyMap<string, Person>;
  teams: ReadonlyMap<string, Team>;
  /** The phone hotline. */
  hotline?: HotlineSettings;
  /** Office hours, by name. */
  calendars: ReadonlyMap<string, Calendar>;
  schedules: ReadonlyMap<string, OnCallSchedule>;
  escalation: EscalationPolicy;
  /** The first one that matches gets the ticket. */
  helpdesks: readonly ConfiguredHelpdesk[];
  /** The built-in helpdesk: holds tickets while another one is down. */
  desk: HelpdeskType;
  channels: ReadonlyMap<string, Configured<ChannelType>>;
  reopenWindowMs: number;
  ackExpiresMs?: number;
  /** How customers are kept informed; undefined: they are not. */
  updates?: UpdateRules;
  grouping: GroupRules;
  /** SLA promises for tickets. */
  service: ServiceSettings;
  /** Settings of the built-in helpdesk. */
  deskSettings: DeskSettings;
  access: AccessSettings;
  /** By name; a customer may have no targets. */
  customers: ReadonlyMap<string, Customer>;
  windows: readonly MaintenanceWindow[];
  /** Availability objective per month as a ratio, by plan. */
  objectives: ReadonlyMap<string, number>;
  /** How long finished records are kept. */
  retention: Retention;
  /** Metric families that are left out; a name, or a prefix and `*`. */
  metricsWithout: readonly string[];
  /** Modules that `/probe` serves, by name. */
  modules: ReadonlyMap<string, BlackboxModule>;
  /** Modules of the file that cannot be served, each with its problems. */
  refusedModules: ReadonlyMap<string, readonly ConfigProblem[]>;
  /** The public status page; undefined: there is none. */
  status?: StatusSettings;
  connectivity?: { anchors: readonly string[]; cadence: Cadence };
  watchdog?: { deadMan?: DeadManSettings; dailyPage?: DailyPageSettings };
  targets: readonly Target[];
  /** By check identity. */
  prepared: ReadonlyMap<string, Prepared>;
  /** By check identity; of the checks that are probed from locations. */
  orders: ReadonlyMap<string, CheckOrder>;
  /** By name. */
  locations: ReadonlyMap<string, LocationSettings>;
  /** Must never appear in a log, error, metric, page or ticket. */
  secrets: readonly string[];
  /** Secrets that do not belong to one check: from the environment, files, channels, the helpdesk. */
  sharedSecrets: readonly string[];
  /** Hosts, besides those of targets, that `/probe` may use modules with credentials for. */
  probeTargets: readonly string[];
  files: readonly string[];
}

/** The types that the config can name; passed in by the composition root. */
export interface Catalogue {
  checkTypes: CheckTypes;
  helpdeskTypes: ReadonlyMap<string, HelpdeskType>;
  channelTypes: ReadonlyMap<string, ChannelType>;
}
