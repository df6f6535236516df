import { neutralise, neutraliseLine } from '../../core/neutralise.ts';

/** Stands at the end of a note, so that one whose answer was lost can be found. */
export const marker = (key: string): string => `[${key}]`;

/** A subject with our key at its end, for helpdesks that have no field for it. */
export function keyedSubject(
  subject: string,
  key: string,
  limit: number,
  cutTo: (text: string, limit: number) => string = neutraliseLine,
): string {
  const tail = ` ${marker(key)}`;
  return cutTo(subject, limit - tail.length) + tail;
}

/** Our key at the end of a subject. */
export const keyOfSubject = (subject: string): string | undefined =>
  /\[([A-Z0-9]{6,32})\]\s*$/.exec(subject)?.[1];

/** At most so many bytes of UTF-8, for helpdesks that count those and cut in silence. */
export function cutLineBytes(text: string, limit: number): string {
  const line = neutraliseLine(text, limit);
  for (let length = line.length; ; length--) {
    const tried = length === line.length ? line : neutraliseLine(line, length);
    if (Buffer.byteLength(tried) <= limit) return tried;
  }
}

/** For helpdesks that show HTML: nothing of the text may become any. Cut so that no entity is torn. */
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
 * Whether an entry of a ticket is the one that we look for: a note carries its key; a reply, which the customer reads,
 * carries none and is known by what it says.
 */
export const isEntry = (body: string, key: string, reply?: string): boolean =>
  body.includes(marker(key)) || (reply !== undefined && says(body, reply));

/**
 * Helpdesks make markup of a text and mailers wrap its lines: words stay. A short text may stand within any other one, and
 * so has to be how an entry begins; a signature may follow it.
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

/** Without what an encoding may change: signs, blanks, the way in which an accent is written. */
const words = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const ENTITIES: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', szlig: 'ß', aelig: 'æ', oslash: 'ø' },
};

/** Of HTML, as far as it is needed to compare. */
const plain = (markup: string): string =>
  markup
    .replace(/<[^<>]{0,500}>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (all, decimal, hex, name) => {
      if (name !== undefined)
        return ENTITIES[(name as string).toLowerCase()] ?? accented(name as string) ?? all;
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    });

/** `uuml`, `Eacute`: the letter, whose accent is not compared. */
const accented = (name: string): string | undefined =>
  /^([a-z])(uml|acute|grave|circ|tilde|ring|cedil|slash|caron)$/i.exec(name)?.[1];

/** Text of an entry and the key it is found by. */
export const keyedText = (text: string, key: string): string => `${text}\n\n${marker(key)}`;
