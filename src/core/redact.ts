const STRUCK = '[secret]';

/**
 * A function that strikes secrets out of text, also where they were percent-encoded or base64-encoded. Values
 * under three characters are left: striking `a` out of every log would hide the log.
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
