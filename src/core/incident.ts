import type { RungClock } from './service/ring-sentence.ts';
import type { EffectKind, TicketCustomer } from './effect.ts';
import type { AffectedTarget, Episode, Route } from './episode.ts';
import { productName } from './product-names.ts';
import type { Reason } from './reason.ts';
import type { Priority, TargetKind } from './target.ts';
import type { TicketStatus } from './ticket-reading.ts';
import { say } from '../text/say.ts';

/** `lowered`: a ticket that was marked urgent no longer is. `settled`: what the SLA requires has been done. */
export const RESOLVED_HOW = ['recovered', 'by-hand', 'removed', 'lowered', 'settled'] as const;
export type ResolvedHow = (typeof RESOLVED_HOW)[number];

export type IncidentStatus =
  | { is: 'open' }
  /** A human has acted on it; our own API user never counts. `actedAt`: the last action, where it was later. */
  | { is: 'worked'; at: number; by: string; actedAt?: number }
  | { is: 'resolved'; at: number; how: ResolvedHow; by?: string };

/** A check in an incident, with its evidence. Times are Unix milliseconds. */
export interface FailingCheck {
  target: string;
  check: string;
  type: string;
  subject: string;
  reason: Reason;
  message: string;
  firstFailureAt: number;
  /** The probe that reached the threshold. */
  breachedAt: number;
  /** Consecutive failed probes when it joined the incident. */
  failures: number;
  lastGoodAt?: number;
  log: string[];
  recoveredAt?: number;
}

export interface TicketReference {
  adapter: string;
  /** Name of the helpdesk in the config. */
  helpdesk: string;
  /** Address of that helpdesk: another address has other tickets. Absent in what older versions stored. */
  place?: string;
  remoteId: string;
  /** The name that people use, where that is not its id. */
  label?: string;
  url: string;
  /** Others opened the ticket, and ours was merged into it, so Watchdesk must not end it. */
  isTheirs?: boolean;
}

/** `4711`, `INC0010002`: the name by which people search for it. */
export const ticketName = ({ label, remoteId }: Pick<TicketReference, 'label' | 'remoteId'>): string =>
  label ?? remoteId;

/** `Freshdesk 4711`, `Desk 12`: with its helpdesk, for two of them may have a ticket of one number. */
export const ticketTitle = (
  ticket: Pick<TicketReference, 'adapter' | 'helpdesk' | 'label' | 'remoteId'>,
): string => `${helpdeskTitle(ticket.helpdesk, ticket.adapter)} ${ticketName(ticket)}`;

/** The same for the record of a ticket: one without a helpdesk field has the helpdesk in its id. */
export const recordTitle = ({
  id,
  helpdesk = id.slice(0, id.lastIndexOf(':')),
  adapter,
  label,
  remoteId,
}: {
  id: string;
  helpdesk?: string;
  adapter: string;
  label?: string;
  remoteId: string;
}): string => ticketTitle({ helpdesk, adapter, label, remoteId });

/** Display name of a helpdesk: its name in the config, where that says more than its type. */
export const helpdeskTitle = (name: string, adapter = name): string =>
  name === adapter || name === '' ? productOf(adapter) : productOf(name);

function productOf(helpdesk: string): string {
  if (helpdesk === 'desk' || helpdesk === 'webhook') return say(`words.helpdesk-${helpdesk}`);
  return productName(helpdesk);
}

/** The ticket as its helpdesk last reported it. */
export interface TicketNews {
  status: TicketStatus;
  priority?: Priority;
  assignee?: string;
  /** What the ticket had before this outage, which proves no work on it; until the ticket is read next. */
  carriedOver?: 'assignee' | 'assignee-and-acts';
  /** The person to whom we assigned it, as the helpdesk calls them: the assignment is no work by a human. */
  givenTo?: string;
  /** The last action of a human on the ticket, on the helpdesk's clock. */
  actedAt?: number;
  /** How often a human ended the ticket while the target still failed, and Watchdesk reopened it. */
  broughtBack: number;
}

/** The desk holds the ticket while its helpdesk is down. */
export interface StandIn {
  /** Undefined until the desk has opened it. */
  ticket?: TicketReference;
  since: number;
  /** In words for people. */
  why: string;
  /** When the ticket was carried over to the helpdesk. */
  until?: number;
}

/** What is due for an incident besides its escalation. Every open incident has a review. */
export interface Chores {
  /** When the next review checks that everything that should be done has been done. */
  reviewAt: number;
  /** When the queued news goes to the ticket. */
  newsAt?: number;
  /** When the desk takes over the ticket, should the helpdesk not have accepted it by then. */
  holdAt?: number;
  /** When the helpdesk is searched for duplicates of the ticket; `round`: how often it has been searched before. */
  sweep?: { dueAt: number; round: number };
}

/** A customer's address, and the time zone and language of the reader. */
export interface CustomerContact {
  address: string;
  timeZone?: string;
  /** BCP 47 */
  language?: string;
}

export interface ToldCustomer {
  customer: string;
  targets: string[];
  contact?: CustomerContact;
}

/** Updates for customers about an incident. Times are Unix milliseconds. */
export interface CustomerUpdates {
  nextAt: number;
  lastAt?: number;
  /** When the person working on it is reminded of the next update; absent when there is news for it. */
  nudgeAt?: number;
  /** When there was last news for customers. */
  newsAt?: number;
  /** Customers who have been told of this outage, and of which of their targets. */
  told: ToldCustomer[];
}

/** A live message: it shows the current state, on a channel that supports that. */
export interface Card extends Route {
  /** Lane of the first message: later ones stay in order behind it. */
  lane: string;
  /** The provider's id of the message. */
  id: string;
}

/** A target at risk, from its first failed probe until recovery; at most one open per target and priority. */
export interface Incident {
  id: string;
  target: string;
  /** `ticket`: the incident has no target; it is about a ticket, a call or a report. */
  kind: TargetKind | 'ticket';
  customer?: string;
  priority: Priority;
  /** The first failed probe. */
  startedAt: number;
  /** The probe that reached the threshold. */
  openedAt: number;
  status: IncidentStatus;
  /** The current outage, or the last one. */
  episode: Episode;
  reason: Reason;
  message: string;
  failing: FailingCheck[];
  /** Name of the helpdesk that gets its ticket, chosen at opening: a reload does not change it. */
  helpdesk: string;
  ticketCustomer?: TicketCustomer;
  /** The SLA clock that the incident is about, when one runs out. */
  rung?: RungClock;
  /** Subject of the ticket, where the message says something else. */
  subject?: string;
  /** The caller or sender of a reported problem. */
  reporter?: string;
  /** Mail address of the ticket's requester, where a human opened it. */
  requester?: string;
  ticket?: TicketReference;
  ticketNews?: TicketNews;
  standIn?: StandIn;
  /** Notes and replies from before there was a ticket; added once there is one. */
  unsaid?: { at: number; kind: 'ticket.note' | 'ticket.reply'; body: string }[];
  /** Regular updates for customers; absent: none. */
  updates?: CustomerUpdates;
  /** After this long without an action, an acknowledgement expires. Frozen like the escalation. */
  ackExpiresMs?: number;
  chores: Chores;
  /** What other targets may have in common: `customer Acme Ltd`, `network 192.0.2.0/24`. */
  traits: string[];
  /** Live messages, kept over relapses. */
  cards?: Card[];
  /** News that the live messages do not show yet. */
  unshown?: { lines: string[]; more: number; isLoud: boolean; dueAt: number };
  /** Number of effects decided so far, by kind; determines the next effect's n. */
  counts: Partial<Record<EffectKind, number>>;
}

/** Returns the status after a human has acted on the incident, perhaps again. */
export function workedBy(status: IncidentStatus, by: string, now: number): IncidentStatus {
  const isTheirs = status.is === 'worked' && status.by === by;
  return isTheirs ? { ...status, actedAt: now } : { is: 'worked', at: now, by };
}

/** When the acknowledgement expires; undefined when it never does. */
export function lapsesAt({ status, ackExpiresMs }: Incident): number | undefined {
  if (status.is !== 'worked' || ackExpiresMs === undefined) return undefined;
  return (status.actedAt ?? status.at) + ackExpiresMs;
}

/** The live message for a recipient on a channel. */
export const cardOf = ({ cards = [] }: Incident, { to, via }: Route): Card | undefined =>
  cards.find((card) => card.via === via && card.to.is === to.is && card.to.name === to.name);

export const isOpen = (incident: Incident): boolean => incident.status.is !== 'resolved';

/** Checks that have not recovered yet. */
export const stillFailing = (incident: Incident): FailingCheck[] =>
  incident.failing.filter((check) => check.recoveredAt === undefined);

/** Whether anything still fails; a ticket that a human marked urgent does until a human says that it is over. */
export const isAtRisk = (incident: Incident): boolean =>
  incident.kind === 'ticket' ? isOpen(incident) : stillFailing(incident).length > 0;

/** The ticket in its helpdesk, or the one that the desk holds meanwhile. */
export const ticketAtHand = ({ ticket, standIn }: Incident): TicketReference | undefined =>
  ticket ?? standIn?.ticket;

/** One check of one target. */
export interface Part {
  target: string;
  check: string;
}

/** `http` for the target that the incident is named after, `mail/http` for another one. */
export const partName = (incident: Incident, { target, check }: Part): string =>
  target === incident.target ? check : `${target}/${check}`;

/** Targets with a check that has not recovered. */
export const failingTargets = (incident: Incident): string[] => [
  ...new Set(stillFailing(incident).map((part) => part.target)),
];

/** All targets that have been in the incident, the first one first. */
export const allTargets = (incident: Incident): string[] => [
  ...new Set([incident.target, ...incident.failing.map((part) => part.target)]),
];

/** Display name of the target; that of a reported problem only serves to find its incident again. */
function targetTitle({ target, reason, reporter }: Incident): string {
  if (reporter === undefined) return target;
  return reason === 'called-in'
    ? say('words.call-from', { caller: reporter })
    : say('words.report-from', { sender: reporter });
}

/** Name of an incident: the target it began with, or one that still fails, and the number of other targets. */
export function whatFails(incident: Incident): { name: string; more: number } {
  const failing = isOpen(incident) ? failingTargets(incident) : [];
  const targets = failing.length > 0 ? failing : allTargets(incident);
  const name = targets.includes(incident.target) ? targetTitle(incident) : targets[0]!;
  return { name, more: targets.length - 1 };
}

export const stillAffected = (incident: Incident): AffectedTarget[] =>
  incident.episode.affected.filter(({ until }) => until === undefined);

/** One line of an incident's timeline, for its page and for the auditor. */
export interface TimelineEvent {
  incident: string;
  at: number;
  event: TimelineEventName;
  text: string;
  by?: string;
}

export type TimelineEventName =
  | 'first-failure'
  | 'grouped'
  | 'flapping'
  | 'affected'
  | 'no-longer-affected'
  | 'review'
  | 'detour'
  | 'swept'
  | 'opened'
  | 'reopened'
  | 'check-joined'
  | 'check-recovered'
  | 'acknowledged'
  | 'ack-lapsed'
  | 'escalated'
  | 'estimate'
  | 'customers-told'
  | 'nudged'
  | 'vendor-involved'
  | 'call-recorded'
  | 'note'
  | 'ticket-opened'
  | 'ticket-remark'
  | 'ticket-held'
  | 'ticket-carried-over'
  | 'ticket-worked'
  | 'ticket-assigned'
  | 'ticket-urgent'
  | 'ticket-lowered'
  | 'ticket-ended'
  | 'ticket-merged'
  | 'ticket-deleted'
  | 'promise'
  | 'message-accepted'
  | 'message-lost'
  | 'effect-dead'
  | 'resolved';
