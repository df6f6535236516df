import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import type { TextKey } from './text-key.ts';

/** Has every message; the fallback for messages that another language lacks. */
export const SOURCE_LANGUAGE = 'en';

const FOLDER = join(PROGRAM_FOLDER, 'src/text');

/** Messages in ICU MessageFormat by key, for each BCP 47 tag. One folder per language, one file per section. */
const catalogues = new Map<string, ReadonlyMap<string, string>>(
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, readLanguage(join(FOLDER, name))]),
);

const compiled = new Map<string, IntlMessageFormat>();

/** The available languages: BCP 47 tags, including the source language. */
export const languages = (): readonly string[] => [...catalogues.keys()];

/** The parsed message in that language; in the source language if it has not been translated. */
export function messageFormat(key: TextKey, language: string): IntlMessageFormat {
  const id = `${language}:${key}`;
  let format = compiled.get(id);
  if (format === undefined) {
    const own = catalogues.get(language)?.get(key);
    const text = own ?? catalogues.get(SOURCE_LANGUAGE)!.get(key);
    if (text === undefined) return unknown(key);
    format = new IntlMessageFormat(text, own === undefined ? SOURCE_LANGUAGE : language);
    compiled.set(id, format);
  }
  return format;
}

/**
 * A key from stored data that no version of Watchdesk has written: shown as it is, because a page must not fail over
 * it. Not cached: the number of such keys is unlimited.
 */
function unknown(key: string): IntlMessageFormat {
  const raw = key.replace(/^[^.]*\./, '');
  return new IntlMessageFormat(raw.replaceAll("'", "''").replace(/[{}<>]/g, ' '), SOURCE_LANGUAGE);
}

function readLanguage(folder: string): ReadonlyMap<string, string> {
  const messages = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const section = file.slice(0, -'.json'.length);
    const own = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, string>;
    for (const [name, text] of Object.entries(own)) messages.set(`${section}.${name}`, text);
  }
  return messages;
}
