/** A message as its reader sees it, and what was left out of it. */
export interface Trimmed {
  text: string;
  /** Shown when somebody asks for it; absent when nothing was left out. */
  quoted?: string;
}

export interface TrimFacts {
  /** Our own mail address, in lower case. */
  own: string;
  /** Everything that stands on the ticket already: what repeats it is a quotation. */
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
 * What somebody has written, without the message that they answer and without their signature. Only what is certain is
 * left out: a quotation that is marked as one and said to be one, or that repeats what the ticket says already. Answers
 * between quotations stay where they are, with the quotations around them.
 */
export function trimQuote(text: string, facts: TrimFacts): Trimmed {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const quote = markedQuote(lines) ?? repeatedQuote(lines, facts);
  const kept = quote ? [...lines.slice(0, quote.from), ...lines.slice(quote.to)] : lines;
  const left = quote ? lines.slice(quote.from, quote.to) : [];
  const signature = signatureAt(kept);
  const said = kept.slice(0, signature).join('\n').trim();
  // What would be left empty stays whole: better too much than nothing.
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

/** One block of `>` lines that an attribution introduces, when there is no other `>` line anywhere. */
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
    // The attribution breaks over two lines where it is long.
    const before = lines[head - 1]?.trim() ?? '';
    const isBroken =
      !/^(on|am|le|el|op|il|em|den|dnia|dne)\b/i.test(line) &&
      /^(on|am|le|el|op|il|em|den|dnia|dne)\b.{5,}/i.test(before);
    return { from: isBroken ? head - 1 : head, to: last + 1 };
  }
  return undefined;
}

/** Of what the ticket says; further back nobody quotes without a mark. */
const MOST_KNOWN = 200_000;
/** Mails within the mail that are looked for; whoever pastes more keeps them all. */
const MOST_BLOCKS = 20;

/** A mail with its head, as it stands below an answer. */
interface Block {
  from: number;
  /** Where its text begins. */
  text: number;
  isOurs: boolean;
}

/**
 * Mails below the answer that are not marked as quotations: certain only when all that they say is on the ticket already,
 * word for word and in a row. How it is broken into lines says nothing: mailers wrap it anew.
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

/** Each head such as From, Sent, Subject, with the separator above it. */
function blocksOf(lines: readonly string[], own: string): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    let head = at;
    if (SEPARATOR.test(lines[at]!.trim()))
      do head++;
      while (head < lines.length && isBlank(lines[head]!));
    const text = endOfHead(lines, head);
    if (text === undefined) {
      // Below a separator without a head nothing can be one before the line that is not blank.
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

/** Whether some words stand among others, all of them in a row: Knuth, Morris and Pratt, linear whatever they are. */
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

/** Behind a block such as From, Sent, To, Subject; undefined where none begins. */
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
