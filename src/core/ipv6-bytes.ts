/** The sixteen bytes of a numeric address in network order (RFC 4291, 2.2); a zone id is ignored. */
export function ipv6Bytes(address: string): number[] {
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.replace(/[\d.]+$/, dottedAsWords).split('::');
  const first = wordsOf(head);
  const last = wordsOf(tail ?? '');
  const gap = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => 0);
  return [...first, ...gap, ...last].flatMap((word) => [word >> 8, word & 0xff]);
}

/** `::ffff:192.0.2.1` ends in dotted IPv4 notation. */
function dottedAsWords(end: string): string {
  if (!end.includes('.')) return end;
  const [a = 0, b = 0, c = 0, d = 0] = end.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d].map((word) => word.toString(16)).join(':');
}

const wordsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
