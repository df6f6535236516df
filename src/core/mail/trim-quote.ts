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
/** A line that mailers have wrapped anew is known by its words: so many in a row are compared at once. */
const WORDS_IN_ROW = 4;

/** A mail below the answer that is not marked as a quotation: certain only when all of it is on the ticket already. */
function repeatedQuote(lines: readonly string[], { own, known }: TrimFacts): Span | undefined {
  const repeatedFrom = startOfRepetition(lines, known.slice(-MOST_KNOWN));
  for (let at = 0; at < lines.length; at++) {
    const begins = SEPARATOR.test(lines[at]!.trim());
    let head = at;
    if (begins)
      do head++;
      while (head < lines.length && isBlank(lines[head]!));
    const end = endOfHead(lines, head);
    // Blank lines and heads count as repeated, so that what does not reach up to here never will further down, either.
    if (end === undefined || end < repeatedFrom) continue;
    const isOurs = lines
      .slice(head, end)
      .some((line) => line.toLowerCase().includes(own) || /\[#\d{1,12}\]/.test(line));
    if (isOurs) return { from: at, to: lines.length };
  }
  return undefined;
}

/**
 * The line from which on all of them stand on the ticket already: found in one pass, from the bottom. Each word is looked
 * at once, whatever stands there: mails come from anybody.
 */
function startOfRepetition(lines: readonly string[], known: string): number {
  const whole = new Set(known.split('\n').map(fold));
  if (fold(known) === '') return Infinity;
  let rows: readonly ReadonlySet<number>[] | undefined;
  const isRepeated = (line: string): boolean => {
    if (isBlank(line) || isHeadLine(line)) return true;
    const folded = fold(line);
    if (whole.has(folded)) return true;
    rows ??= Array.from(
      { length: WORDS_IN_ROW },
      (_, less) => new Set(rowsOf(wordsOf(fold(known)), less + 1)),
    );
    const words = wordsOf(folded);
    const length = Math.min(words.length, WORDS_IN_ROW);
    return rowsOf(words, length).every((row) => rows![length - 1]!.has(row));
  };
  let at = lines.length;
  while (at > 0 && isRepeated(lines[at - 1]!)) at--;
  return at;
}

/** Words as numbers (FNV-1a): to compare them costs the same whatever they are. */
function wordsOf(folded: string): number[] {
  return folded.split(' ').map((word) => {
    let hash = 0x811c9dc5;
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
    return hash;
  });
}

/** Every so many words in a row, as one number each. */
function rowsOf(words: readonly number[], length: number): number[] {
  const rows: number[] = [];
  for (let at = 0; at + length <= words.length; at++) {
    let row = length;
    for (let of = at; of < at + length; of++) row = Math.imul(row, 0x01000193) ^ words[of]!;
    rows.push(row);
  }
  return rows;
}

const isHeadLine = (line: string): boolean =>
  HEAD_FROM.test(line.trim()) || HEAD_OTHER.test(line.trim()) || SEPARATOR.test(line.trim());

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
