import { SOURCE_LANGUAGE } from './catalogue.ts';

let standing = SOURCE_LANGUAGE;
let spoken: string | undefined;

/** BCP 47 tag of the language in which texts are written now. */
export const language = (): string => spoken ?? standing;

/** Sets the installation's language, from the config: used unless another one is requested. */
export function setLanguage(tag: string): void {
  standing = tag;
}

/**
 * Writes for one reader: every text made inside `write` is in that reader's language. `write` must not be asynchronous,
 * or other readers' texts would be in that language, too.
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
