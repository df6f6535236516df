import type { EscalationStep } from '../core/escalation.ts';
import type { Calendar } from '../core/hours.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import type { Target } from '../core/target.ts';
import type { HotlineSettings } from '../hotline/hotline-settings.ts';
import type { ChannelType } from '../channels/channel.ts';
import { buildCalendars } from './build-calendars.ts';
import { buildEscalation } from './build-escalation.ts';
import { buildHelpdesks } from './build-helpdesks.ts';
import { buildHotline } from './build-hotline.ts';
import { buildPeople, buildTeams } from './build-people.ts';
import { buildSchedules } from './build-schedules.ts';
import { buildTyped } from './build-typed.ts';
import type { Catalogue } from './config.ts';
import type { Person, Team } from '../core/person.ts';
import type { Configured } from '../core/configured.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Channels that may be named without configuration: they print to the console until configured. */
const COMMON_CHANNELS = ['sms', 'voice', 'slack', 'email'];

export interface Routing {
  people: Map<string, Person>;
  teams: Map<string, Team>;
  calendars: Map<string, Calendar>;
  hotline: HotlineSettings | undefined;
  schedules: Map<string, OnCallSchedule>;
  escalation: Record<string, EscalationStep[]>;
  helpdesks: ConfiguredHelpdesk[];
  channels: Map<string, Configured<ChannelType>>;
  problems: ConfigProblem[];
}

/** Builds who is notified, how, and where tickets go; every name used must exist. */
export async function buildRouting(
  main: YamlFile,
  settings: WatchdeskFile,
  catalogue: Catalogue,
  targets: readonly Target[],
): Promise<Routing> {
  const problems: ConfigProblem[] = [];
  const complain = (path: PropertyKey[], problem: string) => void problems.push(main.problem(path, problem));
  const channels = buildChannels(main, settings, catalogue, problems);
  const people = buildPeople(settings, channels, complain);
  const teams = buildTeams(settings, people, complain);
  const calendars = await buildCalendars(main, settings, problems);
  const schedules = buildSchedules(settings, { people, calendars, complain });
  const hotline = buildHotline(settings, calendars, complain);
  const escalation = buildEscalation(main, settings, { people, teams, schedules, channels }, problems);
  const helpdesks = buildHelpdesks(
    main,
    settings,
    catalogue,
    { targets, people: [...people.keys()] },
    problems,
  );
  return { people, teams, calendars, hotline, schedules, escalation, helpdesks, channels, problems };
}

function buildChannels(
  main: YamlFile,
  settings: WatchdeskFile,
  { channelTypes }: Catalogue,
  problems: ConfigProblem[],
): Map<string, Configured<ChannelType>> {
  const channels = new Map<string, Configured<ChannelType>>();
  const console = channelTypes.get('console')!;
  for (const [name, given] of Object.entries(settings.channels)) {
    const channel = buildTyped(main, ['channels', name], given, channelTypes, 'channel', problems);
    // An invalid channel is added too, so that its problem is reported once and not wherever it is named.
    channels.set(name, channel ?? { type: console, settings: {} });
  }
  for (const name of COMMON_CHANNELS) {
    if (!(name in settings.channels)) channels.set(name, { type: console, settings: {} });
  }
  return channels;
}
