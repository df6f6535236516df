import { messageFormat } from './catalogue.ts';
import { language } from './language.ts';
import type { TextKey } from './text-key.ts';

export type TextValues = Readonly<Record<string, string | number>>;

/**
 * A text for people from the catalogue, in the reader's language. Plain text: callers that put it into markup must
 * escape it. For a sentence that contains markup, see `markup` of the pages.
 */
export const say = (key: TextKey, values?: TextValues): string =>
  messageFormat(key, language()).format<string>(values) as string;
