import { SCORES } from './desk-action.ts';
import type { DeskDecision } from './desk-action.ts';
import type { DeskRules } from './desk-rules.ts';
import { isOver, type DeskEntry, type DeskTicket, type Requester } from './desk-ticket.ts';
import { say } from '../../text/say.ts';

/** A mail about a ticket, and the person who gets it. */
export interface Telling {
  to: { is: 'person'; id: string } | { is: 'requester'; name: string; email: string };
  what: 'automatic-answer' | 'reply' | 'assigned' | 'answer' | 'over' | 'rating';
  subject: string;
  text: string;
}

export interface TellingWords {
  /** The ticket in the portal; undefined where there is no portal. */
  portalUrl?: string;
  /** The ticket in the desk, for the team. */
  deskUrl: string;
  /** A signed link: anyone who has it may rate. */
  ratingUrl(score: number): string;
  nameOf(person: string): string;
  /** Whether replies to our mails are read. */
  takesMail: boolean;
}

/** `[#4711]`: matches a reply to its ticket. */
export const ticketMark = (number: number): string => `[#${number}]`;

/** The mail for a new ticket: its requester gets the ticket number at once. */
export function tellOpened(
  ticket: DeskTicket,
  { categories, names, links: always }: Pick<DeskRules, 'categories' | 'names' | 'links'>,
  words: TellingWords,
): Telling[] {
  const { number, requester, subject, category, priority } = ticket;
  if (!requester?.email) return [];
  const links = [...(categories.find(({ name }) => name === category)?.links ?? []), ...always];
  const text = [
    say('desk-mail.hello', { name: requester.name }),
    '',
    say('desk-mail.received', {
      ticket: number,
      state: names.new ?? say('desk-mail.state-new'),
      priority: say(`words.priority-${priority}`),
    }),
    '',
    say(words.takesMail ? 'desk-mail.will-reply-to-mail' : 'desk-mail.will-reply'),
    ...(words.portalUrl === undefined ? [] : ['', say('desk-mail.follow', { url: words.portalUrl })]),
    ...(links.length === 0
      ? []
      : ['', say('desk-mail.links'), ...links.map(({ title, url }) => `- ${title}: ${url}`)]),
  ].join('\n');
  return [
    {
      to: toRequester(requester),
      what: 'automatic-answer',
      subject: `${ticketMark(number)} ${subject}`,
      text,
    },
  ];
}

/** The mails that an action on a ticket sends. */
export function tellings(
  before: DeskTicket,
  { ticket, entries, because }: Extract<DeskDecision, { is: 'done' }>,
  { asksRating }: Pick<DeskRules, 'asksRating'>,
  words: TellingWords,
): Telling[] {
  const { number, requester, subject, assignee } = ticket;
  const title = `${ticketMark(number)} ${subject}`;
  const told: Telling[] = [];
  const said = entries.find(isForRequester);
  if (requester?.email) {
    const to = toRequester(requester);
    const isEnd = isOver(ticket) && !isOver(before) && ticket.state.is !== 'merged';
    const parts: string[] = [];
    if (said) parts.push(said.text);
    // When the policy closes a ticket, its text already says so.
    if (isEnd && said?.by.is !== 'policy')
      parts.push(
        ticket.state.is === 'closed'
          ? say('desk-mail.closed')
          : say(words.takesMail ? 'desk-mail.resolved-reopen-by-mail' : 'desk-mail.resolved'),
      );
    if (ticket.state.is === 'merged' && before.state.is !== 'merged')
      parts.push(say('desk-mail.merged', { ticket: number, other: ticket.state.into }));
    if (parts.length > 0) {
      // A human's reply has a greeting of its own.
      const agent = said?.by.is === 'agent' ? said.by.id : undefined;
      if (agent === undefined) parts.unshift(say('desk-mail.hello', { name: requester.name }));
      else parts.push(words.nameOf(agent));
      if (words.portalUrl !== undefined) parts.push(words.portalUrl);
      told.push({ to, what: isEnd ? 'over' : 'reply', subject: title, text: parts.join('\n\n').trim() });
    }
    if (asksRating && isEnd && ticket.rating === undefined) {
      const scores = SCORES.map((score) => `${score}: ${words.ratingUrl(score)}`);
      const text = [
        say('desk-mail.hello', { name: requester.name }),
        '',
        say('desk-mail.rate'),
        '',
        ...scores,
        '',
        say('desk-mail.rate-scale'),
      ].join('\n');
      told.push({ to, what: 'rating', subject: title, text });
    }
  }
  if (because === 'assigned' && assignee !== undefined) {
    const by = entries[0]!.by;
    // A person who takes a ticket needs no mail; the monitor only assigns one to a person who has taken it elsewhere.
    const isTaken = by.is === 'monitor' || (by.is === 'agent' && by.id === assignee);
    if (!isTaken) told.push(toAssignee(ticket, 'assigned', say('desk-mail.assigned', { subject }), words));
  }
  if ((because === 'answered' || because === 'reopened') && assignee !== undefined) {
    const answer = entries.find(({ event }) => event === 'answer');
    if (answer) told.push(toAssignee(ticket, 'answer', `${wroteLine(answer)}\n\n${answer.text}`, words));
  }
  return told;
}

const wroteLine = ({ by }: DeskEntry): string =>
  by.is === 'requester' ? say('desk-mail.wrote', { author: by.name }) : say('desk-mail.customer-wrote');

/** Entries that the requester gets by mail; the monitor's own notes on its tickets are sent in another way. */
const isForRequester = ({ event, isPublic }: DeskEntry): boolean =>
  isPublic && (event === 'reply' || event === 'told');

const toRequester = ({ name, email, replyTo }: Requester) =>
  ({ is: 'requester', name, email: (replyTo ?? email)! }) as const;

const toAssignee = (
  { number, subject, priority, customer, assignee }: DeskTicket,
  what: 'assigned' | 'answer',
  text: string,
  { deskUrl }: TellingWords,
): Telling => ({
  to: { is: 'person', id: assignee! },
  what,
  subject: `${ticketMark(number)} ${subject}`,
  text: [
    text,
    '',
    customer
      ? say('desk-mail.priority-of-customer', { priority: say(`words.priority-${priority}`), customer })
      : say('desk-mail.priority', { priority: say(`words.priority-${priority}`) }),
    deskUrl,
  ].join('\n'),
});
