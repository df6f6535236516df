import type { Addresses } from '../channels/shared/addresses.ts';
import { isMail, roomOn } from '../channels/shared/addressing.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { Person } from '../core/person.ts';
import type { Directory, Way } from '../core/directory.ts';
import type { Recipient } from '../core/effect.ts';
import { whoIsOnCall, type OnCallSchedule } from '../core/on-call.ts';
import type { Customer, Target } from '../core/target.ts';
import { DESK } from '../core/ticket-route.ts';
import { reachingChannels } from './coverage.ts';

/** The order in which channels are tried for people without a preference. */
const USUAL_ORDER = ['sms', 'voice', 'slack', 'email'];

export interface DirectorySettings extends Addresses {
  targets: readonly Target[];
  customers: ReadonlyMap<string, Customer>;
  helpdesks: readonly ConfiguredHelpdesk[];
}

export interface DirectoryPorts {
  config(): DirectorySettings;
  schedules(): ReadonlyMap<string, OnCallSchedule>;
  now(): number;
}

/** Resolves names to people, by the config and schedules now in force. */
export function directoryOf({ config, schedules, now }: DirectoryPorts): Directory {
  const onCall = (name: string) => {
    const schedule = schedules().get(name);
    return schedule && whoIsOnCall(schedule, Temporal.Instant.fromEpochMilliseconds(now()));
  };
  const personOf = (to: Recipient): Person | undefined => {
    const { people } = config();
    if (to.is === 'person') return people.get(to.name);
    if (to.is === 'schedule') return people.get(onCall(to.name)?.person ?? '');
    return to.is === 'fallback' ? people.get(schedules().get(to.name)?.fallback ?? '') : undefined;
  };
  const hasRoom = (name: string, via: string): boolean => {
    const type = config().channels.get(via)?.type;
    if (!type?.addresses) return type !== undefined;
    return roomOn(type, config().teams.get(name)) !== undefined;
  };
  const channelsOf = (to: Recipient): string[] => {
    const person = personOf(to);
    if (person && person.prefer.length > 0) return [...new Set(person.prefer.map(({ via }) => via))];
    const names = person
      ? reachingChannels(person, config())
      : to.is === 'team'
        ? [...config().channels.keys()].filter((name) => hasRoom(to.name, name))
        : [];
    return names.sort((a, b) => rank(a) - rank(b));
  };
  const mailChannel = (): string | undefined =>
    [...config().channels].find(([, { type }]) => isMail(type))?.[0];
  const targetOf = (name: string) => byName(config().targets).get(name);
  const customerOf = (name: string) =>
    config().targets.find(({ customer }) => customer?.name === name && customer.contact !== undefined)
      ?.customer ?? config().customers.get(name);
  return {
    personCalled(name) {
      const { people } = config();
      if (people.has(name)) return name;
      const wanted = name.trim().toLowerCase();
      return [...people.values()].find((person) => person.name.toLowerCase() === wanted)?.id;
    },
    nameOf: (person) => config().people.get(person)?.name ?? person,
    nameIn(helpdesk, person) {
      const { helpdesks, people } = config();
      const there = helpdesks.find(({ name }) => name === helpdesk);
      if ((there?.type.type ?? helpdesk) === DESK) return people.has(person) ? person : undefined;
      return there?.people.get(person);
    },
    customerOf: (target) => targetOf(target)?.customer?.name,
    titleOf: (target) => targetOf(target)?.title ?? target,
    contactOf(customer) {
      const { contact, timeZone, language } = customerOf(customer) ?? {};
      if (contact === undefined) return undefined;
      return { address: contact, ...(timeZone && { timeZone }), ...(language && { language }) };
    },
    fallbackOf: (schedule) => schedules().get(schedule)?.fallback,
    isCall: (via) => config().channels.get(via)?.type.isCall === true,
    vendorOf: (target) => targetOf(target)?.vendor,
    mailChannel,
    onCall: (schedule) => onCall(schedule)?.person,
    alsoOnCall: (schedule) => onCall(schedule)?.also ?? [],
    membersOf: (team) => config().teams.get(team)?.members ?? [],
    hasRoom,
    channelsOf,
    ways(to): Way[] {
      const prefer = personOf(to)?.prefer ?? [];
      if (prefer.length > 0) return [...prefer];
      return [{ via: channelsOf(to)[0] ?? (to.is === 'team' ? 'slack' : 'sms'), afterMs: 0 }];
    },
  };
}

const indexes = new WeakMap<readonly Target[], ReadonlyMap<string, Target>>();

/** In an outage of thousands, each target is looked up. */
function byName(targets: readonly Target[]): ReadonlyMap<string, Target> {
  let index = indexes.get(targets);
  if (index === undefined) indexes.set(targets, (index = new Map(targets.map((one) => [one.name, one]))));
  return index;
}

function rank(channel: string): number {
  const index = USUAL_ORDER.indexOf(channel);
  return index === -1 ? USUAL_ORDER.length : index;
}
