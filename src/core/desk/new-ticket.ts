import { neutralise, neutraliseLine } from '../neutralise.ts';
import type { Severity } from '../service/promise.ts';
import type { Priority, TargetKind } from '../target.ts';
import { priorityFor, type DeskRules } from './desk-rules.ts';
import type { Actor, Attachment, DeskEntry, DeskTicket, Origin, Requester } from './desk-ticket.ts';
import { say } from '../../text/say.ts';

export const SUBJECT_LIMIT = 200;
export const BODY_LIMIT = 60_000;

/** A request for a new ticket. */
export interface NewDeskTicket {
  key?: string;
  subject: string;
  body: string;
  type?: string;
  category?: string;
  priority?: Priority;
  severity?: Severity;
  customer?: string;
  plan?: string;
  kind?: TargetKind;
  requester?: Requester;
  origin: Origin;
  fields?: Record<string, string>;
  /** Number of an earlier ticket. */
  related?: string;
  attachments?: Attachment[];
  /** Idempotency key of the mail or call that it came with. */
  entryKey?: string;
  /** Message-ID of the mail that it came with. */
  mailId?: string;
}

/** Returns the new ticket and the first entry of its history. */
export function openDeskTicket(
  number: number,
  given: NewDeskTicket,
  by: Actor,
  now: number,
  rules: Pick<
    DeskRules,
    'defaultPriority' | 'defaultSeverity' | 'lowestPriority' | 'types' | 'categories' | 'tiers'
  >,
): { ticket: DeskTicket; entries: DeskEntry[] } {
  const {
    key,
    origin,
    customer,
    plan,
    kind,
    requester,
    category,
    severity: wishedSeverity,
    priority: wished,
  } = given;
  const severity = wishedSeverity ?? rules.defaultSeverity[origin];
  const team = rules.categories.find(({ name }) => name === category)?.team ?? rules.tiers[1];
  const ticket: DeskTicket = {
    number,
    ...(key !== undefined && { key }),
    subject: neutraliseLine(given.subject, SUBJECT_LIMIT) || say('desk-action.no-subject'),
    body: neutralise(given.body, BODY_LIMIT),
    type: given.type ?? (origin === 'monitor' ? 'incident' : (rules.types[0] ?? 'incident')),
    ...(category !== undefined && { category }),
    state: { is: 'new' },
    priority: origin === 'monitor' ? (wished ?? 'urgent') : priorityFor(rules, origin, wished),
    ...(severity !== undefined && { severity }),
    wished:
      origin === 'monitor'
        ? {}
        : { ...(wished && { priority: wished }), ...(wishedSeverity && { severity: wishedSeverity }) },
    ...(customer !== undefined && { customer }),
    ...(plan !== undefined && { plan }),
    ...(kind !== undefined && { kind }),
    ...(requester && { requester }),
    origin,
    ...(team !== undefined && { team }),
    tier: 1,
    sent: 0,
    fields: given.fields ?? {},
    links: given.related === undefined ? [] : [{ kind: 'related', to: given.related }],
    createdAt: now,
    updatedAt: now,
  };
  const first: DeskEntry = {
    ticket: number,
    at: now,
    event: 'opened',
    by,
    text: '',
    isPublic: true,
    ...(given.entryKey !== undefined && { key: given.entryKey }),
    ...(given.attachments && given.attachments.length > 0 && { attachments: given.attachments }),
    ...(given.mailId !== undefined && { mailId: given.mailId }),
  };
  return { ticket, entries: [first] };
}
