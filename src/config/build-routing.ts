import type { EscalationStep } from '../core/escalation.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import { PRIORITIES, type Target } from '../core/target.ts';
import type { ChannelType } from '../paging/channel.ts';
import { buildHelpdesks } from './build-helpdesks.ts';
import { buildTyped } from './build-typed.ts';
import type { Catalogue, Configured, ConfiguredHelpdesk, Person } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Paged for urgent incidents when the config has no `escalation` at all. */
const DEFAULT_SCHEDULE = 'operations-manager';

/** Channels that may be named without being configured: they print to the console until they are. */
const COMMON_CHANNELS = ['sms', 'voice', 'slack', 'email'];

export interface Routing {
  people: Map<string, Person>;
  schedules: Map<string, OnCallSchedule>;
  escalation: Record<string, EscalationStep[]>;
  helpdesks: ConfiguredHelpdesk[];
  channels: Map<string, Configured<ChannelType>>;
  problems: ConfigProblem[];
}

/** Who is told, how, and where tickets go; every name that is used must exist. */
export function buildRouting(
  main: YamlFile,
  settings: WatchdeskFile,
  catalogue: Catalogue,
  targets: readonly Target[],
): Routing {
  const problems: ConfigProblem[] = [];
  const people = new Map<string, Person>();
  for (const [id, person] of Object.entries(settings.people)) {
    if (settings.on_call[id])
      problems.push(main.problem(['people', id], `a schedule is called "${id}" too; expected two names`));
    people.set(id, { id, ...person });
  }
  const personAt = (path: PropertyKey[], id: string) => {
    if (people.has(id)) return;
    const near = nearest(id, [...people.keys()]);
    const hint = near
      ? `; did you mean "${near}"?`
      : people.size > 0
        ? `; known: ${[...people.keys()].join(', ')}`
        : '';
    problems.push(main.problem(path, `there is no person "${id}" under \`people\`${hint}`));
  };
  const schedules = buildSchedules(settings, personAt, (path, problem) =>
    problems.push(main.problem(path, problem)),
  );
  const channels = buildChannels(main, settings, catalogue, problems);
  const escalation = buildEscalation(main, settings, { people, schedules, channels }, problems);
  const helpdesks = buildHelpdesks(main, settings, catalogue, targets, problems);
  return { people, schedules, escalation, helpdesks, channels, problems };
}

function buildSchedules(
  settings: WatchdeskFile,
  personAt: (path: PropertyKey[], id: string) => void,
  complain: (path: PropertyKey[], problem: string) => void,
): Map<string, OnCallSchedule> {
  const schedules = new Map<string, OnCallSchedule>();
  for (const [name, given] of Object.entries(settings.on_call)) {
    const at = ['on_call', name];
    for (const [index, layer] of given.layers.entries()) {
      layer.rotation.forEach((id, turn) => personAt([...at, 'layers', index, 'rotation', turn], id));
    }
    for (const [index, override] of given.overrides.entries()) {
      personAt([...at, 'overrides', index, 'with'], override.with);
      if (override.replace !== undefined) personAt([...at, 'overrides', index, 'replace'], override.replace);
      const [from, to] = [override.from, override.to].map((moment) =>
        moment instanceof Temporal.Instant ? moment : moment.toZonedDateTime(given.timezone).toInstant(),
      );
      if (Temporal.Instant.compare(from!, to!) >= 0) {
        complain([...at, 'overrides', index, 'to'], 'ends before it begins; expected a time after `from`');
      }
    }
    personAt([...at, 'fallback'], given.fallback);
    const { timezone: timeZone, layers, overrides, fallback } = given;
    schedules.set(name, { name, timeZone, layers, overrides, fallback });
  }
  return schedules;
}

function buildChannels(
  main: YamlFile,
  settings: WatchdeskFile,
  { channelTypes }: Catalogue,
  problems: ConfigProblem[],
): Map<string, Configured<ChannelType>> {
  const channels = new Map<string, Configured<ChannelType>>();
  for (const [name, given] of Object.entries(settings.channels)) {
    const channel = buildTyped(main, ['channels', name], given, channelTypes, 'channel', problems);
    // A bad one stands here too, so that it is complained of once and not wherever it is named.
    channels.set(name, channel ?? { type: consoleOf(channelTypes), settings: {} });
  }
  const console = consoleOf(channelTypes);
  for (const name of COMMON_CHANNELS) {
    if (!(name in settings.channels)) channels.set(name, { type: console, settings: {} });
  }
  return channels;
}

const consoleOf = (types: Catalogue['channelTypes']): ChannelType => types.get('console')!;

function buildEscalation(
  main: YamlFile,
  settings: WatchdeskFile,
  known: Pick<Routing, 'people' | 'schedules' | 'channels'>,
  problems: ConfigProblem[],
): Record<string, EscalationStep[]> {
  const policy: Record<string, EscalationStep[]> = {};
  for (const priority of PRIORITIES) {
    const steps = (settings.escalation ?? {})[priority];
    if (steps === undefined) continue;
    policy[priority] = steps.map((step, index): EscalationStep => {
      const at = ['escalation', priority, index];
      const { via, after: afterMs, unless, repeat: repeatMs } = step;
      for (const [position, channel] of via.entries()) {
        if (known.channels.has(channel)) continue;
        const names = [...known.channels.keys()];
        const near = nearest(channel, names);
        const hint = near ? `did you mean "${near}"?` : `known: ${names.join(', ')}`;
        problems.push(main.problem([...at, 'via', position], `there is no channel "${channel}"; ${hint}`));
      }
      if (step.mobilise !== undefined) {
        return { act: 'mobilise', to: { is: 'team', name: step.mobilise }, via, afterMs, unless, repeatMs };
      }
      const name = step.page!;
      const is = known.people.has(name) ? 'person' : 'schedule';
      if (is === 'schedule' && !known.schedules.has(name)) {
        const names = [...known.schedules.keys(), ...known.people.keys()];
        const near = nearest(name, names);
        const hint = near ? `did you mean "${near}"?` : `known: ${names.join(', ') || 'none'}`;
        problems.push(main.problem([...at, 'page'], `there is no schedule or person "${name}"; ${hint}`));
      } else {
        problems.push(...unreachable(main, [...at, 'via'], name, via, known));
      }
      return { act: 'page', to: { is, name }, via, afterMs, unless, repeatMs };
    });
  }
  // A config that says nothing of escalation must not stay silent at night.
  if (settings.escalation === undefined && known.schedules.has(DEFAULT_SCHEDULE)) {
    problems.push(...unreachable(main, ['on_call', DEFAULT_SCHEDULE], DEFAULT_SCHEDULE, ['sms'], known));
    const to = { is: 'schedule', name: DEFAULT_SCHEDULE } as const;
    policy['urgent'] = [{ act: 'page', to, via: ['sms'], afterMs: 0 }];
  }
  return policy;
}

/** Whoever may be paged must have an address on the channel; found now, not at three in the morning. */
function unreachable(
  main: YamlFile,
  path: PropertyKey[],
  name: string,
  via: readonly string[],
  { people, schedules, channels }: Pick<Routing, 'people' | 'schedules' | 'channels'>,
): ConfigProblem[] {
  const schedule = schedules.get(name);
  const ids = schedule
    ? new Set([
        ...schedule.layers.flatMap((layer) => layer.rotation),
        ...schedule.overrides.map((override) => override.with),
        schedule.fallback,
      ])
    : [name];
  const problems: ConfigProblem[] = [];
  for (const id of ids) {
    const person = people.get(id);
    for (const channel of via) {
      const keys = channels.get(channel)?.type.addressKeys;
      if (!person || !keys || keys.some((key) => person[key] !== undefined)) continue;
      const problem = `${id} cannot be reached by ${channel}; give people.${id} \`${keys[0]}\`, or take another channel`;
      problems.push(main.problem(path, problem));
    }
  }
  return problems;
}
