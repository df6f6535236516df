import * as packet from 'dns-packet';
import { z } from 'zod';
import { addressFields, flag, pattern, refused, text, tlsConfig } from './module-fields.ts';

const validator = z
  .strictObject({
    fail_if_matches_regexp: z.array(pattern).default([]),
    fail_if_all_match_regexp: z.array(pattern).default([]),
    fail_if_not_matches_regexp: z.array(pattern).default([]),
    fail_if_none_matches_regexp: z.array(pattern).default([]),
  })
  .prefault({});

/** RFC 1035, RFC 6895: names of the response codes. */
export const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
] as const;

/** https://www.iana.org/assignments/dns-parameters: the record types that the library can encode. */
const isQueryType = (type: string): boolean => {
  const question = packet.encode({ type: 'query', questions: [{ type: type as 'A', name: 'a' }] });
  // The library encodes an unknown type as 0.
  return question.readUInt16BE(question.length - 4) !== 0 && type === type.toUpperCase();
};

/** The `dns:` block of a module. */
export const dnsModule = z
  .strictObject({
    ...addressFields,
    source_ip_address: refused('the system chooses the address'),
    dns_over_tls: flag.default(false),
    tls_config: tlsConfig,
    transport_protocol: z.enum(['udp', 'tcp']).default('udp'),
    query_class: z
      .enum(['', 'IN', 'CS', 'CH', 'HS', 'ANY'])
      .default('IN')
      .transform((name) => name || 'IN'),
    query_name: text.refine((name) => name !== '', 'a name to ask for'),
    query_type: text
      .default('')
      .transform((type) => type || 'ANY')
      .refine(isQueryType, 'a record type in capitals, such as A, MX or SOA'),
    recursion_desired: flag.default(true),
    valid_rcodes: z.array(z.enum(RCODES)).default(['NOERROR']),
    validate_answer_rrs: validator,
    validate_authority_rrs: validator,
    validate_additional_rrs: validator,
  })
  .refine(
    (given) => !given.dns_over_tls || given.transport_protocol === 'tcp',
    '`transport_protocol: tcp` together with `dns_over_tls`',
  );

export type DnsModule = z.output<typeof dnsModule>;
export type RecordValidator = DnsModule['validate_answer_rrs'];
