import { randomInt } from 'node:crypto';
import * as packet from 'dns-packet';
import { isIPv6 } from 'node:net';
import { fault, type Fault, type ProbeContext } from '../core/check-type.ts';
import { findingOfFault } from '../core/fault-of-code.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import { chooseAddress } from './choose-address.ts';
import { RCODES, type DnsModule, type RecordValidator } from './dns-module.ts';
import { inSeconds, type Gauges } from './gauges.ts';
import { recordText } from './resource-record.ts';
import { splitHostPort } from './split-host-port.ts';
import { tlsWishOf } from './tls.ts';

const DNS_PORT = 53;
/** RFC 7858, 3.1. */
const DNS_OVER_TLS_PORT = 853;

interface Exchanged {
  is: 'exchanged';
  bytes: Buffer;
  connectMs: number;
  requestMs: number;
}

export async function probeDns(
  module: DnsModule,
  target: string,
  context: ProbeContext,
  gauges: Gauges,
): Promise<Finding> {
  for (const phase of ['resolve', 'connect', 'request'])
    gauges.set('probe_dns_duration_seconds', 0, { phase });
  for (const section of ['answer', 'authority', 'additional'] as const)
    gauges.set(`probe_dns_${section}_rrs`, 0);
  gauges.set('probe_dns_query_succeeded', 0);
  const split = isIPv6(target) ? undefined : splitHostPort(target);
  const host = split?.host ?? target;
  const port = split?.port ?? (module.dns_over_tls ? DNS_OVER_TLS_PORT : DNS_PORT);
  const chosen = await chooseAddress(host, module, context, gauges);
  if (chosen.is === 'fault') return findingOfFault(chosen);
  gauges.set('probe_dns_duration_seconds', inSeconds(chosen.tookMs), { phase: 'resolve' });

  const id = randomInt(2 ** 16);
  const question = packet.encode({
    type: 'query',
    id,
    flags: module.recursion_desired ? packet.RECURSION_DESIRED : 0,
    questions: [
      {
        type: module.query_type as packet.RecordType,
        name: module.query_name,
        class: module.query_class as packet.RecordClass,
      },
    ],
  });
  const exchanged = await ask(module, { host, address: chosen.address, port, id, question }, context);
  if (exchanged.is === 'fault') return findingOfFault(exchanged);
  gauges.set('probe_dns_duration_seconds', inSeconds(exchanged.connectMs), { phase: 'connect' });
  gauges.set('probe_dns_duration_seconds', inSeconds(exchanged.requestMs), { phase: 'request' });

  let answer: packet.DecodedPacket;
  try {
    answer = packet.decode(exchanged.bytes);
  } catch (error) {
    return failed('protocol', `the response cannot be parsed: ${(error as Error).message}`);
  }
  const sections = {
    answer: answer.answers ?? [],
    authority: answer.authorities ?? [],
    additional: answer.additionals ?? [],
  };
  for (const [name, records] of Object.entries(sections) as ['answer', packet.Answer[]][])
    gauges.set(`probe_dns_${name}_rrs`, records.length);
  gauges.set('probe_dns_query_succeeded', 1);
  if (module.query_type === 'SOA') {
    let serial = 0;
    for (const record of sections.answer) if (record.type === 'SOA') serial = record.data.serial ?? 0;
    gauges.set('probe_dns_serial', serial);
  }
  // The lowest four bits of the flags (RFC 1035, 4.1.1).
  const code = exchanged.bytes.readUInt16BE(2) & 0xf;
  const rcode = RCODES[code] ?? `code ${code}`;
  context.log(`${rcode}, ${sections.answer.length} answers`);
  if (!module.valid_rcodes.some((valid) => valid === rcode))
    return failed(rcode === 'NXDOMAIN' ? 'dns-nxdomain' : 'dns-error', `the response code is ${rcode}`);
  for (const name of ['answer', 'authority', 'additional'] as const) {
    let records: string[];
    try {
      records = sections[name].map(recordText);
    } catch (error) {
      return failed('protocol', `${name}: a record cannot be parsed (${(error as Error).message})`);
    }
    const problem = recordsProblem(records, module[`validate_${name}_rrs`]);
    if (problem) return failed('answer', `${name}: ${problem}`);
  }
  return good(rcode);
}

interface Query {
  host: string;
  address: string;
  port: number;
  id: number;
  question: Buffer;
}

async function ask(module: DnsModule, query: Query, context: ProbeContext): Promise<Exchanged | Fault> {
  const { address, port, id, question } = query;
  const startedAt = context.elapsedMs();
  if (module.transport_protocol === 'udp') {
    const isAnswer = (bytes: Buffer) => bytes.length >= 12 && bytes.readUInt16BE(0) === id;
    const bytes = await context.askDatagram({ address, port }, question, isAnswer);
    if (!Buffer.isBuffer(bytes)) return bytes;
    return { is: 'exchanged', bytes, connectMs: 0, requestMs: context.elapsedMs() - startedAt };
  }
  const wish = module.dns_over_tls ? tlsWishOf(module.tls_config, query.host) : undefined;
  if (wish && 'is' in wish) return wish;
  const wire = await context.dial(wish ? { host: address, port, tls: wish } : { host: address, port });
  if (wire.is === 'fault') return wire;
  const connectMs = context.elapsedMs() - startedAt;
  // RFC 1035, 4.2.2: over TCP, a message is preceded by two bytes of length.
  const head = Buffer.alloc(2);
  head.writeUInt16BE(question.length);
  wire.write(Buffer.concat([head, question]));
  let read = Buffer.alloc(0);
  while (read.length < 2 || read.length < 2 + read.readUInt16BE(0)) {
    const piece = await wire.read();
    if (!Buffer.isBuffer(piece))
      return piece === 'end' ? fault('closed', 'the connection was closed before the response') : piece;
    read = Buffer.concat([read, piece]);
  }
  wire.close();
  const bytes = read.subarray(2, 2 + read.readUInt16BE(0));
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id)
    return fault('protocol', 'the response does not match the query');
  return { is: 'exchanged', bytes, connectMs, requestMs: context.elapsedMs() - startedAt - connectMs };
}

/** Judges as blackbox_exporter does, also for `fail_if_all_match_regexp`, which there fails unless all match. */
function recordsProblem(records: readonly string[], rules: RecordValidator): string | undefined {
  const {
    fail_if_matches_regexp: matches,
    fail_if_all_match_regexp: allMatch,
    fail_if_not_matches_regexp: notMatches,
    fail_if_none_matches_regexp: noneMatches,
  } = rules;
  if (records.length === 0 && notMatches.length + noneMatches.length > 0) return 'no records';
  const found = (patterns: RecordValidator['fail_if_matches_regexp'], record: string) =>
    patterns.filter((pattern) => pattern.matcher(record).find()).length;
  const shown = (record: string) => neutraliseLine(record.replaceAll('\t', ' '), 120);
  for (const record of records) {
    if (found(matches, record) > 0) return `a record matches a forbidden pattern: ${shown(record)}`;
    if (found(notMatches, record) < notMatches.length) return `a record does not match: ${shown(record)}`;
    if (found(allMatch, record) < allMatch.length) return `not all records match: ${shown(record)}`;
  }
  if (noneMatches.length > 0 && !records.some((record) => found(noneMatches, record) > 0))
    return 'no record matches';
  return undefined;
}
