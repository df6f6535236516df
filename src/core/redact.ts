const STRUCK = '[secret]';

/**
 * Returns a function that redacts secrets in text, also percent-encoded or base64-encoded ones. Values under three
 * characters are skipped: redacting every `a` would make the log unreadable.
 */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const needles = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 3) continue;
    needles.add(secret);
    needles.add(encodeURIComponent(secret));
    needles.add(JSON.stringify(secret).slice(1, -1));
    needles.add(base64(secret));
  }
  if (needles.size === 0) return (text) => text;
  const longestFirst = [...needles].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((needle) => RegExp.escape(needle)).join('|'), 'g');
  return (text) => text.replace(pattern, STRUCK);
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, '');
}
