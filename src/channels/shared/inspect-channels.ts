import type { Inspection } from '../../outside/inspection.ts';
import type { Addresses } from './addresses.ts';
import { addressOn, roomOn } from './addressing.ts';
import type { Channel } from '../channel.ts';

/** Asks every channel that can be asked what in its settings and addresses does not fit its provider. */
export function inspectChannels(
  channels: ReadonlyMap<string, Channel>,
  config: Addresses,
): Promise<Inspection[]> {
  return Promise.all(
    [...channels].flatMap(([name, { inspect }]) =>
      inspect ? [inspect(addressesOf(name, config)).then((outcome): Inspection => ({ name, outcome }))] : [],
    ),
  );
}

/** Every address that the config has for a channel. */
function addressesOf(name: string, { people, teams, channels }: Addresses): string[] {
  const type = channels.get(name)?.type;
  if (!type) return [];
  const ofPeople = [...people.values()].map((person) => addressOn(type, person));
  const ofTeams = [...teams.values()].map((team) => roomOn(type, team));
  return [...new Set([...ofPeople, ...ofTeams].filter((address) => address !== undefined))];
}
