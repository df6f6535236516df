import { language } from './language.ts';

/*
 * Formatters for the current language, cached. Creating one takes some 30 µs and using it half of one, and a page of
 * hundreds of rows uses them in each row.
 */

const made = new Map<string, unknown>();

function once<Formatter>(kind: string, options: object, make: (tag: string) => Formatter): Formatter {
  const tag = language();
  const key = `${kind} ${tag} ${JSON.stringify(options)}`;
  let formatter = made.get(key) as Formatter | undefined;
  if (formatter === undefined) made.set(key, (formatter = make(tag)));
  return formatter;
}

export const dateFormat = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  once('date', options, (tag) => new Intl.DateTimeFormat(tag, options));

export const numberFormat = (options: Intl.NumberFormatOptions): Intl.NumberFormat =>
  once('number', options, (tag) => new Intl.NumberFormat(tag, options));

export const listFormat = (options: Intl.ListFormatOptions): Intl.ListFormat =>
  once('list', options, (tag) => new Intl.ListFormat(tag, options));
