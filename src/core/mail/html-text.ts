const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  laquo: '«',
  raquo: '»',
  euro: '€',
};
const MOST = 500_000;

/** What a mail in HTML says, as plain text: nothing of it is ever shown as markup. */
export function htmlText(markup: string): string {
  return markup
    .slice(0, MOST)
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<(script|style|head|title|template|noscript|svg|math)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<blockquote\b[^>]*>/gi, '\n> ')
    .replace(
      /<a\b[^>]*\bhref\s*=\s*(?:"(https?:[^"]{1,500})"|'(https?:[^']{1,500})')[^>]*>([\s\S]*?)<\/a\s*>/gi,
      (_all, double: string | undefined, single: string | undefined, inner: string) => {
        const href = double ?? single ?? '';
        const text = inner.replace(/<[^>]*>/g, '').trim();
        return text === '' || text === href ? href : `${text} (${href})`;
      },
    )
    .replace(/<(br|hr)\b[^>]*>/gi, '\n')
    .replace(/<li\b[^>]*>/gi, '\n- ')
    .replace(/<\/?(p|div|tr|h[1-6]|ul|ol|table|blockquote|pre|section|article)\b[^>]*>/gi, '\n')
    .replace(/<\/(td|th)\s*>/gi, ' ')
    .replace(/<[^>]*(?:>|$)/g, '')
    .replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, (all, name: string) => entity(name) ?? all)
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)
    ? String.fromCodePoint(code)
    : ' ';
}
