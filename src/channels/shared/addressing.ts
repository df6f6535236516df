import type { Person, Team } from '../../core/person.ts';
import type { AddressField, ChannelType } from '../channel.ts';

type Addressed = Pick<ChannelType, 'addresses'>;

/** A person's address on a channel; undefined where they have none, or the channel needs none. */
export const addressOn = (
  { addresses = [] }: Addressed,
  person: Pick<Person, 'addresses'>,
): string | undefined => addresses.map(({ key }) => person.addresses[key]).find((one) => one !== undefined);

/** A team's own address on a channel. */
export const roomOn = (
  { addresses = [] }: Addressed,
  team: Pick<Team, 'addresses'> | undefined,
): string | undefined =>
  addresses
    .map(({ key, isForTeams }) => (isForTeams ? team?.addresses[key] : undefined))
    .find((one) => one !== undefined);

/** True if it takes any mail address: customers, vendors and subscribers are notified by it. */
export const isMail = ({ addresses = [] }: Addressed): boolean =>
  addresses.some(({ key }) => key === 'email');

/** All address fields of these channel types, each once. */
export function addressFields(types: Iterable<Addressed>): AddressField[] {
  const fields = new Map<string, AddressField>();
  for (const { addresses = [] } of types)
    for (const field of addresses) if (!fields.has(field.key)) fields.set(field.key, field);
  return [...fields.values()];
}
