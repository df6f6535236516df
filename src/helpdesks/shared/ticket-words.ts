import { neutralise, neutraliseLine } from '../../core/neutralise.ts';

/** Ends a note, so that a note whose response was lost can be found. */
export const marker = (key: string): string => `[${key}]`;

/** A subject that ends with our key, for helpdesks that have no field for it. */
export function keyedSubject(
  subject: string,
  key: string,
  limit: number,
  cutTo: (text: string, limit: number) => string = neutraliseLine,
): string {
  const tail = ` ${marker(key)}`;
  return cutTo(subject, limit - tail.length) + tail;
}

/** Reads our key from the end of a subject. */
export const keyOfSubject = (subject: string): string | undefined =>
  /\[([A-Z0-9]{6,32})\]\s*$/.exec(subject)?.[1];

/** Cuts to a number of UTF-8 bytes, for helpdesks that count bytes and cut silently. */
export function cutLineBytes(text: string, limit: number): string {
  const line = neutraliseLine(text, limit);
  for (let length = line.length; ; length--) {
    const tried = length === line.length ? line : neutraliseLine(line, length);
    if (Buffer.byteLength(tried) <= limit) return tried;
  }
}

/** Escapes text for helpdesks that show HTML: none of it becomes markup. A cut splits no entity. */
export function html(text: string, limit = 60_000): string {
  const escaped = neutralise(text, limit)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  const made = escaped.replace(/^ +/gm, (spaces) => '&nbsp;'.repeat(spaces.length)).replaceAll('\n', '<br>');
  return made.length <= limit ? made : `${made.slice(0, limit - 1).replace(/&[^;]*$|<[^>]*$/, '')}…`;
}

/**
 * True if an entry of a ticket is the one that is looked for: a note carries its key; a reply, which the customer
 * reads, carries none and is recognised by its text.
 */
export const isEntry = (body: string, key: string, reply?: string): boolean =>
  body.includes(marker(key)) || (reply !== undefined && says(body, reply));

/**
 * Compares words: helpdesks turn text into markup, and mail programs wrap its lines. A short text may occur within any
 * other, so the entry must begin with it; a signature may follow.
 */
function says(body: string, text: string): boolean {
  const looked = body.slice(0, LOOKED_AT);
  const wanted = words(text);
  if (wanted === '') return [looked, plain(looked)].some((one) => one.trim() === text.trim());
  const cut = wanted.slice(0, COMPARED);
  const isIn = (said: string): boolean =>
    cut.length < SHORT ? `${said} `.startsWith(`${cut} `) : said.includes(cut);
  return isIn(words(looked)) || isIn(words(plain(looked)));
}

const SHORT = 40;
const LOOKED_AT = 100_000;
/** A longer text may have been cut at its end. */
const COMPARED = 4_000;

/** Removes what an encoding may change: punctuation, blanks, the way in which an accent is written. */
const words = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const ENTITIES: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', szlig: 'ß', aelig: 'æ', oslash: 'ø' },
};

/** The text of HTML, as far as the comparison requires. */
const plain = (markup: string): string =>
  markup
    .replace(/<[^<>]{0,500}>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (all, decimal, hex, name) => {
      if (name !== undefined)
        return ENTITIES[(name as string).toLowerCase()] ?? accented(name as string) ?? all;
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    });

/** `uuml`, `Eacute`: returns the letter, because its accent is not compared. */
const accented = (name: string): string | undefined =>
  /^([a-z])(uml|acute|grave|circ|tilde|ring|cedil|slash|caron)$/i.exec(name)?.[1];

/** The text of an entry, followed by the key that it is found by. */
export const keyedText = (text: string, key: string): string => `${text}\n\n${marker(key)}`;
