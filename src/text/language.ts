import { SOURCE_LANGUAGE } from './catalogue.ts';

let standing = SOURCE_LANGUAGE;
let spoken: string | undefined;

/** BCP 47 tag of the language in which texts are written at this moment. */
export const language = (): string => spoken ?? standing;

/** The language of this installation, from the config: what is spoken where nothing else is asked for. */
export function setLanguage(tag: string): void {
  standing = tag;
}

/**
 * Writes for one reader: every text made inside `write` is in that reader's language. `write` must not be
 * asynchronous, or the next reader's texts would be in it, too.
 */
export function inLanguage<Written>(tag: string | undefined, write: () => Written): Written {
  const before = spoken;
  spoken = tag ?? before;
  try {
    return write();
  } finally {
    spoken = before;
  }
}
