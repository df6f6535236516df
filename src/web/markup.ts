import { messageFormat } from '../text/catalogue.ts';
import { language } from '../text/language.ts';
import type { TextKey } from '../text/text-key.ts';
import { html, Html } from './html.ts';

type Inside = (chunks: Html) => Html;
type Piece = string | Html;

/** Tags that a translation may always use. */
const TAGS = {
  strong: (chunks: Html) => html`<strong>${chunks}</strong>`,
  em: (chunks: Html) => html`<em>${chunks}</em>`,
  code: (chunks: Html) => html`<code>${chunks}</code>`,
  soft: (chunks: Html) => html`<span class="soft">${chunks}</span>`,
};

/**
 * A catalogue sentence with markup: values may be markup, and a tag in the message (`<link>ticket 4</link>`) calls a
 * function with its content. Texts are escaped.
 */
export function markup(
  key: TextKey,
  values: Readonly<Record<string, string | number | Html | Inside>> = {},
): Html {
  const given: Record<string, string | number | Html | ((chunks: Piece[]) => Html)> = {};
  for (const [name, value] of Object.entries({ ...TAGS, ...values })) {
    given[name] = typeof value === 'function' ? (chunks) => value(html`${chunks}`) : value;
  }
  const written = messageFormat(key, language()).format<Html>(given);
  return html`${written}`;
}
