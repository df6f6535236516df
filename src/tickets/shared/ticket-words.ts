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

/** Text of an entry and the key it is found by. */
export const keyedText = (text: string, key: string): string => `${text}\n\n${marker(key)}`;
