const SECRET_PARAMETER = /token|key|secret|pass|auth|sig|code|session/i;

/** The URL for display: without user or password, and with query values that look like a secret replaced. */
export function displayUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '' && url.search === '') return text;
  url.username = '';
  url.password = '';
  for (const name of url.searchParams.keys()) {
    if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, '…');
  }
  return url.href.replaceAll('%E2%80%A6', '…');
}

/** The parts of the URL that must never be shown. */
export function secretsInUrl(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  const secrets: string[] = [];
  if (url.password !== '') secrets.push(url.password, percentDecoded(url.password));
  for (const [name, value] of url.searchParams) if (SECRET_PARAMETER.test(name)) secrets.push(value);
  return secrets;
}

/** Percent-decodes the text; returns it unchanged when it is malformed. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
