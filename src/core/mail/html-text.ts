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
const MOST = 300_000;
/** What is in them is for no reader. */
const SILENT = new Set(['script', 'style', 'head', 'title', 'template', 'noscript', 'svg', 'math']);
const BLOCKS = new Set('p div tr h1 h2 h3 h4 h5 h6 ul ol table pre section article br hr'.split(' '));

/** What a mail in HTML says, as plain text: nothing of it is ever shown as markup. Reads it once, from front to back. */
export function htmlText(markup: string): string {
  const text = markup.slice(0, MOST);
  const lower = text.toLowerCase();
  let out = '';
  let href: string | undefined;
  let linkAt = 0;
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('<', at);
    if (open === -1) {
      out += words(text.slice(at));
      break;
    }
    out += words(text.slice(at, open));
    if (text.startsWith('<!--', open)) {
      const end = text.indexOf('-->', open + 4);
      at = end === -1 ? text.length : end + 3;
      continue;
    }
    const close = text.indexOf('>', open);
    // A tag without an end is the end of what can be read.
    if (close === -1) break;
    const tag = text.slice(open + 1, Math.min(close, open + 2_000));
    const isEnd = tag.startsWith('/');
    const name = /^\/?([a-z][a-z0-9]{0,20})/i.exec(tag)?.[1]?.toLowerCase() ?? '';
    at = close + 1;
    if (SILENT.has(name) && !isEnd) {
      const end = lower.indexOf(`</${name}`, at);
      const after = end === -1 ? -1 : text.indexOf('>', end);
      at = after === -1 ? text.length : after + 1;
    } else if (name === 'a') {
      if (isEnd && href !== undefined) {
        const said = out.slice(linkAt).trim();
        if (said === '') out += href;
        else if (said !== href) out += ` (${href})`;
      }
      href = isEnd ? undefined : hrefOf(tag);
      linkAt = out.length;
    } else if (name === 'li' && !isEnd) out += '\n- ';
    else if (name === 'blockquote') out += isEnd ? '\n' : '\n> ';
    else if (name === 'td' || name === 'th') out += isEnd ? ' ' : '';
    else if (BLOCKS.has(name)) out += '\n';
  }
  return out
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function hrefOf(tag: string): string | undefined {
  const at = tag.toLowerCase().indexOf('href');
  if (at === -1) return undefined;
  return /^href\s{0,5}=\s{0,5}["']?(https?:[^"'\s>]{1,500})/i.exec(tag.slice(at, at + 600))?.[1];
}

const words = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, (all, name: string) => entity(name) ?? all);

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)
    ? String.fromCodePoint(code)
    : ' ';
}
