/**
 * The URL of a Location header. Its bytes were read as Latin-1; browsers pass on non-ASCII bytes as they came, and a
 * host in UTF-8 is a name like any other (https://fetch.spec.whatwg.org/#concept-response-location-url). Undefined for
 * an invalid URL; callers handle an empty header, which is no redirect.
 */
export function locationUrl(location: string, base: URL): URL | undefined {
  const bytes = Uint8Array.from(location, (letter) => letter.charCodeAt(0) & 0xff);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    text = location.replace(
      /[\u0080-\u00ff]/g,
      (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  }
  return URL.canParse(text, base.href) ? new URL(text, base) : undefined;
}
