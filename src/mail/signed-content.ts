const CONSTRUCTED = 0x20;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const CONTEXT_0 = 0xa0;
const MOST_DEPTH = 20;

/**
 * The mail inside an opaque signature (`smime-type=signed-data`), which is not verified here; undefined for encrypted
 * content and for anything but CMS: https://www.rfc-editor.org/rfc/rfc5652#section-5.1
 */
export function signedContent(bytes: Buffer): Buffer | undefined {
  try {
    // ContentInfo { contentType, [0] SignedData { version, digestAlgorithms, { eContentType, [0] eContent } … } }
    const signedData = child(child(child(bytes, SEQUENCE), CONTEXT_0), SEQUENCE);
    const content = children(signedData).filter(({ tag }) => tag === SEQUENCE)[0];
    const inner = content && children(content.body).find(({ tag }) => tag === CONTEXT_0);
    const found = inner && octets(inner.body, 0);
    return found && found.length > 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

interface Element {
  tag: number;
  body: Buffer;
  /** Where the next element begins. */
  end: number;
}

/** Reads one BER element (ITU-T X.690), with a length or with an end mark. */
function elementAt(bytes: Buffer, at: number, depth: number): Element {
  if (depth > MOST_DEPTH || at + 2 > bytes.length) throw new RangeError('not BER');
  const tag = bytes[at]!;
  const first = bytes[at + 1]!;
  if (first === 0x80) {
    let next = at + 2;
    while (!(bytes[next] === 0 && bytes[next + 1] === 0)) next = elementAt(bytes, next, depth + 1).end;
    return { tag, body: bytes.subarray(at + 2, next), end: next + 2 };
  }
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 4) throw new RangeError('not BER');
  const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra);
  const begin = at + 2 + extra;
  if (begin + length > bytes.length) throw new RangeError('not BER');
  return { tag, body: bytes.subarray(begin, begin + length), end: begin + length };
}

function children(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length && found.length < 100_000;) {
    const one = elementAt(bytes, at, 0);
    found.push(one);
    at = one.end;
  }
  return found;
}

/** The body of the first child with that tag. */
function child(bytes: Buffer, tag: number): Buffer {
  const found = children(bytes).find((one) => one.tag === tag);
  if (!found) throw new RangeError('not a signed mail');
  return found.body;
}

/** An octet string may consist of several pieces. */
function octets(bytes: Buffer, depth: number): Buffer {
  if (depth > MOST_DEPTH) throw new RangeError('not BER');
  return Buffer.concat(
    children(bytes).flatMap(({ tag, body }) => {
      if (tag === OCTET_STRING) return [body];
      return tag === (OCTET_STRING | CONSTRUCTED) ? [octets(body, depth + 1)] : [];
    }),
  );
}
