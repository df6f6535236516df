import { neutralise } from '../../core/neutralise.ts';

/*
 * The wiki markup of Jira Data Center. A backslash before a markup character shows the character itself.
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */

const MARKUP = /[\\{}[\]*_+^~|!?-]/g;
const ESCAPED = /\\([\\{}[\]*_+^~|!?-])/g;
/** Jira turns a URL into a link by itself, and would show a backslash inside. */
const ADDRESS = /https?:\/\/[^\s\\{}[\]|!^"'<>]+/g;
const NOFORMAT = /\{(?=noformat)/gi;

/** Lines as they are, in a monospaced font. The text cannot end the block. */
export const wikiCode = (text: string, limit: number): string =>
  `{noformat}\n${neutralise(text, limit).replace(NOFORMAT, '{ ')}\n{noformat}`;

/** Escapes text: nothing in it becomes a heading, a list or a mention, and only a URL becomes a link. */
export function wikiText(text: string, limit: number): string {
  const clean = neutralise(text, limit);
  const pieces: string[] = [];
  let from = 0;
  for (const { 0: address, index } of clean.matchAll(ADDRESS)) {
    pieces.push(escaped(clean.slice(from, index)), address);
    from = index + address.length;
  }
  return [...pieces, escaped(clean.slice(from))].join('');
}

/** The plain text, as far as our own words are searched for in it. */
export const wikiToText = (wiki: string): string => wiki.replace(ESCAPED, '$1');

const escaped = (text: string): string =>
  text
    .replace(MARKUP, (character) => `\\${character}`)
    // A heading, a quotation and a numbered list start a line with characters that are not in `MARKUP`.
    .replace(/^([ \t]*)(h(?=[1-6]\. )|b(?=q\. )|#)/gim, (_line, space: string, first: string) => {
      return `${space}&#${first.charCodeAt(0)};`;
    });
