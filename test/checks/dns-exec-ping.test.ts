import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { outcome, probeOnce } from '../support/probe-once.ts';
import { until } from '../support/until.ts';

/** Answers every question with these A records, or with that response code. */
async function nameServer(addresses: string[], code = 0): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(addresses.length, 6);
    header.writeUInt32BE(0, 8);
    const end = question.indexOf(0, 12) + 5;
    const answers = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([header, question.subarray(12, end), ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

describe('dns', () => {
  test.each([
    [['192.0.2.1'], 0, '{}', 'good'],
    [['192.0.2.1', '192.0.2.2'], 0, '{ answers: [192.0.2.2] }', 'good'],
    [['192.0.2.1', '192.0.2.2'], 0, '{ answers: [192.0.2.2], only: true }', 'answer'],
    [['192.0.2.1'], 0, '{ answers: [192.0.2.9] }', 'answer'],
    [[], 0, '{}', 'answer'],
    [[], 3, '{}', 'dns-nxdomain'],
    [[], 3, '{ nxdomain: true }', 'good'],
    [['192.0.2.1'], 0, '{ nxdomain: true }', 'answer'],
    [[], 2, '{}', 'dns-error'],
    [[], 5, '{}', 'dns-error'],
  ])('%j with code %i, expecting %s, is %s', async (addresses, code, expected, wanted) => {
    const port = await nameServer(addresses, code);
    const result = await probeOnce(
      `{ type: dns, query: shop.example, resolver: "127.0.0.1:${port}", expect: ${expected} }`,
    );
    expect([outcome(result), result.message]).toEqual([wanted, expect.any(String)]);
  });
});

describe('exec', () => {
  test.each([
    ['exit 0', 'good', 'no output'],
    ["echo 'OK - 3 users | users=3;5;10'; echo more; exit 0", 'good', 'OK - 3 users'],
    ["echo 'WARNING - 6 users'; exit 1", 'exit-warning', 'WARNING - 6 users'],
    ["echo 'CRITICAL'; exit 2", 'exit-critical', 'CRITICAL'],
    ["echo 'UNKNOWN - no such user'; exit 3", 'exit-unknown', 'UNKNOWN - no such user'],
    ['echo broken >&2; exit 77', 'exit-critical', 'exit code 77: broken'],
    ['kill -9 $$', 'exit-critical', 'terminated by SIGKILL: no output'],
    ["printf '\\033[31mred\\000'; exit 2", 'exit-critical', 'red�'],
  ])('%s is %s', async (script, wanted, message) => {
    const result = await probeOnce(`{ type: exec, command: [sh, -c, ${JSON.stringify(script)}] }`);
    expect([outcome(result), result.message]).toEqual([wanted, message]);
    if (script.includes('users=3')) expect(result.measured!.perfdata).toBe('users=3;5;10');
  });

  test('a warning may count as good', async () => {
    expect(outcome(await probeOnce('{ type: exec, command: [sh, -c, "exit 1"], warning: good }'))).toBe(
      'good',
    );
  });

  test('a command that is not there says nothing about the target', async () => {
    expect(await probeOnce('{ type: exec, command: [/no/such/command] }')).toMatchObject({
      verdict: 'unknown',
      message: 'cannot run /no/such/command: no such command',
    });
  });

  test('the environment of the monitor is not handed on', async () => {
    process.env['WATCHDESK_TEST_SECRET'] = 'hunter2-hunter2';
    const result = await probeOnce('{ type: exec, command: [sh, -c, "env; exit 2"], env: { MINE: given } }');
    delete process.env['WATCHDESK_TEST_SECRET'];
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test.runIf(process.platform === 'linux')(
    'at the deadline the whole process group is killed, grandchildren too',
    async () => {
      const mark = `watchdesk-test-${process.pid}`;
      const result = await probeOnce(
        `{ type: exec, command: [sh, -c, "sh -c 'sleep 60; echo ${mark}' & sleep 60; echo ${mark}"] }`,
        {},
        200,
      );
      expect(outcome(result)).toBe('timeout');
      await until('nothing of it to be left', () => commandLines().every((line) => !line.includes(mark)));
    },
  );

  test('a grandchild that keeps the pipe open does not hold up the verdict', async () => {
    const result = await probeOnce('{ type: exec, command: [sh, -c, "setsid sleep 5 & echo done"] }');
    expect([outcome(result), result.message]).toEqual(['good', 'done']);
    expect(result.durationMs).toBeLessThan(2_000);
  });
});

describe('ping', () => {
  test('loopback answers, by name and over IPv6 where there is any', async () => {
    const result = await probeOnce('{ type: ping, host: 127.0.0.1, packets: 3 }');
    expect(result.verdict === 'unknown' ? result.message : outcome(result)).toMatch(
      /^good$|cannot send ICMP/,
    );
    if (result.verdict === 'good')
      expect(result.measured).toMatchObject({ packetLoss: 0, roundTripMs: expect.any(Number) });
  });

  test('a limit that cannot be kept is slow', async () => {
    const result = await probeOnce('{ type: ping, host: 127.0.0.1, expect: { within: 0ms } }');
    if (result.verdict !== 'unknown') expect(outcome(result)).toBe('slow');
  });
});

/** Of all processes of this machine (proc(5)). */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}
