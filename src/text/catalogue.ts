import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import type { TextKey } from './text-key.ts';

/** Has every message; what another language lacks is said in it. */
export const SOURCE_LANGUAGE = 'en';

const FOLDER = join(PROGRAM_FOLDER, 'src/text');

/** BCP 47 tag to messages in ICU MessageFormat, by key. One folder per language, one file per section. */
const catalogues = new Map<string, ReadonlyMap<string, string>>(
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, readLanguage(join(FOLDER, name))]),
);

const compiled = new Map<string, IntlMessageFormat>();

/** Which languages there are: BCP 47 tags, the source language among them. */
export const languages = (): readonly string[] => [...catalogues.keys()];

/** The message in that language, parsed; in the source language where it has not been translated yet. */
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
 * A key made of stored data that no version of ours has written: what it says is shown as it is, for a page that shows
 * it must not fail for it. Not kept: there is no end of them.
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
