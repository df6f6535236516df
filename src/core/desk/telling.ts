import { SCORES } from './desk-action.ts';
import type { DeskDecision } from './desk-action.ts';
import type { DeskRules } from './desk-rules.ts';
import { isOver, type DeskEntry, type DeskTicket, type Requester } from './desk-ticket.ts';

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
    `We have received your request. It is ticket ${number}, status: ${names.new ?? 'new'}, priority: ${priority}.`,
    '',
    words.takesMail
      ? 'Our team will reply to you. To add anything, reply to this email and keep the subject line.'
      : 'Our team will reply to you.',
    ...(words.portalUrl === undefined ? [] : ['', `Follow its progress:  ${words.portalUrl}`]),
    ...(links.length === 0
      ? []
      : [
          '',
          'These links may help in the meantime:',
          ...links.map(({ title, url }) => `- ${title}: ${url}`),
        ]),
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
    const lines = [
      ...(said ? [said.text] : []),
      ...(isEnd
        ? [
            '',
            ticket.state.is === 'closed'
              ? 'The ticket is closed.'
              : `The ticket is resolved.${words.takesMail ? ' If the problem persists, reply to this email to reopen it.' : ''}`,
          ]
        : []),
    ];
    if (ticket.state.is === 'merged' && before.state.is !== 'merged') {
      lines.push(`Your ticket ${number} has been merged into ticket ${ticket.state.into}.`);
    }
    if (lines.length > 0) {
      const link = words.portalUrl === undefined ? [] : ['', words.portalUrl];
      const from = said?.by.is === 'agent' ? ['', words.nameOf(said.by.id)] : [];
      told.push({
        to,
        what: isEnd ? 'over' : 'reply',
        subject: title,
        text: [...lines, ...from, ...link].join('\n').trim(),
      });
    }
    if (asksRating && isEnd && ticket.rating === undefined) {
      const scores = SCORES.map((score) => `${score}: ${words.ratingUrl(score)}`);
      const text = [
        'How was our support? Choose a rating:',
        '',
        ...scores,
        '',
        '1 is poor, 5 is excellent.',
      ].join('\n');
      told.push({ to, what: 'rating', subject: title, text });
    }
  }
  if (because === 'assigned' && assignee !== undefined) {
    const by = entries[0]!.by;
    // Whoever takes it knows; by the monitor it is given to nobody who has not taken it.
    const isTaken = by.is === 'monitor' || (by.is === 'agent' && by.id === assignee);
    if (!isTaken) told.push(toAssignee(ticket, 'assigned', `Assigned to you: ${subject}`, words));
  }
  if ((because === 'answered' || because === 'reopened') && assignee !== undefined) {
    const answer = entries.find(({ event }) => event === 'answer');
    if (answer)
      told.push(toAssignee(ticket, 'answer', `${authorOf(answer)} wrote:\n\n${answer.text}`, words));
  }
  return told;
}

const authorOf = ({ by }: DeskEntry): string => (by.is === 'requester' ? by.name : 'The customer');

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
  text: [text, '', `Priority ${priority}${customer ? `, ${customer}` : ''}.`, deskUrl].join('\n'),
});
