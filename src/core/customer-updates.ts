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

/** How soon it is looked again whether statuses are wanted. */
const OFF_MS = 15 * 60_000;
/** Who a ticket without a customer belongs to: whoever asked for it, and reads it there. Stored, and never shown. */
const REQUESTER = 'the requester';

/** How customers are kept told. Durations in milliseconds. */
export interface UpdateRules {
  /** At most an hour. */
  everyMs: number;
  /** From the opening to the first one. */
  firstMs: number;
  /** That long before, whoever has it is reminded when there is nothing new to say; 0: never. */
  nudgeMs: number;
  priorities: readonly Priority[];
  /** As a public reply on the ticket. */
  onTicket: boolean;
  /** Name of the channel for mails to customers; undefined: none. */
  byMail?: string;
  /** What the config says in words of its own. */
  templates: Partial<CustomerTemplates>;
}

/** What it takes to write to customers. */
export interface TellingRules extends Paging {
  wording: Wording;
  updates?: UpdateRules;
}

/** From when on customers are told: at opening, at a relapse, when a ticket becomes urgent; never twice within the hour. */
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
  // As much time to find something to say as is left to say it.
  const nudgeAt = rules.nudgeMs > 0 && nextAt - now >= 2 * rules.nudgeMs ? nextAt - rules.nudgeMs : undefined;
  draft.set({ updates: { nextAt, nudgeAt, lastAt: updates?.lastAt, told: updates?.told ?? [] } });
}

/** Statuses that have been switched on, or that an incident of an older version never had, begin now. */
export function resumeUpdates(draft: IncidentDraft, now: number, rules: TellingRules): void {
  const { updates, episode, priority } = draft.incident;
  if (!updates) startUpdates(draft, now, rules, episode.urgency === 'raised' ? 'urgent' : priority);
}

/** When something is due for customers; undefined when nothing is. */
export function updateDueAt({ updates }: Incident): number | undefined {
  if (!updates) return undefined;
  return updates.nudgeAt === undefined ? updates.nextAt : Math.min(updates.nextAt, updates.nudgeAt);
}

/** Tells customers what is due, or reminds whoever has it that something soon is. */
export function takeUpdate(draft: IncidentDraft, now: number, rules: TellingRules): void {
  const { updates } = draft.incident;
  if (!updates || !isOpen(draft.incident)) return;
  // Switched off for now: who has been told is remembered, should it be switched on again.
  if (!rules.updates) draft.set({ updates: { ...updates, nextAt: now + OFF_MS, nudgeAt: undefined } });
  else if (updates.nextAt <= now) tellCustomers(draft, now, rules, rules.updates);
  else if (updates.nudgeAt !== undefined && updates.nudgeAt <= now) nudge(draft, updates, rules);
}

/** The end: everybody who has been told of the outage hears of it, once. */
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

/** Its ticket is urgent no longer: whoever has been told hears that, and no more statuses follow. */
export function endUpdates(draft: IncidentDraft, now: number, rules: TellingRules): void {
  if (rules.updates?.priorities.includes(draft.incident.priority)) return;
  const { status } = draft.incident;
  // For this word alone it has ended.
  draft.set({ status: { is: 'resolved', at: now, how: 'lowered' } });
  closeUpdates(draft, now, rules);
  draft.set({ status, updates: undefined });
}

/** An engineer says when it will be over; the next status has it. */
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

/** There is something new to say: nobody needs to be reminded before the next status. */
export function hasNews(draft: IncidentDraft, now: number): void {
  const { updates } = draft.incident;
  if (updates) draft.set({ updates: { ...updates, newsAt: now, nudgeAt: undefined } });
}

/** A human has written to the customer of the ticket: where that is the only one, it stands for this hour's status. */
export function toldByHand(draft: IncidentDraft, text: string, now: number, rules: TellingRules): void {
  hasNews(draft, now);
  const { updates, customer } = draft.incident;
  const all = affectedCustomers(draft.incident, rules);
  if (!updates || !rules.updates || all.some((one) => one.customer !== (customer ?? REQUESTER))) return;
  // On the ticket it may be read by nobody: it goes the same ways as a status.
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

/** Each customer with those of their targets that do not work. A customer hears of no other one's. */
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
  // A ticket that humans made has no target that fails.
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
  // Of many, those whose own targets are all back hear that now, and nothing more.
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

/** False when there is no way to tell that customer. `back`: their own part of it is over. */
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

/** Whoever asked for a ticket of the desk hears from it that it is over; that it is urgent no longer, only from us. */
const hearsTheEnd = ({ requester, ticket, status }: Incident): boolean =>
  requester !== undefined &&
  ticket?.adapter === DESK &&
  status.is === 'resolved' &&
  status.how !== 'lowered' &&
  status.how !== 'removed';

/** Whoever asked for a ticket of the desk gets its replies by mail, and no second one as the customer's contact. */
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

/** What has become of a customer's part of an outage; that it works is said only of what answers. */
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
  // The address goes with it: the config may have lost it by the time of the last word.
  const to: Recipient = { is: 'customer', name: customer, address: contact.address };
  const occasion = { is: 'status', subject, text: body, isLast } as const;
  draft.message('notice', { to, via: byMail, code: newCode(), occasion });
  return true;
}

/** Whoever has it is reminded; somebody who is known in the helpdesk alone reads it on the ticket. */
function nudge(draft: IncidentDraft, updates: CustomerUpdates, rules: TellingRules): void {
  const { newCode, directory, wording } = rules;
  draft.set({ updates: { ...updates, nudgeAt: undefined } });
  const { status, customer: owner } = draft.incident;
  // Of an update that nobody gets nobody is reminded.
  const isHeard = ({ customer, contact }: ToldCustomer) =>
    (rules.updates?.onTicket === true && customer === (owner ?? REQUESTER)) ||
    (rules.updates?.byMail !== undefined && contact !== undefined);
  if (!affectedCustomers(draft.incident, rules).some(isHeard)) return;
  // While nobody has it there is nobody to be reminded, and the escalation goes on.
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
