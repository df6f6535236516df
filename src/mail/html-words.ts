import { compile } from 'html-to-text';

/** Most HTML that is converted: more than this is not a message for reading, and is kept as a file. */
export const MOST_HTML = 500_000;

const convert = compile({
  wordwrap: false,
  preserveNewlines: false,
  decodeEntities: true,
  limits: { maxInputLength: MOST_HTML, maxDepth: 200, maxChildNodes: 20_000, ellipsis: '…' },
  selectors: [
    {
      selector: 'a',
      options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'], noAnchorUrl: true },
    },
    { selector: 'img', format: 'skip' },
    { selector: 'head', format: 'skip' },
    { selector: 'title', format: 'skip' },
    { selector: 'svg', format: 'skip' },
    { selector: 'math', format: 'skip' },
    { selector: 'template', format: 'skip' },
    { selector: 'noscript', format: 'skip' },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 1 },
    })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false, colSpacing: 2 } },
  ],
});

/** A cell that spans so many columns is laid out column by column, and no real mail has one: the span is dropped. */
const SPAN = /\b(?:col|row)span\s*=\s*(?:"\s*\d{3,}[^"]*"|'\s*\d{3,}[^']*'|\d{3,}[^\s>]*)/gi;

/** The text of an HTML mail as plain text: nothing in it is ever shown as markup. */
export const htmlWords = (markup: string): string =>
  convert(markup.slice(0, MOST_HTML).replace(SPAN, ''))
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
