import { writtenBy, type IncomingMail } from './incoming-mail.ts';

/** What becomes of a mail. */
export type MailRoute =
  | { is: 'dropped'; why: 'ourselves' | 'answering-machine' | 'bounce' | 'no-sender' | 'not-allowed' }
  /** A mail of ours about that ticket could not be delivered. */
  | { is: 'bounced'; number: number }
  /** A line of a ticket; a machine's is a note for the team. */
  | { is: 'answer'; number: number; isMachine: boolean }
  | { is: 'new'; isQuiet: boolean };

export interface MailFacts {
  /** Our own address. */
  own: string;
  /** The ticket of one of our mails that it answers, by its random code: who has it has had our mail. */
  byCode: number | undefined;
  /** The ticket that its references or its subject name, when the sender is one of those whom it concerns. */
  byNumber: number | undefined;
  /** The ticket of one of our mails that has come back. */
  returned?: number;
  /** One of so many lately that another would be a loop or a flood; never for a sender who is proven. */
  flood: number | undefined;
}

/** Where a mail belongs. What a machine writes opens nothing that answers, so that no two machines talk to each other. */
export function routeMail(
  mail: IncomingMail,
  { own, byCode, byNumber, returned, flood }: MailFacts,
): MailRoute {
  const by = writtenBy(mail, own);
  const number = byCode ?? byNumber;
  if (by === 'bounce' && returned !== undefined) return { is: 'bounced', number: returned };
  if (by === 'ourselves') return { is: 'dropped', why: 'ourselves' };
  if (!/^("[^"]{1,64}"|[^\s@<>]+)@[^\s@<>]+$/.test(mail.from.address))
    return { is: 'dropped', why: 'no-sender' };
  if (by === 'human' || by === 'bulk' || by === 'machine') {
    if (number !== undefined) return { is: 'answer', number, isMachine: by === 'machine' };
    if (flood !== undefined) return { is: 'answer', number: flood, isMachine: true };
    // What comes by a list is written by people, too: it is only not answered by itself.
    return { is: 'new', isQuiet: by !== 'human' };
  }
  // That nobody is there, or that a mail did not arrive, is worth knowing where it belongs to a ticket.
  return number === undefined ? { is: 'dropped', why: by } : { is: 'answer', number, isMachine: true };
}

/** Numbers that the subject names: `Re: [#4711] Printer`. */
export const numberInSubject = (subject: string): number | undefined => {
  const found = /\[#(\d{1,12})\]/.exec(subject)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** `Re: Fwd: [#4711] Printer` is about a printer. */
export const plainSubject = (subject: string): string =>
  subject
    .replace(/^(\s*(re|aw|antw|sv|fwd?|wg|tr)\s*(\[\d+\])?:)+/i, '')
    .replace(/\[#\d{1,12}\]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
