import type { Paging } from './directory.ts';
import type { Recipient } from './effect.ts';
import {
  failingTargets,
  isOpen,
  stillAffected,
  workedBy,
  type CustomerUpdates,
  type ToldCustomer,
  type Incident,
} from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { customerText, noteSubject, type CustomerTemplates, type Standing } from './customer-text.ts';
import type { Priority } from './target.ts';
import { DESK } from './ticket-route.ts';
import { clockTime, clockTimeSeenFrom, listed, type Wording } from './wording.ts';
import { say } from '../text/say.ts';

/** While updates are switched off: how often it is checked whether they are on again. */
const OFF_MS = 15 * 60_000;
/** Stands for the customer of a ticket without one: its requester, who reads it there. Stored, and never shown. */
const REQUESTER = 'the requester';

/** How customers get updates. Durations in milliseconds. */
export interface UpdateRules {
  /** Interval between updates; at most an hour. */
  everyMs: number;
  /** From the opening to the first update. */
  firstMs: number;
  /** How long before an update the person working on the incident is reminded when there is no news; 0: never. */
  nudgeMs: number;
  priorities: readonly Priority[];
  /** Sends updates as public replies on the ticket. */
  onTicket: boolean;
  /** Name of the channel for mails to customers; undefined: none. */
  byMail?: string;
  /** Texts of the config that replace the default ones. */
  templates: Partial<CustomerTemplates>;
}

/** What is needed to write to customers. */
export interface TellingRules extends Paging {
  wording: Wording;
  updates?: UpdateRules;
}

/** Schedules updates: at opening, at a relapse, when a ticket becomes urgent; at least `everyMs` after the last. */
export function startUpdates(
  draft: IncidentDraft,
  now: number,
  { updates: rules }: TellingRules,
  priority = draft.incident.priority,
): void {
  const { updates } = draft.incident;
  if (!rules || !rules.priorities.includes(priority)) return;
  const earliest = updates?.lastAt === undefined ? now : updates.lastAt + rules.everyMs;
  const nextAt = Math.max(now + rules.firstMs, earliest);
  // A reminder is only useful when there is at least as much time before it as after it.
  const nudgeAt = rules.nudgeMs > 0 && nextAt - now >= 2 * rules.nudgeMs ? nextAt - rules.nudgeMs : undefined;
  draft.set({ updates: { nextAt, nudgeAt, lastAt: updates?.lastAt, told: updates?.told ?? [] } });
}

/** Starts updates that were switched on meanwhile, or that an incident of an older version never had. */
export function resumeUpdates(draft: IncidentDraft, now: number, rules: TellingRules): void {
  const { updates, episode, priority } = draft.incident;
  if (!updates) startUpdates(draft, now, rules, episode.urgency === 'raised' ? 'urgent' : priority);
}

/** When the next update or reminder is due; undefined when none is. */
export function updateDueAt({ updates }: Incident): number | undefined {
  if (!updates) return undefined;
  return updates.nudgeAt === undefined ? updates.nextAt : Math.min(updates.nextAt, updates.nudgeAt);
}

/** Sends the update that is due, or reminds the person working on the incident that one is due soon. */
export function takeUpdate(draft: IncidentDraft, now: number, rules: TellingRules): void {
  const { updates } = draft.incident;
  if (!updates || !isOpen(draft.incident)) return;
  // Updates are switched off: the customers who were told are remembered in case they are switched on again.
  if (!rules.updates) draft.set({ updates: { ...updates, nextAt: now + OFF_MS, nudgeAt: undefined } });
  else if (updates.nextAt <= now) tellCustomers(draft, now, rules, rules.updates);
  else if (updates.nudgeAt !== undefined && updates.nudgeAt <= now) nudge(draft, updates, rules);
}

/** The incident has ended: each customer who was told of the outage is told once. */
export function closeUpdates(draft: IncidentDraft, now: number, rules: TellingRules): void {
  const { updates } = draft.incident;
  if (!updates) return;
  draft.set({ updates: { ...updates, told: [], nudgeAt: undefined } });
  const how = rules.updates;
  if (!how) return;
  const heard = updates.told.filter((one) => send(draft, one, 'closing', now, rules, how));
  if (heard.length === 0) return;
  draft.event('customers-told', say('timeline.customers-told-end', { customers: namesOf(heard) }));
}

/** The ticket is no longer urgent: customers who were told of the outage are told so, and get no more updates. */
export function endUpdates(draft: IncidentDraft, now: number, rules: TellingRules): void {
  if (rules.updates?.priorities.includes(draft.incident.priority)) return;
  const { status } = draft.incident;
  // The incident counts as resolved for the text of this message only.
  draft.set({ status: { is: 'resolved', at: now, how: 'lowered' } });
  closeUpdates(draft, now, rules);
  draft.set({ status, updates: undefined });
}

/** An engineer estimates when the outage will be over; the next update includes it. */
export function setEstimate(
  incident: Incident,
  { by, at, text }: { by: string; at: number; text?: string },
  now: number,
  { wording, directory }: TellingRules,
): Decision {
  const draft = new IncidentDraft(incident, now);
  if (!isOpen(incident)) return draft.done('already-resolved');
  draft.set({ status: workedBy(incident.status, by, now) });
  draft.setEpisode({ estimate: { at, by, setAt: now } });
  hasNews(draft, now);
  const when = `${clockTimeSeenFrom(at, now, wording.timeZone)} (${wording.timeZone})`;
  const person = directory.nameOf(by);
  const said = text
    ? say('timeline.estimate-saying', { person, at: when, text })
    : say('timeline.estimate', { person, at: when });
  draft.event('estimate', said, { by });
  draft.ticket('ticket.note', { body: said });
  return draft.done('estimated');
}

/** There is news for the next update, so nobody needs a reminder before it. */
export function hasNews(draft: IncidentDraft, now: number): void {
  const { updates } = draft.incident;
  if (updates) draft.set({ updates: { ...updates, newsAt: now, nudgeAt: undefined } });
}

/** A human has written to the ticket's customer: if no other customer is affected, it replaces the next update. */
export function toldByHand(draft: IncidentDraft, text: string, now: number, rules: TellingRules): void {
  hasNews(draft, now);
  const { updates, customer } = draft.incident;
  const all = affectedCustomers(draft.incident, rules);
  if (!updates || !rules.updates || all.some((one) => one.customer !== (customer ?? REQUESTER))) return;
  // A customer who does not read the ticket gets the text by mail, like an update.
  for (const one of all.filter((other) => !readsTheTicket(draft.incident, other, rules)))
    mail(
      draft,
      one,
      {
        subject: noteSubject(draft.incident, {
          targets: one.targets.map((target) => rules.directory.titleOf(target)),
          language: one.contact?.language,
        }),
        body: text,
      },
      true,
      rules,
      rules.updates,
    );
  draft.set({ updates: { ...updates, ...nextAfter(now, rules.updates), told: merged(updates.told, all) } });
}

/** Each affected customer with its targets that do not work. A customer never hears of another customer's targets. */
export function affectedCustomers(
  incident: Incident,
  { directory }: Pick<TellingRules, 'directory'>,
): ToldCustomer[] {
  const customers = new Map<string, string[]>();
  for (const target of [...failingTargets(incident), ...stillAffected(incident).map((one) => one.target)]) {
    const customer =
      directory.customerOf(target) ?? (target === incident.target ? incident.customer : undefined);
    if (customer === undefined) continue;
    const targets = customers.get(customer) ?? [];
    if (!targets.includes(target)) customers.set(customer, [...targets, target]);
  }
  // A ticket that a human opened has no failing target.
  const owner = incident.customer ?? REQUESTER;
  if (incident.kind === 'ticket' && !customers.has(owner)) customers.set(owner, []);
  return [...customers].map(([customer, targets]) => {
    const contact = directory.contactOf(customer);
    return { customer, targets, ...(contact && { contact }) };
  });
}

function tellCustomers(draft: IncidentDraft, now: number, rules: TellingRules, how: UpdateRules): void {
  const { updates } = draft.incident;
  const customers = affectedCustomers(draft.incident, rules);
  draft.set({ updates: { ...updates!, ...nextAfter(now, how) } });
  const reached = customers.filter((one) => send(draft, one, 'update', now, rules, how));
  // Customers whose own targets have all recovered are told so now, and get no more updates.
  const isLeft = ({ customer }: ToldCustomer) => customers.every((one) => one.customer !== customer);
  const back = updates!.told.filter(isLeft);
  for (const one of back) send(draft, one, 'back', now, rules, how);
  const still = updates!.told.filter((one) => !isLeft(one));
  draft.set({ updates: { ...draft.incident.updates!, told: merged(still, reached) } });
  if (reached.length > 0)
    draft.event('customers-told', say('timeline.customers-updated', { customers: namesOf(reached) }));
  if (back.length > 0)
    draft.event('customers-told', say('timeline.customers-no-longer-affected', { customers: namesOf(back) }));
}

const namesOf = (told: readonly ToldCustomer[]): string =>
  listed(told.map(({ customer }) => (customer === REQUESTER ? say('timeline.requester') : customer)));

const merged = (before: readonly ToldCustomer[], more: readonly ToldCustomer[]): ToldCustomer[] =>
  [...new Set([...before, ...more].map(({ customer }) => customer))].map((customer) => ({
    customer,
    targets: [
      ...new Set([...before, ...more].flatMap((one) => (one.customer === customer ? one.targets : []))),
    ],
    contact: [...before, ...more].findLast((one) => one.customer === customer && one.contact)?.contact,
  }));

const nextAfter = (now: number, { everyMs, nudgeMs }: UpdateRules) => ({
  lastAt: now,
  nextAt: now + everyMs,
  nudgeAt: nudgeMs > 0 && nudgeMs < everyMs ? now + everyMs - nudgeMs : undefined,
});

/** Returns false when there is no way to tell that customer. `back`: the customer's own targets have recovered. */
function send(
  draft: IncidentDraft,
  one: ToldCustomer,
  what: 'update' | 'closing' | 'back',
  now: number,
  rules: TellingRules,
  how: UpdateRules,
): boolean {
  const { incident } = draft;
  const { customer, targets, contact } = one;
  const timeZone = contact?.timeZone ?? rules.wording.timeZone;
  const standing = what === 'update' ? undefined : standingOf(incident, one, rules);
  const { language } = contact ?? {};
  const nextAt = incident.updates?.nextAt;
  const facts = {
    incident,
    customer,
    targets: targets.map((target) => rules.directory.titleOf(target)),
    provider: rules.wording.provider,
    now,
    timeZone,
    language,
    nextAt,
    standing,
  };
  const text = customerText(how.templates, what === 'update' ? 'update' : 'closing', facts);
  const isTheirTicket = how.onTicket && customer === (incident.customer ?? REQUESTER);
  const onTicket = isTheirTicket && !(what === 'closing' && hearsTheEnd(incident));
  if (isTheirTicket && !onTicket && readsTheTicket(incident, one, rules)) return true;
  if (onTicket) draft.ticket('ticket.reply', { body: text.body, isStatus: what === 'update' });
  if (onTicket && readsTheTicket(incident, one, rules)) return true;
  return mail(draft, one, text, what !== 'update', rules, how) || isTheirTicket;
}

/** Whether the desk itself tells the requester about the end; not when the ticket was only lowered or removed. */
const hearsTheEnd = ({ requester, ticket, status }: Incident): boolean =>
  requester !== undefined &&
  ticket?.adapter === DESK &&
  status.is === 'resolved' &&
  status.how !== 'lowered' &&
  status.how !== 'removed';

/** Whether the customer's contact is the requester of a ticket of the desk, who already gets its replies by mail. */
function readsTheTicket(
  { requester, ticket }: Incident,
  { customer, contact }: ToldCustomer,
  { directory }: Pick<TellingRules, 'directory'>,
): boolean {
  const address = (contact ?? directory.contactOf(customer))?.address;
  return (
    ticket?.adapter === DESK && requester !== undefined && address?.toLowerCase() === requester.toLowerCase()
  );
}

/** State of a customer's targets at the end of an outage; `works` is only said of targets that answer. */
function standingOf(
  { failing, episode: { affected } }: Incident,
  { customer, targets }: ToldCustomer,
  { directory }: Pick<TellingRules, 'directory'>,
): Standing {
  const all = targets.map((target): Standing => {
    if (directory.customerOf(target) !== customer) return 'gone';
    const behind = affected.findLast((one) => one.target === target);
    if (behind?.how === 'own-incident') return 'elsewhere';
    if (behind && behind.until === undefined) return 'unknown';
    const isFailing = failing.some((part) => part.target === target && part.recoveredAt === undefined);
    return isFailing ? 'elsewhere' : 'works';
  });
  return (['gone', 'elsewhere', 'unknown'] as const).find((one) => all.includes(one)) ?? 'works';
}

function mail(
  draft: IncidentDraft,
  { customer, contact: known }: ToldCustomer,
  { subject, body }: { subject: string; body: string },
  isLast: boolean,
  { newCode, directory }: TellingRules,
  { byMail }: UpdateRules,
): boolean {
  const contact = known ?? directory.contactOf(customer);
  if (byMail === undefined || !contact) return false;
  // The address is stored with the message: the config may have lost it by the time of the closing message.
  const to: Recipient = { is: 'customer', name: customer, address: contact.address };
  const occasion = { is: 'status', subject, text: body, isLast } as const;
  draft.message('notice', { to, via: byMail, code: newCode(), occasion });
  return true;
}

/** Reminds the person working on the incident; a person known only in the helpdesk reads the reminder on the ticket. */
function nudge(draft: IncidentDraft, updates: CustomerUpdates, rules: TellingRules): void {
  const { newCode, directory, wording } = rules;
  draft.set({ updates: { ...updates, nudgeAt: undefined } });
  const { status, customer: owner } = draft.incident;
  // No reminder for an update that no customer would get.
  const isHeard = ({ customer, contact }: ToldCustomer) =>
    (rules.updates?.onTicket === true && customer === (owner ?? REQUESTER)) ||
    (rules.updates?.byMail !== undefined && contact !== undefined);
  if (!affectedCustomers(draft.incident, rules).some(isHeard)) return;
  // Nobody works on the incident, so there is nobody to remind; the escalation goes on.
  if (status.is !== 'worked') return;
  const person = directory.personCalled(status.by);
  if (person === undefined) {
    const at = clockTime(updates.nextAt, wording.timeZone);
    draft.ticket('ticket.note', { body: say('ticket-text.update-due', { at, zone: wording.timeZone }) });
  } else {
    const to: Recipient = { is: 'person', name: person };
    const occasion = { is: 'nudge', dueAt: updates.nextAt } as const;
    const ways = directory.ways(to).filter(({ afterMs }) => afterMs === 0);
    for (const { via } of ways) draft.message('notice', { to, via, code: newCode(), occasion });
  }
  draft.event('nudged', say('timeline.update-reminder', { person: directory.nameOf(status.by) }));
}
