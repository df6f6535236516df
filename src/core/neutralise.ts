// Text from outside may be crafted by a stranger against the reader's terminal, mail client or browser. HTML is escaped
// where HTML is made; this removes what no reader should ever get.

const ESCAPE_SEQUENCE =
  // CSI, OSC (ended by BEL or ST), and two-character escapes: ECMA-48.
  // eslint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)?|[@-_])|\u009b[0-?]*[ -/]*[@-~]/g;
// Controls except newline and tab, DEL, C1, line and paragraph separators, bidirectional overrides and
// isolates (CVE-2021-42574), zero-width spaces, byte order marks, lone surrogates. Zero-width joiners stay: Persian,
// Indic scripts and many emoji are written with them.
const UNWANTED =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Returns harmless text of at most `limit` characters; a cut is marked. Newlines and tabs stay. */
export function neutralise(text: string, limit: number): string {
  // Cutting first bounds the work; the margin keeps an escape sequence across the limit whole.
  const rough = text.length > limit * 2 + 256 ? text.slice(0, limit * 2 + 256) : text;
  const clean = rough.replace(/\r\n?/g, '\n').replace(ESCAPE_SEQUENCE, '').replace(UNWANTED, '\ufffd');
  if (clean.length <= limit && rough.length === text.length) return clean;
  return `${sliceWhole(clean, Math.max(0, limit - 1))}…`;
}

/** The same on one line, with runs of white space folded. */
export function neutraliseLine(text: string, limit: number): string {
  const margin = limit * 4 + 256;
  const rough = text.length > margin ? text.slice(0, margin) : text;
  const folded = neutralise(rough, margin).replace(/\s+/g, ' ').trim();
  if (folded.length <= limit) return folded;
  return `${sliceWhole(folded, Math.max(0, limit - 1))}…`;
}

/** Never ends in half of a surrogate pair. */
function sliceWhole(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
