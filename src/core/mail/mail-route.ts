import { writtenBy, type IncomingMail } from './incoming-mail.ts';

/** What is done with a mail. */
export type MailRoute =
  | { is: 'dropped'; why: 'ourselves' | 'answering-machine' | 'bounce' | 'no-sender' | 'not-allowed' }
  /** One of our mails about that ticket could not be delivered. */
  | { is: 'bounced'; number: number }
  /** An entry on a ticket; one from a machine becomes an internal note. */
  | { is: 'answer'; number: number; isMachine: boolean }
  | { is: 'new'; isQuiet: boolean };

export interface MailFacts {
  /** Our own address. */
  own: string;
  /** The ticket of the mail that it answers, found by our mail's random code: its sender has received our mail. */
  byCode: number | undefined;
  /** The ticket that its references or subject name, when the sender is a party to it. */
  byNumber: number | undefined;
  /** The ticket of one of our mails that was returned. */
  returned?: number;
  /** The last ticket, when so many came lately that another would be a loop or a flood; never if verified. */
  flood: number | undefined;
}

/** Routes a mail. A machine's mail causes no automatic reply, so that no two machines answer each other. */
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
    // Humans write through mailing lists too: such a mail opens a ticket, but gets no automatic reply.
    return { is: 'new', isQuiet: by !== 'human' };
  }
  // An absence notice or a bounce is worth a note where it belongs to a ticket.
  return number === undefined ? { is: 'dropped', why: by } : { is: 'answer', number, isMachine: true };
}

/** The ticket number in the subject: `Re: [#4711] Printer`. */
export const numberInSubject = (subject: string): number | undefined => {
  const found = /\[#(\d{1,12})\]/.exec(subject)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** The subject without prefixes and ticket number: `Re: Fwd: [#4711] Printer` becomes `Printer`. */
export const plainSubject = (subject: string): string =>
  subject
    .replace(/^(\s*(re|aw|antw|sv|fwd?|wg|tr)\s*(\[\d+\])?:)+/i, '')
    .replace(/\[#\d{1,12}\]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
