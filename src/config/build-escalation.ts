import type { Recipient } from '../core/effect.ts';
import type { EscalationStep } from '../core/escalation.ts';
import { peopleOf, type OnCallSchedule } from '../core/on-call.ts';
import { PRIORITIES } from '../core/target.ts';
import { addressOn, roomOn } from '../channels/shared/addressing.ts';
import type { Config } from './config.ts';
import type { Person } from '../core/person.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Schedule paged for urgent incidents when the config has no `escalation` at all. */
const DEFAULT_SCHEDULE = 'operations-manager';

export interface Reachable {
  people: ReadonlyMap<string, Person>;
  teams: Config['teams'];
  schedules: ReadonlyMap<string, OnCallSchedule>;
  channels: Config['channels'];
}

/** Builds the escalation policy by priority. A config line becomes one escalation step per recipient. */
export function buildEscalation(
  main: YamlFile,
  settings: WatchdeskFile,
  known: Reachable,
  problems: ConfigProblem[],
): Record<string, EscalationStep[]> {
  const policy: Record<string, EscalationStep[]> = {};
  for (const priority of PRIORITIES) {
    const lines = (settings.escalation ?? {})[priority];
    if (lines === undefined) continue;
    policy[priority] = lines.flatMap((step, line) =>
      stepsOf(main, ['escalation', priority, line], step, line, known, problems),
    );
  }
  // Without any `escalation` setting, urgent incidents must still page someone at night.
  if (settings.escalation === undefined && known.schedules.has(DEFAULT_SCHEDULE)) {
    const to: Recipient = { is: 'schedule', name: DEFAULT_SCHEDULE };
    problems.push(...unreachable(main, ['on_call', DEFAULT_SCHEDULE], to, ['sms'], known));
    policy['urgent'] = [{ act: 'page', to, via: ['sms'], afterMs: 0 }];
  }
  return policy;
}

export type StepEntry = NonNullable<NonNullable<WatchdeskFile['escalation']>['urgent']>[number];

/** One escalation step for each recipient that a config line names. */
export function stepsOf(
  main: YamlFile,
  at: readonly PropertyKey[],
  step: StepEntry,
  line: number,
  known: Reachable,
  problems: ConfigProblem[],
): EscalationStep[] {
  const { via = [], after: afterMs, unless, repeat: repeatMs } = step;
  via.forEach((channel, position) => {
    const problem = noChannel(channel, known);
    if (problem) problems.push(main.problem([...at, 'via', position], problem));
  });
  const act = step.mobilise === undefined ? 'page' : 'mobilise';
  const named = step.mobilise ?? step.page!;
  return [named].flat().map((name, index): EscalationStep => {
    const path = [...at, act, ...(Array.isArray(named) ? [index] : [])];
    const to = act === 'mobilise' ? mobilised(name, known) : recipient(name, known);
    if (!to) {
      problems.push(main.problem(path, act === 'mobilise' ? noTeam(name, known) : noRecipient(name, known)));
    } else problems.push(...unreachable(main, [...at, ...(step.via ? ['via'] : [act])], to, via, known));
    return { act, to: to ?? team(name), via, afterMs, unless, repeatMs, line };
  });
}

const team = (name: string): Recipient => ({ is: 'team', name });

function recipient(name: string, { people, schedules, teams }: Reachable): Recipient | undefined {
  if (people.has(name)) return { is: 'person', name };
  if (schedules.has(name)) return { is: 'schedule', name };
  return (teams.get(name)?.members.length ?? 0) > 0 ? team(name) : undefined;
}

/** Without `teams` in the config, any team name is accepted and only printed; otherwise it must be one of them. */
const mobilised = (name: string, { teams }: Reachable): Recipient | undefined =>
  teams.size === 0 || teams.has(name) ? team(name) : undefined;

function noTeam(name: string, { teams }: Reachable): string {
  const near = nearest(name, [...teams.keys()]);
  return `there is no team "${name}" under \`teams\`; ${near ? `did you mean "${near}"?` : `known: ${[...teams.keys()].join(', ')}`}`;
}

function noRecipient(name: string, { people, schedules, teams }: Reachable): string {
  if (teams.has(name)) return `team "${name}" has no \`members\` to page; add some, or \`mobilise\` it`;
  const names = [...schedules.keys(), ...people.keys(), ...teams.keys()];
  const near = nearest(name, names);
  const hint = near ? `did you mean "${near}"?` : `known: ${names.join(', ') || 'none'}`;
  return `there is no schedule or person "${name}"; ${hint}`;
}

export function noChannel(channel: string, { channels }: Pick<Reachable, 'channels'>): string | undefined {
  if (channels.has(channel)) return undefined;
  const names = [...channels.keys()];
  const near = nearest(channel, names);
  return `there is no channel "${channel}"; ${near ? `did you mean "${near}"?` : `known: ${names.join(', ')}`}`;
}

/** Every recipient needs an address on the channel: reported now, not at three in the morning. */
function unreachable(
  main: YamlFile,
  path: PropertyKey[],
  to: Recipient,
  via: readonly string[],
  { people, schedules, teams, channels }: Reachable,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const schedule = schedules.get(to.name);
  const members = to.is === 'team' ? (teams.get(to.name)?.members ?? []) : [];
  const ids = to.is === 'team' ? members : schedule ? peopleOf(schedule) : [to.name];
  for (const channel of via) {
    const type = channels.get(channel)?.type;
    if (!type?.addresses) continue;
    const hasRoom = roomOn(type, teams.get(to.name)) !== undefined;
    if (to.is === 'team' && (hasRoom || members.length === 0)) {
      if (hasRoom) continue;
      const key = type.addresses.find(({ isForTeams }) => isForTeams)?.key;
      const room = key ? ` \`${key}\`, or` : '';
      const problem = `team ${to.name} cannot be reached via ${channel}; add${room} \`members\` to teams.${to.name}`;
      problems.push(main.problem(path, problem));
      continue;
    }
    for (const id of ids) {
      const person = people.get(id);
      if (!person || addressOn(type, person) !== undefined) continue;
      const problem = `${id} cannot be reached via ${channel}; add \`${type.addresses[0]?.key}\` to people.${id}, or use another channel`;
      problems.push(main.problem(path, problem));
    }
  }
  return problems;
}
