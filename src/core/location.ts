/**
 * Where a Location header leads. Its bytes were read as Latin-1; browsers send what is not ASCII on as the bytes that
 * came, and a host in UTF-8 is a name like any other (https://fetch.spec.whatwg.org/#concept-response-location-url).
 * Undefined for what is no URL; an empty header is no redirect and is not asked here.
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
