import { neutralise } from '../../core/neutralise.ts';

/*
 * The wiki markup of Jira Data Center. A backslash before a character of the markup shows the character.
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */

const MARKUP = /[\\{}[\]*_+^~|!?-]/g;
const ESCAPED = /\\([\\{}[\]*_+^~|!?-])/g;
/** Jira makes a link of it by itself, and would show a backslash inside. */
const ADDRESS = /https?:\/\/[^\s\\{}[\]|!^"'<>]+/g;
const NOFORMAT = /\{(?=noformat)/gi;

/** Lines as they are, in one type of width. The text cannot end the block. */
export const wikiCode = (text: string, limit: number): string =>
  `{noformat}\n${neutralise(text, limit).replace(NOFORMAT, '{ ')}\n{noformat}`;

/** Text of which nothing becomes a heading, a list, a link or a mention. */
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

/** What such a text says, as far as we look for our own words in it. */
export const wikiToText = (wiki: string): string => wiki.replace(ESCAPED, '$1');

const escaped = (text: string): string =>
  text
    .replace(MARKUP, (character) => `\\${character}`)
    // A heading, a quotation and a numbered list begin with a line that has no other markup in it.
    .replace(/^([ \t]*)(h(?=[1-6]\. )|b(?=q\. )|#)/gim, (_line, space: string, first: string) => {
      return `${space}&#${first.charCodeAt(0)};`;
    });
