import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { perfValues, pluginOutput } from '../../src/core/perfdata.ts';
import { outcome, probeOnce } from '../support/probe-once.ts';

describe('performance data of plugins', () => {
  test.each<[string, [string, number, string][]]>([
    ['users=3;5;10', [['users', 3, '']]],
    [
      'time=0.012s;;;0 size=1256B;;;0',
      [
        ['time', 0.012, 's'],
        ['size', 1256, 'B'],
      ],
    ],
    [
      "'C:\\ %'=83%;80;90 'D:\\ %'=12%;80;90",
      [
        ['C:\\ %', 83, '%'],
        ['D:\\ %', 12, '%'],
      ],
    ],
    ["'it''s full'=7", [["it's full", 7, '']]],
    ['load1=1,25;5,0;10,0', [['load1', 1.25, '']]],
    ['rta=1.5e-3s', [['rta', 0.0015, 's']]],
    ['temp=-4.5', [['temp', -4.5, '']]],
    [
      'in=12345678901c out=9c',
      [
        ['in', 12345678901, 'c'],
        ['out', 9, 'c'],
      ],
    ],
    ['unknown=U;5;10 known=1', [['known', 1, '']]],
    ['same=1 same=2', [['same', 1, '']]],
    ['no performance data at all', []],
    ['=5 x= y=abc', []],
    ['half=.5s', [['half', 0.5, 's']]],
    ['range=5;@10:20;~:30;0;100', [['range', 5, '']]],
  ])('%s', (text, wanted) => {
    expect(perfValues(text).map(({ label, value, unit }) => [label, value, unit])).toEqual(wanted);
  });

  test('stands behind the first | of the first line and behind that of the lines below', () => {
    expect(
      pluginOutput(
        'DISK OK | /=2643MB;5948\n/ 15272 MB (77%);\n/boot 68 MB | /boot=68MB;88\n/home=69357MB;253404\n',
      ),
    ).toEqual({
      text: 'DISK OK',
      longText: '/ 15272 MB (77%);\n/boot 68 MB',
      perfdata: '/=2643MB;5948 /boot=68MB;88 /home=69357MB;253404',
    });
  });

  test('is bounded: neither a long line nor a thousand values are taken whole', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => `v${at}=${at}`).join(' ');
    expect(perfValues(many)).toHaveLength(32);
    expect(perfValues(`${'x'.repeat(100_000)}=1`)).toEqual([]);
    expect(perfValues(`${"'a''".repeat(5_000)}`)).toEqual([]);
    expect(pluginOutput(`OK | ${'x=1 '.repeat(100_000)}`).perfdata.length).toBeLessThanOrEqual(16_384);
  });

  test('comes with the result, as do the lines below the first, up to 4 KiB', async () => {
    const script = `echo 'OK - fine | time=0.5s'; for i in $(seq 400); do echo "line $i of the plugin"; done; echo 'end | size=12B'`;
    const { measured } = await probeOnce(`{ type: exec, command: [sh, -c, ${JSON.stringify(script)}] }`);
    expect(measured).toMatchObject({
      perf: [
        { label: 'time', value: 0.5, unit: 's' },
        { label: 'size', value: 12, unit: 'B' },
      ],
    });
    expect(measured!.output).toMatch(/^line 1 of the plugin\nline 2/);
    expect(measured!.output!.length).toBeLessThanOrEqual(4_097);
  });
});

test('a script with the line ends of DOS is named as that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchdesk-shebang-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'check.sh');
  writeFileSync(file, '#!/bin/sh\r\necho OK\r\n');
  chmodSync(file, 0o755);
  const result = await probeOnce(`{ type: exec, command: [${JSON.stringify(file)}] }`);
  expect(outcome(result)).not.toBe('good');
  expect(result.message).toContain('CR LF');
  writeFileSync(file, '#!/no/such/shell\necho OK\n');
  expect((await probeOnce(`{ type: exec, command: [${JSON.stringify(file)}] }`)).message).toContain(
    'no interpreter /no/such/shell',
  );
});
