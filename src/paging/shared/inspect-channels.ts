import type { Inspection } from '../../outside/inspection.ts';
import type { Addresses } from './addresses.ts';
import type { Channel } from '../channel.ts';

/** Asks every channel that can be asked what of its settings and addresses does not fit its provider. */
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
  const keys = channels.get(name)?.type.addressKeys ?? [];
  const ofPeople = [...people.values()].map((person) =>
    keys.map((key) => person[key]).find((address) => address !== undefined),
  );
  const ofTeams = [...teams.values()].flatMap((team) =>
    keys.map((key) => (key === 'slack' || key === 'email' ? team[key] : undefined)),
  );
  return [...new Set([...ofPeople, ...ofTeams].filter((address) => address !== undefined))];
}
