/** A message as its reader sees it, and the text that was trimmed. */
export interface Trimmed {
  text: string;
  /** Shown on request; absent when nothing was trimmed. */
  quoted?: string;
}

export interface TrimFacts {
  /** Our own mail address, in lower case. */
  own: string;
  /** All text already on the ticket: a repetition of it is a quotation. */
  known: string;
}

/** "On Mon, 23 Nov 2026 at 10:00, Maria wrote:", in the languages of common mail programs. */
const ATTRIBUTION =
  /(\bwrote|\bschrieb\b.{0,120}|\ba écrit|\bescribió|\bschreef\b.{0,120}|\bha scritto|\bescreveu|\bskrev\b.{0,120}|\bnapisał\(?a?\)?|\bnapsal\(?a?\)?|\bkirjoitti|\bírta|\byazdı|пишет|написала?)\s*:$/i;
const SEPARATOR =
  /^(_{10,}|-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|opprinnelig melding|ursprungligt meddelande)\s*-{2,})$/i;
const HEAD_FROM = /^\*?(from|von|de|van|da|från|fra|od|lähettäjä)\s*:\*?\s.{3,300}$/i;
const HEAD_OTHER =
  /^\*?(sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|objet|à|verzonden|aan|onderwerp|enviado( el)?|para|asunto|fecha|inviato|oggetto|data|a|skickat|till|ämne|sendt|til|emne|assunto)\s*:\*?\s/i;
/** https://www.rfc-editor.org/rfc/rfc3676#section-4.3 */
const SIGNATURE = '-- ';
const MOST_SIGNATURE_LINES = 12;

/**
 * Trims the quoted message and the signature from a mail. Only what is certain is trimmed: a quotation that is both
 * marked and introduced as one, or that repeats text of the ticket. Inline replies stay, with the quotations around
 * them.
 */
export function trimQuote(text: string, facts: TrimFacts): Trimmed {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const quote = markedQuote(lines) ?? repeatedQuote(lines, facts);
  const kept = quote ? [...lines.slice(0, quote.from), ...lines.slice(quote.to)] : lines;
  const left = quote ? lines.slice(quote.from, quote.to) : [];
  const signature = signatureAt(kept);
  const said = kept.slice(0, signature).join('\n').trim();
  // A text that trimming would leave empty stays whole: too much is better than nothing.
  if (said === '' || (quote === undefined && signature === kept.length)) return { text: text.trim() };
  const quoted = [...kept.slice(signature), ...left].join('\n').trim();
  return quoted === '' ? { text: said } : { text: said, quoted };
}

interface Span {
  from: number;
  to: number;
}

const isQuoted = (line: string): boolean => line.startsWith('>');
const isBlank = (line: string): boolean => line.trim() === '';

/** The only block of `>` lines, if an attribution introduces it. */
function markedQuote(lines: readonly string[]): Span | undefined {
  const first = lines.findIndex(isQuoted);
  if (first === -1) return undefined;
  const last = lines.findLastIndex(isQuoted);
  for (let at = first; at <= last; at++) if (!isQuoted(lines[at]!) && !isBlank(lines[at]!)) return undefined;
  let head = first - 1;
  while (head >= 0 && isBlank(lines[head]!)) head--;
  if (head < 0 || first - head > 3) return undefined;
  const line = lines[head]!.trim();
  if (line.length <= 300 && ATTRIBUTION.test(line)) {
    // A long attribution wraps over two lines.
    const before = lines[head - 1]?.trim() ?? '';
    const isBroken =
      !/^(on|am|le|el|op|il|em|den|dnia|dne)\b/i.test(line) &&
      /^(on|am|le|el|op|il|em|den|dnia|dne)\b.{5,}/i.test(before);
    return { from: isBroken ? head - 1 : head, to: last + 1 };
  }
  return undefined;
}

/** Characters of the ticket's text that are compared; nobody quotes older text without marking it. */
const MOST_KNOWN = 200_000;
/** Number of quoted mails that are looked for; any further ones are kept. */
const MOST_BLOCKS = 20;

/** A quoted mail with its header block, below a reply. */
interface Block {
  from: number;
  /** Index of the first line of its text. */
  text: number;
  isOurs: boolean;
}

/**
 * Quoted mails below the reply that are not marked as quotations: certain only when all their text is on the ticket
 * already, word for word and in sequence. Line breaks are ignored, since mail programs wrap text anew.
 */
function repeatedQuote(lines: readonly string[], { own, known }: TrimFacts): Span | undefined {
  const blocks = blocksOf(lines, own);
  const words = wordsOf(known.slice(-MOST_KNOWN));
  let from: number | undefined;
  let end = lines.length;
  for (const block of blocks.slice(-MOST_BLOCKS).toReversed()) {
    if (!isRun(wordsOf(lines.slice(block.text, end).join('\n')), words)) break;
    end = block.from;
    if (block.isOurs) from = block.from;
  }
  return from === undefined ? undefined : { from, to: lines.length };
}

/** Finds each header block such as From, Sent, Subject, with the separator above it. */
function blocksOf(lines: readonly string[], own: string): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    let head = at;
    if (SEPARATOR.test(lines[at]!.trim()))
      do head++;
      while (head < lines.length && isBlank(lines[head]!));
    const text = endOfHead(lines, head);
    if (text === undefined) {
      // After a separator without a header block, blank lines can be skipped: no block begins there.
      if (head > at) at = head - 1;
      continue;
    }
    const isOurs = lines
      .slice(head, text)
      .some((line) => line.toLowerCase().includes(own) || /\[#\d{1,12}\]/.test(line));
    blocks.push({ from: at, text, isOurs });
    at = text - 1;
  }
  return blocks;
}

const wordsOf = (text: string): string[] => fold(text).split(' ').filter(Boolean);

/** Whether the words occur in the others in an unbroken sequence: Knuth-Morris-Pratt, linear for any input. */
function isRun(wanted: readonly string[], among: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  const back = [0];
  for (let at = 1, length = 0; at < wanted.length; at++) {
    while (length > 0 && wanted[at] !== wanted[length]) length = back[length - 1]!;
    if (wanted[at] === wanted[length]) length++;
    back.push(length);
  }
  let length = 0;
  for (const word of among) {
    while (length > 0 && word !== wanted[length]) length = back[length - 1]!;
    if (word === wanted[length]) length++;
    if (length === wanted.length) return true;
  }
  return false;
}

/** Index after a header block such as From, Sent, To, Subject; undefined where none begins. */
function endOfHead(lines: readonly string[], at: number): number | undefined {
  if (!HEAD_FROM.test(lines[at]?.trim() ?? '')) return undefined;
  let end = at + 1;
  while (end < lines.length && end - at < 8 && HEAD_OTHER.test(lines[end]!.trim())) end++;
  return end - at >= 3 ? end : undefined;
}

const fold = (text: string): string =>
  text
    .replace(/[>*\s]+/g, ' ')
    .trim()
    .toLowerCase();

function signatureAt(lines: readonly string[]): number {
  const at = lines.lastIndexOf(SIGNATURE);
  return at > 0 && lines.length - at <= MOST_SIGNATURE_LINES ? at : lines.length;
}
