import { expect, test } from 'vitest';
import { checksum, echoRequest, readAnswer } from '../../src/probing/icmp-packet.ts';
import { ipv6Bytes } from '../../src/core/ipv6-bytes.ts';

const INSTANCE = 0xdeadbeef;

test('an echo request checks out (RFC 1071), and its reply is known again', () => {
  const request = echoRequest(4, INSTANCE, 7);
  expect(checksum(request)).toBe(0);
  expect(readAnswer(4, request, INSTANCE)).toBeUndefined();
  const reply = Buffer.from(request);
  reply[0] = 0;
  expect(readAnswer(4, reply, INSTANCE)).toEqual({ is: 'reply', token: 7 });
  const header = Buffer.from([0x45, ...Array<number>(19).fill(0)]);
  header[8] = 61;
  const withIp = Buffer.concat([header, reply]);
  expect(readAnswer(4, withIp, INSTANCE)).toEqual({ is: 'reply', token: 7, hopLimit: 61 });
  expect(readAnswer(4, reply, INSTANCE + 1)).toBeUndefined();
  expect(readAnswer(4, reply.subarray(0, 12), INSTANCE)).toBeUndefined();
});

test('a router that says unreachable quotes the request', () => {
  const ip = Buffer.from([0x45, ...Array<number>(19).fill(0)]);
  const error = Buffer.concat([ip, Buffer.from([3, 1, 0, 0, 0, 0, 0, 0]), ip, echoRequest(4, INSTANCE, 9)]);
  expect(readAnswer(4, error, INSTANCE)).toEqual({ is: 'unreachable', token: 9 });
});

test.each([
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::5:0:6', '20010db8000000000000000500000006'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
])('%s has the bytes %s', (address, bytes) => {
  expect(Buffer.from(ipv6Bytes(address)).toString('hex')).toBe(bytes);
});
