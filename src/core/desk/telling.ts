import { SCORES } from './desk-action.ts';
import type { DeskDecision } from './desk-action.ts';
import type { DeskRules } from './desk-rules.ts';
import { isOver, type DeskEntry, type DeskTicket, type Requester } from './desk-ticket.ts';
import { say } from '../../text/say.ts';

/** Somebody who is to hear of a ticket by mail. */
export interface Telling {
  to: { is: 'person'; id: string } | { is: 'requester'; name: string; email: string };
  what: 'automatic-answer' | 'reply' | 'assigned' | 'answer' | 'over' | 'rating';
  subject: string;
  text: string;
}

export interface TellingWords {
  /** Where the requester sees the ticket; undefined where there is no portal. */
  portalUrl?: string;
  /** Where the team sees it. */
  deskUrl: string;
  /** Signed: whoever has it may rate. */
  ratingUrl(score: number): string;
  nameOf(person: string): string;
  /** Whether an answer to our mails is read by anybody. */
  takesMail: boolean;
}

/** `[#4711]`: by it an answer finds its ticket. */
export const ticketMark = (number: number): string => `[#${number}]`;

/** Who hears of a new ticket: its requester, with its number, at once. */
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

/** Who hears of what was done with a ticket. */
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
    // Of what the policy closes it has said that already.
    if (isEnd && said?.by.is !== 'policy')
      parts.push(
        ticket.state.is === 'closed'
          ? say('desk-mail.closed')
          : say(words.takesMail ? 'desk-mail.resolved-reopen-by-mail' : 'desk-mail.resolved'),
      );
    if (ticket.state.is === 'merged' && before.state.is !== 'merged')
      parts.push(say('desk-mail.merged', { ticket: number, other: ticket.state.into }));
    if (parts.length > 0) {
      // A person greets in words of their own.
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
    // Whoever takes it knows; by the monitor it is given to nobody who has not taken it.
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

/** What the requester is to read; the monitor's own words on a ticket that it has opened go another way. */
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
