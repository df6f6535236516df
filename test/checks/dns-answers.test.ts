import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import * as packet from 'dns-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { outcome, probeOnce } from '../support/probe-once.ts';

const LATIN = Buffer.from('Größe', 'latin1');
const KEY = `v=DKIM1; p=${'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB'.repeat(14)}`;
const at = (name: string, type: string, data: unknown) => ({ name, type, ttl: 60, data }) as packet.Answer;

const ZONE: packet.Answer[] = [
  at('txt.test', 'TXT', ['site-check=AbCdEf123']),
  at('utf8.test', 'TXT', [Buffer.from('Größe')]),
  at('latin.test', 'TXT', [LATIN]),
  at('dkim.test', 'TXT', [Buffer.from(KEY.slice(0, 255)), Buffer.from(KEY.slice(255))]),
  at('many.test', 'A', '192.0.2.3'),
  at('many.test', 'A', '192.0.2.1'),
  at('six.test', 'AAAA', '2001:db8::1'),
  at('mx.test', 'MX', { preference: 20, exchange: 'B.Mail.Test' }),
  at('mx.test', 'MX', { preference: 10, exchange: 'a.mail.test' }),
  at('nullmx.test', 'MX', { preference: 0, exchange: '.' }),
  at('srv.test', 'SRV', { priority: 10, weight: 5, port: 5060, target: 'Sip.test' }),
  at('caa.test', 'CAA', { flags: 0, tag: 'issue', value: 'LetsEncrypt.org' }),
  at('caa.test', 'CAA', { flags: 0, tag: 'issuewild', value: 'other.example' }),
  at('xn--bcher-kva.test', 'A', '192.0.2.9'),
  at('www.test', 'CNAME', 'edge.test'),
  at('edge.test', 'A', '192.0.2.7'),
  at('only.test', 'CNAME', 'nowhere.test'),
];

/** A name server for the zone, by UDP, and by TCP what does not fit there. */
async function nameServer(): Promise<number> {
  const answerTo = (question: Buffer, isTcp: boolean): Buffer => {
    const asked = packet.decode(question);
    const [{ name, type }] = asked.questions as [{ name: string; type: string }];
    const answers: packet.Answer[] = [];
    let owner = name.toLowerCase();
    for (;;) {
      answers.push(...ZONE.filter((one) => one.name === owner && one.type === type));
      const alias =
        type === 'CNAME' ? undefined : ZONE.find((one) => one.name === owner && one.type === 'CNAME');
      if (!alias) break;
      answers.push(alias);
      owner = (alias as unknown as { data: string }).data;
    }
    const isKnown = ZONE.some((one) => one.name === name.toLowerCase());
    const isCut = !isTcp && name === 'dkim.test';
    return packet.encode({
      type: 'response',
      id: asked.id!,
      flags:
        packet.RECURSION_DESIRED |
        packet.RECURSION_AVAILABLE |
        (isCut ? packet.TRUNCATED_RESPONSE : 0) |
        (isKnown ? 0 : 3),
      questions: asked.questions!,
      answers: isCut ? [] : answers,
    });
  };
  const udp = createSocket('udp4');
  udp.on('message', (question, from) => udp.send(answerTo(question, false), from.port, from.address));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const { port } = udp.address();
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const answer = answerTo(Buffer.from(bytes as Buffer).subarray(2), true);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    });
  });
  // The same number may be taken there by somebody else: then another one is tried.
  const isFree = await new Promise<boolean>((resolve) => {
    tcp.once('error', () => resolve(false));
    tcp.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) {
    udp.close();
    return nameServer();
  }
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  return port;
}

describe('records compare by what they mean', () => {
  test.each<[string, string, string, string]>([
    ['txt.test', 'TXT', '{ answers: ["site-check=AbCdEf123"] }', 'good'],
    ['txt.test', 'TXT', '{ answers: ["site-check=abcdef123"] }', 'answer'],
    ['utf8.test', 'TXT', '{ answers: ["Größe"] }', 'good'],
    ['latin.test', 'TXT', '{ answers: ["Größe"] }', 'good'],
    ['dkim.test', 'TXT', `{ answers: ["${KEY}"], only: true }`, 'good'],
    ['many.test', 'A', '{ answers: [192.0.2.1, 192.0.2.3], only: true }', 'good'],
    ['six.test', 'AAAA', '{ answers: ["2001:0DB8:0:0::1"], only: true }', 'good'],
    ['mx.test', 'MX', '{ answers: ["10 A.mail.test.", "20 b.mail.test"], only: true }', 'good'],
    ['nullmx.test', 'MX', '{ answers: ["0 ."] }', 'good'],
    ['srv.test', 'SRV', '{ answers: ["10 5 5060 sip.test."] }', 'good'],
    ['caa.test', 'CAA', '{ answers: ["0 issue LetsEncrypt.org"] }', 'good'],
    ['caa.test', 'CAA', '{ answers: [\'0 ISSUEWILD "other.example"\'] }', 'good'],
    ['caa.test', 'CAA', '{ answers: ["0 issuewild LetsEncrypt.org"] }', 'answer'],
    ['bücher.test', 'A', '{ answers: [192.0.2.9] }', 'good'],
    ['www.test', 'A', '{ answers: [192.0.2.7], only: true }', 'good'],
    ['www.test', 'CNAME', '{ answers: [Edge.test] }', 'good'],
    ['only.test', 'A', '{}', 'answer'],
    ['only.test', 'A', '{ nxdomain: true }', 'answer'],
    ['gone.test', 'A', '{}', 'dns-nxdomain'],
  ])('%s %s with %s is %s', async (query, record, expected, wanted) => {
    const port = await nameServer();
    const result = await probeOnce(
      `{ type: dns, query: ${query}, record: ${record}, resolver: "127.0.0.1:${port}", expect: ${expected} }`,
    );
    expect([outcome(result), result.message]).toEqual([wanted, expect.any(String)]);
  });
});
