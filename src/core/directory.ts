import type { Recipient } from './effect.ts';
import type { CustomerContact } from './incident.ts';
import type { NewCode } from './new-code.ts';

/** One way in which a person wants to be reached. */
export interface Way {
  /** Name of the channel in the config. */
  via: string;
  /** Wait after the page; this way is only used while nobody has acknowledged. */
  afterMs: number;
}

/** Resolves names to people at this moment. Injected: the core knows no config and no clock. */
export interface Directory {
  /** The person on call; undefined when there is no such schedule. */
  onCall(schedule: string): string | undefined;
  /** Further people on call in addition to that person. */
  alsoOnCall(schedule: string): readonly string[];
  membersOf(team: string): readonly string[];
  /** Whether the channel reaches the team as a whole, by a room or an address of its own. */
  hasRoom(team: string, via: string): boolean;
  /** The ways in which the recipient wants to be reached; never empty. */
  ways(to: Recipient): readonly Way[];
  /** Id of the person with that id or name; undefined for a person who is not in the config. */
  personCalled(name: string): string | undefined;
  /** Display name of a person; a text that is no person's id is returned unchanged. */
  nameOf(person: string): string;
  /** A person's name in a helpdesk; undefined where it does not know them, or we do not know the name. */
  nameIn(helpdesk: string, person: string): string | undefined;
  customerOf(target: string): string | undefined;
  /** The customer's name for a target; the target's own name where the config has no other. */
  titleOf(target: string): string;
  contactOf(customer: string): CustomerContact | undefined;
  /** The fallback of a schedule. */
  fallbackOf(schedule: string): string | undefined;
  /** Whether the channel makes a phone ring. */
  isCall(via: string): boolean;
  vendorOf(target: string): { name: string; email?: string; phone?: string } | undefined;
  /** The channel for mails to people outside; undefined when no channel can reach them. */
  mailChannel(): string | undefined;
  /** All channels that can reach the recipient, in the order in which to try them. */
  channelsOf(to: Recipient): readonly string[];
}

/** What is needed to send messages to people. */
export interface Paging {
  newCode: NewCode;
  directory: Directory;
}
