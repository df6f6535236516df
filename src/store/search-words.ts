import type { DeskEntry, DeskTicket } from '../core/desk/desk-ticket.ts';

/** The text of a ticket in which a search looks for words. */
export const ticketWords = ({ subject, body, requester }: DeskTicket): string =>
  [subject, body, requester?.name ?? '', requester?.email ?? ''].join(' ');

/** The text of an entry in which a search looks for words. */
export const entryWords = ({ text }: DeskEntry): string => text;

const MOST_WORDS = 20;

/** The words that somebody searches for; none when the text has no letter and no digit. */
export const wordsIn = (text: string): string[] =>
  (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).slice(0, MOST_WORDS);
