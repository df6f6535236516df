import type { Configured } from '../../core/configured.ts';
import type { Person, Team } from '../../core/person.ts';
import type { ChannelType } from '../channel.ts';

/** Channels by their name in the config. */
export type ConfiguredChannels = ReadonlyMap<string, Configured<ChannelType>>;

/** The people and teams that channels reach, and where. */
export interface Addresses {
  people: ReadonlyMap<string, Person>;
  teams: ReadonlyMap<string, Team>;
  channels: ConfiguredChannels;
}
