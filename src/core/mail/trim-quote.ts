/** Lines from which on somebody's mail program quotes what it answers. */
const BEGINNINGS = [
  /^-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*-{2,}$/i,
  /^_{20,}$/,
  /^on .{5,200} wrote:$/i,
  /^am .{5,200} schrieb.{0,120}:$/i,
  /^le .{5,200} a écrit\s*:$/i,
  /^el .{5,200} escribió:$/i,
  /^op .{5,200} schreef.{0,120}:$/i,
  /^(from|von|de|van):\s.{3,200}$/i,
];

/** Above it stands who wrote, below it nothing that was said. */
const SIGNATURE = /^-- ?$/;

/**
 * What somebody has written, without the mail that they answer and without their signature. What would be left empty
 * stays whole: better too much than nothing.
 */
export function trimQuote(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  let end = lines.length;
  for (let index = 0; index < lines.length; index++) {
    if (!beginsQuote(lines, index)) continue;
    end = index;
    break;
  }
  const own = lines
    .slice(0, end)
    .filter((line) => !line.startsWith('>'))
    .join('\n')
    .trim();
  return own === '' ? text.trim() : own;
}

function beginsQuote(lines: readonly string[], index: number): boolean {
  const line = lines[index]!.trim();
  if (SIGNATURE.test(lines[index]!)) return true;
  // "On …" breaks over two lines where the line is long.
  const joined = `${line} ${lines[index + 1]?.trim() ?? ''}`.trim();
  const isHead =
    BEGINNINGS.some((pattern) => pattern.test(line)) ||
    (/^(on|am|le|el|op) /i.test(line) && BEGINNINGS.some((pattern) => pattern.test(joined)));
  if (!isHead) return false;
  if (!/^(from|von|de|van):/i.test(line)) return true;
  // A header alone is a sentence; followed by others it is a quoted mail.
  return lines
    .slice(index + 1, index + 5)
    .some((next) =>
      /^(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|objet|à|verzonden|onderwerp):/i.test(
        next.trim(),
      ),
    );
}
