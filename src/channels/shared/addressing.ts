import type { Person, Team } from '../../core/person.ts';
import type { AddressField, ChannelType } from '../channel.ts';

type Addressed = Pick<ChannelType, 'addresses'>;

/** Where somebody is reached by a channel; undefined where they are not, or it needs no address. */
export const addressOn = (
  { addresses = [] }: Addressed,
  person: Pick<Person, 'addresses'>,
): string | undefined => addresses.map(({ key }) => person.addresses[key]).find((one) => one !== undefined);

/** Where a team is reached as a whole. */
export const roomOn = (
  { addresses = [] }: Addressed,
  team: Pick<Team, 'addresses'> | undefined,
): string | undefined =>
  addresses
    .map(({ key, isForTeams }) => (isForTeams ? team?.addresses[key] : undefined))
    .find((one) => one !== undefined);

/** Whether it takes any mail address: customers, vendors and subscribers are told by it. */
export const isMail = ({ addresses = [] }: Addressed): boolean =>
  addresses.some(({ key }) => key === 'email');

/** All entries that channels of these types have, each once. */
export function addressFields(types: Iterable<Addressed>): AddressField[] {
  const fields = new Map<string, AddressField>();
  for (const { addresses = [] } of types)
    for (const field of addresses) if (!fields.has(field.key)) fields.set(field.key, field);
  return [...fields.values()];
}
