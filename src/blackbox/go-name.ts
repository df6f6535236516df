/** Attributes that Go writes by name, in Go's order (`crypto/x509/pkix`). */
const KNOWN = ['serialNumber', 'CN', 'OU', 'O', 'postalCode', 'street', 'L', 'ST', 'C'] as const;
const WRITTEN: Record<string, string> = {
  serialNumber: 'SERIALNUMBER',
  postalCode: 'POSTALCODE',
  street: 'STREET',
};
const SINGLE = new Set<string>(['serialNumber', 'CN']);

/** Go writes other attributes by OID and in DER; the tag is that of their usual string type (RFC 5280, RFC 4519). */
const OTHERS: Record<string, { oid: string; tag: number }> = {
  emailAddress: { oid: '1.2.840.113549.1.9.1', tag: 0x16 },
  DC: { oid: '0.9.2342.19200300.100.1.25', tag: 0x16 },
  UID: { oid: '0.9.2342.19200300.100.1.1', tag: 0x0c },
};

/** A distinguished name as Go writes it: `CN=shop.example,O=Acme\, Inc`. */
export function goName(parts: readonly string[]): string {
  const given = parts.map((part) => {
    const at = part.indexOf('=');
    return [part.slice(0, at), part.slice(at + 1)] as const;
  });
  const written: string[] = [];
  for (const [name, value] of given.toReversed()) {
    const other = OTHERS[name];
    if (other) written.push(`${other.oid}=#${der(other.tag, value)}`);
  }
  const known = KNOWN.flatMap((name) => {
    const all = given.filter(([one]) => one === name).map(([, value]) => value);
    const values = SINGLE.has(name) ? all.slice(-1) : all;
    const label = WRITTEN[name] ?? name;
    return values.length === 0 ? [] : [values.map((value) => `${label}=${escaped(value)}`).join('+')];
  });
  return [...known, ...written].join(',');
}

function der(tag: number, value: string): string {
  const bytes = Buffer.from(value, 'utf8');
  const length = bytes.length < 128 ? [bytes.length] : [0x81, bytes.length & 0xff];
  return Buffer.from([tag, ...length, ...bytes]).toString('hex');
}

/** RFC 2253, 2.4. */
const escaped = (value: string): string =>
  value.replace(/[,+"\\<>;]|^[ #]| $/g, (character) => `\\${character}`);
