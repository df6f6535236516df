const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a, 32 bits, over the UTF-16 codes of a text: http://www.isthe.com/chongo/tech/comp/fnv/ */
export function fnv1a(text: string): number {
  let hash = OFFSET;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  return hash >>> 0;
}

/** The same hash over bytes. */
export function fnv1aOfBytes(bytes: Iterable<number>): number {
  let hash = OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}

/** The same hash over the four bytes of `192.0.2.1`, parsed in place: it runs for every check at every scrape. */
export function fnv1aOfIpv4(address: string): number {
  let hash = OFFSET;
  let byte = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code !== 46) byte = byte * 10 + code - 48;
    else {
      hash = Math.imul(hash ^ byte, PRIME);
      byte = 0;
    }
  }
  return Math.imul(hash ^ byte, PRIME) >>> 0;
}
