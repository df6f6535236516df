import type { Recipient } from './effect.ts';
import type { CustomerContact } from './incident.ts';
import type { NewCode } from './new-code.ts';

/** One way in which somebody wants to be reached. */
export interface Way {
  /** Name of the channel in the config. */
  via: string;
  /** After the page, and only while nobody has answered. */
  afterMs: number;
}

/** Who stands behind a name at this moment. Handed in: the core knows no config and no clock. */
export interface Directory {
  /** The person on call; undefined when there is no such schedule. */
  onCall(schedule: string): string | undefined;
  /** On call beside that person. */
  alsoOnCall(schedule: string): readonly string[];
  membersOf(team: string): readonly string[];
  /** Whether the team itself is reached there, by a room or an address of its own. */
  hasRoom(team: string, via: string): boolean;
  /** As they want it; never empty. */
  ways(to: Recipient): readonly Way[];
  /** Id of the person of that id or name; undefined for somebody who is not in the config. */
  personCalled(name: string): string | undefined;
  /** As people are called; what is no person's id stays as it is. */
  nameOf(person: string): string;
  /** What a helpdesk calls one of our people; undefined where it does not know them, or we do not know how. */
  nameIn(helpdesk: string, person: string): string | undefined;
  customerOf(target: string): string | undefined;
  /** What its customer calls a target; its name where the config has no other. */
  titleOf(target: string): string;
  contactOf(customer: string): CustomerContact | undefined;
  /** Who stands in for a schedule. */
  fallbackOf(schedule: string): string | undefined;
  /** Whether that channel makes the phone ring. */
  isCall(via: string): boolean;
  vendorOf(target: string): { name: string; email?: string; phone?: string } | undefined;
  /** The channel for mails to people outside; undefined when there is none that reaches anybody. */
  mailChannel(): string | undefined;
  /** What else may be tried when that fails, in order. */
  channelsOf(to: Recipient): readonly string[];
}

/** What it takes to write to people. */
export interface Paging {
  newCode: NewCode;
  directory: Directory;
}
