import type { X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** A host for SNI and name comparison: without the final dot, internationalised names in their ASCII form. */
export function asciiHost(host: string): string {
  const plain = host.replace(/\.$/, '');
  if (isIP(plain) !== 0) return plain;
  // eslint-disable-next-line no-control-regex
  return /[^\u0000-\u007f]/.test(plain) ? domainToASCII(plain) || plain : plain;
}

/** The names that a certificate is valid for: from subjectAltName alone, as RFC 9525 requires. */
export interface CertificateNames {
  dns: readonly string[];
  ip: readonly string[];
}

export function namesOf({ subjectAltName }: Pick<X509Certificate, 'subjectAltName'>): CertificateNames {
  const dns: string[] = [];
  const ip: string[] = [];
  for (const entry of (subjectAltName ?? '').split(/, (?=[A-Za-z ]+:)/)) {
    const colon = entry.indexOf(':');
    const value = unquoted(entry.slice(colon + 1));
    if (entry.startsWith('DNS:')) dns.push(value);
    else if (entry.startsWith('IP Address:')) ip.push(value);
  }
  return { dns, ip };
}

/** Node quotes a name that contains a separator of the list. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

/** https://www.rfc-editor.org/rfc/rfc9525#section-6: whole labels, a wildcard only as the first, addresses by value. */
export function isNamed({ dns, ip }: CertificateNames, host: string): boolean {
  if (isIP(host) !== 0) return ip.some((one) => sameAddress(one, host));
  const name = host.toLowerCase();
  return dns.some((entry) => {
    const pattern = entry.toLowerCase().replace(/\.$/, '');
    if (!pattern.startsWith('*.')) return pattern === name;
    const rest = pattern.slice(1);
    const first = name.slice(0, -rest.length);
    return name.endsWith(rest) && first !== '' && !first.includes('.') && rest.slice(1).includes('.');
  });
}

function sameAddress(a: string, b: string): boolean {
  if (!isIPv6(a) || !isIPv6(b)) return a === b;
  const canonical = (address: string) => new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname;
  return canonical(a) === canonical(b);
}
