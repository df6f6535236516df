import type { Target } from '../core/target.ts';
import type { Addresses } from '../channels/shared/addresses.ts';
import { addressOn, isMail, roomOn } from '../channels/shared/addressing.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import type { Message } from '../core/effect.ts';
import { whoIsOnCall } from '../core/on-call.ts';
import { say } from '../text/say.ts';

/** Where a message goes, resolved at the moment of sending. */
export interface Addressee {
  /** Id in the config; undefined for a team. */
  person?: string;
  /** The name that people read. */
  recipient: string;
  address: string;
  timeZone: string;
}

interface Routes extends Addresses {
  targets: readonly Target[];
  timeZone: string;
  schedules: ReadonlyMap<string, OnCallSchedule>;
}

/** Resolves who receives a message right now; returns a sentence if there is nobody, or no address. */
export function resolveAddressee({ to, via }: Message, config: Routes, now: number): Addressee | string {
  const channel = config.channels.get(via);
  if (!channel) return say('delivery.channel-gone', { channel: via });
  const { type } = channel;
  if (to.is === 'team') {
    const address = roomOn(type, config.teams.get(to.name)) ?? '';
    if (type.addresses && address === '')
      return say('delivery.team-without-address', { team: to.name, channel: via });
    return { recipient: to.name, address, timeZone: config.timeZone };
  }
  if (to.is === 'customer' || to.is === 'vendor' || to.is === 'requester') return outsider(to, via, config);
  const schedule = to.is === 'person' ? undefined : config.schedules.get(to.name);
  if (to.is !== 'person' && !schedule) return say('delivery.schedule-gone', { schedule: to.name });
  const id =
    to.is === 'person'
      ? to.name
      : to.is === 'fallback'
        ? schedule!.fallback
        : whoIsOnCall(schedule!, Temporal.Instant.fromEpochMilliseconds(now)).person;
  const person = config.people.get(id);
  if (!person) return say('delivery.person-gone', { person: id });
  const address = addressOn(type, person);
  if (type.addresses && address === undefined)
    return say('delivery.person-without-address', { person: id, channel: via });
  const timeZone = person.timezone ?? schedule?.timeZone ?? zoneOf(id, config);
  return { person: id, recipient: person.name, address: address ?? '', timeZone };
}

/** A customer, a requester, or the vendor of a target: reached by mail only. */
function outsider(
  to: Extract<Message['to'], { is: 'customer' | 'vendor' | 'requester' }>,
  via: string,
  { targets, channels, timeZone }: Routes,
): Addressee | string {
  const { name } = to;
  if (!isMail(channels.get(via)?.type ?? {})) return say(`delivery.cannot-email-${to.is}`, { channel: via });
  if (to.is === 'requester') return { recipient: name, address: to.address, timeZone };
  if (to.is === 'vendor') {
    const vendor = targets.find((target) => target.name === name)?.vendor;
    if (vendor?.email === undefined) return say('delivery.vendor-without-address', { target: name });
    return { recipient: vendor.name, address: vendor.email, timeZone };
  }
  const found = targets.find(({ customer }) => customer?.name === name && customer.contact !== undefined);
  const { contact, timeZone: own } = found?.customer ?? {};
  const address = contact ?? to.address;
  if (!address) return say('delivery.customer-without-contact', { customer: name });
  return { recipient: name, address, timeZone: own ?? timeZone };
}

/** A person without a time zone of their own has that of the first schedule they are in. */
function zoneOf(person: string, { schedules, timeZone }: Routes): string {
  for (const schedule of schedules.values()) {
    if (schedule.layers.some((layer) => layer.rotation.includes(person))) return schedule.timeZone;
  }
  return timeZone;
}
