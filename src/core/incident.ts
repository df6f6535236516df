import type { RungClock } from './service/ring-sentence.ts';
import type { EffectKind, TicketCustomer } from './effect.ts';
import type { AffectedTarget, Episode, Route } from './episode.ts';
import { productName } from './product-names.ts';
import type { Reason } from './reason.ts';
import type { Priority, TargetKind } from './target.ts';
import type { TicketStatus } from './ticket-reading.ts';
import { say } from '../text/say.ts';

/** `lowered`: a ticket that a human marked urgent is urgent no longer. `settled`: what was promised has been done. */
export const RESOLVED_HOW = ['recovered', 'by-hand', 'removed', 'lowered', 'settled'] as const;
export type ResolvedHow = (typeof RESOLVED_HOW)[number];

export type IncidentStatus =
  | { is: 'open' }
  /** A human has acted on it; our own API user never counts. `actedAt`: the last time, where that was later. */
  | { is: 'worked'; at: number; by: string; actedAt?: number }
  | { is: 'resolved'; at: number; how: ResolvedHow; by?: string };

/** A check's part in an incident: the evidence. Times are Unix milliseconds. */
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
  /** Failed probes in sequence when it joined the incident. */
  failures: number;
  lastGoodAt?: number;
  log: string[];
  recoveredAt?: number;
}

export interface TicketReference {
  adapter: string;
  /** Name of the helpdesk in the config. */
  helpdesk: string;
  /** Where that helpdesk is: another place has other tickets. Absent in what older versions stored. */
  place?: string;
  remoteId: string;
  /** How people call it, where that is not its id. */
  label?: string;
  url: string;
  /** Others opened it, and ours was merged into it: it is not ours to end. */
  isTheirs?: boolean;
}

/** `4711`, `INC0010002`: what people say and search for. */
export const ticketName = ({ label, remoteId }: Pick<TicketReference, 'label' | 'remoteId'>): string =>
  label ?? remoteId;

/** `Freshdesk 4711`, `Desk 12`: with its helpdesk, for two of them may have a ticket of one number. */
export const ticketTitle = (
  ticket: Pick<TicketReference, 'adapter' | 'helpdesk' | 'label' | 'remoteId'>,
): string => `${helpdeskTitle(ticket.helpdesk, ticket.adapter)} ${ticketName(ticket)}`;

/** The same, of the record of a ticket: what has no helpdesk named has it in its id. */
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

/** As people call it: the name in the config, where that says more than what it is. */
export const helpdeskTitle = (name: string, adapter = name): string =>
  name === adapter || name === '' ? productOf(adapter) : productOf(name);

function productOf(helpdesk: string): string {
  if (helpdesk === 'desk' || helpdesk === 'webhook') return say(`words.helpdesk-${helpdesk}`);
  return productName(helpdesk);
}

/** What was last heard of the ticket from its helpdesk. */
export interface TicketNews {
  status: TicketStatus;
  priority?: Priority;
  assignee?: string;
  /** What of the ticket was so before this outage, until it is read next: that says nothing of work on the outage. */
  carriedOver?: 'assignee' | 'assignee-and-acts';
  /** To whom we have given it, as the helpdesk calls them: that they have it is nobody's work. */
  givenTo?: string;
  /** The last thing a human has done to it, on the helpdesk's clock. */
  actedAt?: number;
  /** How often a human ended it while the target still failed, and it was opened again. */
  broughtBack: number;
}

/** The desk holds the ticket while its helpdesk is down. */
export interface StandIn {
  /** Undefined until the desk has it. */
  ticket?: TicketReference;
  since: number;
  /** In a person's words. */
  why: string;
  /** It has been carried over. */
  until?: number;
}

/** Something that is due for an incident beside its escalation. Every open incident has one of the first kind. */
export interface Chores {
  /** When it is looked at again whether everything that should be done has been done. */
  reviewAt: number;
  /** When the ticket is told the news. */
  newsAt?: number;
  /** When the desk holds the ticket, should the helpdesk not have taken it by then. */
  holdAt?: number;
  /** When the helpdesk is searched for doubles of the ticket, and for which time. */
  sweep?: { dueAt: number; round: number };
}

/** Where a customer is reached, and in which times and language they read. */
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

/** How customers are kept told of it. Times are Unix milliseconds. */
export interface CustomerUpdates {
  nextAt: number;
  lastAt?: number;
  /** When whoever has it is reminded that the next one is due; absent when there is something new to say. */
  nudgeAt?: number;
  /** The last time something came up that is worth telling. */
  newsAt?: number;
  /** Customers who have been told of this outage, and of which of their targets. */
  told: ToldCustomer[];
}

/** A live message that shows how it stands, on a channel that has such. */
export interface Card extends Route {
  /** Of the first message: what follows stays in order behind it. */
  lane: string;
  /** The provider's id of the message. */
  id: string;
}

/** A target at risk, from its first failed probe until recovery; at most one open per target and priority. */
export interface Incident {
  id: string;
  target: string;
  /** `ticket`: it has no target, a human has marked a ticket urgent. */
  kind: TargetKind | 'ticket';
  customer?: string;
  priority: Priority;
  /** The first failed probe. */
  startedAt: number;
  /** The probe that reached the threshold. */
  openedAt: number;
  status: IncidentStatus;
  /** The outage that goes on, or the last one. */
  episode: Episode;
  reason: Reason;
  message: string;
  failing: FailingCheck[];
  /** Name of the helpdesk that gets its ticket, chosen when it opens: a reload does not move it. */
  helpdesk: string;
  ticketCustomer?: TicketCustomer;
  /** The clock that it is about, when one runs out. */
  rung?: RungClock;
  /** Of the ticket, where the message says something else. */
  subject?: string;
  /** Who has called or written, of what somebody has reported. */
  reporter?: string;
  /** Mail address of whoever asked for the ticket, where a human did. */
  requester?: string;
  ticket?: TicketReference;
  ticketNews?: TicketNews;
  standIn?: StandIn;
  /** What the ticket could not be told because there was none; told when there is. */
  unsaid?: { at: number; kind: 'ticket.note' | 'ticket.reply'; body: string }[];
  /** Customers are told regularly; absent: they are not. */
  updates?: CustomerUpdates;
  /** After that long without a word from whoever has it, nobody has it. Frozen like the escalation. */
  ackExpiresMs?: number;
  chores: Chores;
  /** What others may share with its target: `customer Acme Ltd`, `network 192.0.2.0/24`. */
  traits: string[];
  /** Messages that show how it stands, kept over relapses. */
  cards?: Card[];
  /** What they do not show yet. */
  unshown?: { lines: string[]; more: number; isLoud: boolean; dueAt: number };
  /** Effects decided so far, by kind: the next one's n. */
  counts: Partial<Record<EffectKind, number>>;
}

/** A human has acted on it, perhaps again. */
export function workedBy(status: IncidentStatus, by: string, now: number): IncidentStatus {
  const isTheirs = status.is === 'worked' && status.by === by;
  return isTheirs ? { ...status, actedAt: now } : { is: 'worked', at: now, by };
}

/** When whoever has it counts as gone; undefined when they never do. */
export function lapsesAt({ status, ackExpiresMs }: Incident): number | undefined {
  if (status.is !== 'worked' || ackExpiresMs === undefined) return undefined;
  return (status.actedAt ?? status.at) + ackExpiresMs;
}

/** The live message for somebody on a channel. */
export const cardOf = ({ cards = [] }: Incident, { to, via }: Route): Card | undefined =>
  cards.find((card) => card.via === via && card.to.is === to.is && card.to.name === to.name);

export const isOpen = (incident: Incident): boolean => incident.status.is !== 'resolved';

/** Checks that have not come back yet. */
export const stillFailing = (incident: Incident): FailingCheck[] =>
  incident.failing.filter((check) => check.recoveredAt === undefined);

/** A ticket that a human marked urgent is open until a human says that it is over. */
export const isAtRisk = (incident: Incident): boolean =>
  incident.kind === 'ticket' ? isOpen(incident) : stillFailing(incident).length > 0;

/** The ticket in its helpdesk, or the one in the desk that stands for it meanwhile. */
export const ticketAtHand = ({ ticket, standIn }: Incident): TicketReference | undefined =>
  ticket ?? standIn?.ticket;

/** One check of one target. */
export interface Part {
  target: string;
  check: string;
}

/** `http` of the target that an incident is named after, `mail/http` of another one. */
export const partName = (incident: Incident, { target, check }: Part): string =>
  target === incident.target ? check : `${target}/${check}`;

/** Targets of which a part has not come back. */
export const failingTargets = (incident: Incident): string[] => [
  ...new Set(stillFailing(incident).map((part) => part.target)),
];

/** Targets that have had a part in it, the first one first. */
export const allTargets = (incident: Incident): string[] => [
  ...new Set([incident.target, ...incident.failing.map((part) => part.target)]),
];

/** As people call it. What somebody has reported has no target: what stands there finds its incident again. */
function targetTitle({ target, reason, reporter }: Incident): string {
  if (reporter === undefined) return target;
  return reason === 'called-in'
    ? say('words.call-from', { caller: reporter })
    : say('words.report-from', { sender: reporter });
}

/** What an incident is called: the target it began with, or one that still fails, and how many others there are. */
export function whatFails(incident: Incident): { name: string; more: number } {
  const failing = isOpen(incident) ? failingTargets(incident) : [];
  const targets = failing.length > 0 ? failing : allTargets(incident);
  const name = targets.includes(incident.target) ? targetTitle(incident) : targets[0]!;
  return { name, more: targets.length - 1 };
}

export const stillAffected = (incident: Incident): AffectedTarget[] =>
  incident.episode.affected.filter(({ until }) => until === undefined);

/** One line of an incident's story, for its page and for the auditor. */
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
