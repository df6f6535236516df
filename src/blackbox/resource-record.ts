import type { Answer } from 'dns-packet';

/**
 * A record as blackbox_exporter matches it against patterns: name, time to live, class, type and data, separated by
 * tabs (RFC 1035, 5.1).
 */
export function recordText(record: Answer): string {
  const { name, type } = record;
  if (record.type === 'OPT') return `${absolute(name)}\tOPT`;
  const { ttl = 0, class: group = 'IN' } = record;
  return `${absolute(name)}\t${ttl}\t${group}\t${type}\t${dataText(record)}`;
}

function dataText(record: Answer): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.data;
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR':
      return absolute(record.data);
    case 'MX':
      return `${record.data.preference ?? 0} ${absolute(record.data.exchange)}`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = record.data;
      return `${priority} ${weight} ${port} ${absolute(target)}`;
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [absolute(mname), absolute(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    case 'TXT':
      return [record.data].flat().map(quoted).join(' ');
    case 'CAA':
      return `${record.data.flags ?? 0} ${record.data.tag} ${quoted(record.data.value)}`;
    case 'DS': {
      const { keyTag, algorithm, digestType, digest } = record.data;
      return `${keyTag} ${algorithm} ${digestType} ${digest.toString('hex').toUpperCase()}`;
    }
    case 'DNSKEY':
      // RFC 4034, 2.1.2: the protocol is always 3.
      return `${record.data.flags} 3 ${record.data.algorithm} ${record.data.key.toString('base64')}`;
    case 'RRSIG': {
      const { typeCovered, algorithm, labels, originalTTL, expiration, inception, keyTag } = record.data;
      const { signersName, signature } = record.data;
      return [
        typeCovered,
        algorithm,
        labels,
        originalTTL,
        moment(expiration),
        moment(inception),
        keyTag,
        absolute(signersName),
        signature.toString('base64'),
      ].join(' ');
    }
    case 'NSEC':
      return `${absolute(record.data.nextDomain)} ${record.data.rrtypes.join(' ')}`;
    case 'NAPTR': {
      const { order, preference, flags, services, regexp, replacement } = record.data;
      return `${order} ${preference} ${quoted(flags)} ${quoted(services)} ${quoted(regexp)} ${absolute(replacement)}`;
    }
    case 'HINFO':
      return `${quoted(record.data.cpu)} ${quoted(record.data.os)}`;
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = record.data;
      return `${usage} ${selector} ${matchingType} ${certificate.toString('hex')}`;
    }
    case 'SSHFP': {
      const { algorithm, hash, fingerprint } = record.data;
      return `${algorithm} ${hash} ${fingerprint.toUpperCase()}`;
    }
    case 'RP':
      return `${absolute(record.data.mbox)} ${absolute(record.data.txt)}`;
    default: {
      // RFC 3597, 5: the format for types that have none of their own.
      const data = 'data' in record && Buffer.isBuffer(record.data) ? record.data : Buffer.alloc(0);
      return `\\# ${data.length} ${data.toString('hex')}`;
    }
  }
}

const absolute = (name: string): string =>
  name === '.' || name === '' ? '.' : `${name.replace(/\.$/, '')}.`;

function quoted(text: string | Buffer): string {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  let inside = '';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) inside += `\\${String.fromCharCode(byte)}`;
    else if (byte < 0x20 || byte > 0x7e) inside += `\\${String(byte).padStart(3, '0')}`;
    else inside += String.fromCharCode(byte);
  }
  return `"${inside}"`;
}

/** RFC 4034, 3.2: `20261122193000`. */
const moment = (seconds: number): string =>
  new Date(seconds * 1_000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
