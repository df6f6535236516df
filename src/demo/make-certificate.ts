import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

// Generates a certificate (RFC 5280) for sites on loopback. Node reads certificates but creates none, and the libraries
// that do bring a dozen packages.

export interface Certificate {
  /** PEM. */
  certificate: string;
  key: string;
}

export interface CertificateWish {
  /** Common name; by default the first of the names. */
  commonName?: string;
  /** Host names and addresses that the certificate is valid for. */
  names: readonly string[];
  validFrom: Date;
  validTo: Date;
  /** The signing authority; self-signed when absent. */
  issuer?: Certificate & { commonName: string };
  isAuthority?: boolean;
}

export function makeCertificate(wish: CertificateWish): Certificate & { commonName: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const commonName = wish.commonName ?? wish.names[0] ?? 'nobody';
  const signer = wish.issuer?.key ?? privateKey;
  const unsigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    name(wish.issuer?.commonName ?? commonName),
    sequence(time(wish.validFrom), time(wish.validTo)),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(wish))),
  );
  const signature = sign('sha256', unsigned, signer as KeyObject | string);
  const certificate = sequence(unsigned, ECDSA_SHA256, bitString(signature));
  return {
    commonName,
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function extensions({ names, isAuthority = false }: CertificateWish): Buffer[] {
  const constraints = isAuthority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence();
  const list = [sequence(oid(2, 5, 29, 19), der(0x01, Buffer.from([0xff])), octets(constraints))];
  if (names.length > 0)
    list.push(sequence(oid(2, 5, 29, 17), octets(sequence(...names.map(alternativeName)))));
  return list;
}

function alternativeName(text: string): Buffer {
  if (isIP(text) === 4) return der(0x87, Buffer.from(text.split('.').map(Number)));
  return der(0x82, Buffer.from(text, 'ascii'));
}

const name = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(oid(2, 5, 4, 3), der(0x0c, Buffer.from(commonName)))));

/** Until 2049 RFC 5280 requires UTCTime; from then on GeneralizedTime. */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits.slice(2)))
    : der(0x18, Buffer.from(digits));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const explicit = (tag: number, content: Buffer): Buffer => der(0xa0 | tag, content);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const octets = (content: Buffer): Buffer => der(0x04, content);
const bitString = (content: Buffer): Buffer => der(0x03, Buffer.concat([Buffer.from([0]), content]));

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const ECDSA_SHA256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2));

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
