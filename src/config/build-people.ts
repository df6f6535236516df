import type { Config } from './config.ts';
import type { Person, Team } from '../core/person.ts';
import { addressOn } from '../channels/shared/addressing.ts';
import { noChannel } from './build-escalation.ts';
import { noPerson } from './build-schedules.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';

export type Complain = (path: PropertyKey[], problem: string) => void;

/** Builds the people who can be notified, with their addresses and preferences. */
export function buildPeople(
  settings: WatchdeskFile,
  channels: Config['channels'],
  complain: Complain,
): Map<string, Person> {
  const people = new Map<string, Person>();
  for (const [id, { prefer = [], name, timezone, ...rest }] of Object.entries(settings.people)) {
    // Besides these keys a person has only the addresses that channels declare.
    const addresses = rest as Record<string, string>;
    if (settings.on_call[id])
      complain(['people', id], `a schedule is also named "${id}"; expected different names`);
    const ways = prefer.map((way) =>
      typeof way === 'string' ? { via: way, afterMs: 0 } : { via: way.via, afterMs: way.after ?? 0 },
    );
    people.set(id, { id, name, addresses, ...(timezone !== undefined && { timezone }), prefer: ways });
    for (const [index, { via }] of ways.entries()) {
      const path = ['people', id, 'prefer', index];
      const problem = noChannel(via, { channels });
      const type = channels.get(via)?.type;
      if (problem) complain(path, problem);
      else if (type?.addresses && addressOn(type, { addresses }) === undefined) {
        complain(path, `${id} has no \`${type.addresses[0]?.key}\` and cannot be reached via ${via}`);
      }
    }
    if (ways.length > 0 && ways.every(({ afterMs }) => afterMs > 0)) {
      complain(['people', id, 'prefer'], 'every entry has a delay; expected at least one without `after`');
    }
  }
  return people;
}

export function buildTeams(
  settings: WatchdeskFile,
  people: ReadonlyMap<string, Person>,
  complain: Complain,
): Map<string, Team> {
  for (const [name, { members }] of Object.entries(settings.teams)) {
    const path = ['teams', name];
    if (people.has(name) || settings.on_call[name]) {
      complain(path, `a person or schedule is also named "${name}"; expected different names`);
    }
    members.forEach((id, index) => {
      if (!people.has(id)) complain([...path, 'members', index], noPerson(id, [...people.keys()]));
    });
  }
  return new Map(
    Object.entries(settings.teams).map(([name, { members, ...rest }]) => [
      name,
      { members, addresses: rest as Record<string, string> },
    ]),
  );
}
