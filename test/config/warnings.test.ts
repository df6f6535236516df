import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk } from '../support/watchdesk-process.ts';

const OVERRIDES = {
  // Devon has the week from Nov 1, 2100 on: he cannot be replaced by himself, nor Maria be replaced.
  'for himself': '{ from: 2100-11-02T09:00, to: 2100-11-03T09:00, with: devon }',
  'of who is not on call': '{ from: 2100-11-02T09:00, to: 2100-11-03T09:00, with: ines, replace: maria }',
  'without who is not on call': '{ from: 2100-11-02T09:00, to: 2100-11-03T09:00, remove: maria }',
  'one too many': '{ from: 2100-11-02T09:00, to: 2100-11-03T09:00, add: devon }',
};
const GOOD = {
  stand: '{ from: 2100-11-02T09:00, to: 2100-11-03T09:00, with: ines }',
  'partly his own': '{ from: 2100-10-31T09:00, to: 2100-11-03T09:00, with: devon }',
  over: '{ from: 2020-11-02T09:00, to: 2020-11-03T09:00, remove: ines }',
};

async function warned(override: string, program: string): Promise<string[]> {
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:8080" }
channels: { sms: { type: console } }
escalation: { urgent: [{ page: primary, via: [sms] }] }
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
  devon: { name: Devon Hall, sms: "+12895550102" }
  ines: { name: Ines Roy, sms: "+12895550103" }
on_call:
  primary:
    timezone: America/Toronto
    layers: [{ rotation: [devon], start: 2100-11-01T00:00, every: 1 week }]
    overrides: [${override}]
    fallback: maria
`,
    'targets/t.yaml': `targets: [{ name: disk, kind: server, checks: [{ type: exec, command: [${program}] }] }]`,
  });
  const { code, stdout } = await watchdesk(['validate', '--json', '--config', folder]);
  expect([code, stdout]).toEqual([0, expect.anything()]);
  return (JSON.parse(stdout) as { warnings: string[] }).warnings;
}

test.each(Object.entries(OVERRIDES))('an override that changes nothing is said: %s', async (_, override) => {
  expect(await warned(override, 'sh')).toEqual([
    expect.stringMatching(
      /^the override of primary from 2100-11-02 09:00 to 2100-11-03 09:00 \(America\/Toronto\), .* changes nothing/,
    ),
  ]);
});

test.each(Object.entries(GOOD))(
  'an override that changes something, or is over, is not: %s',
  async (_, one) => {
    expect(await warned(one, 'sh')).toEqual([]);
  },
);

test('a plugin that is not on this machine is said, and the config is still valid', async () => {
  expect(await warned(GOOD.over, '/usr/lib/nagios/plugins/check_nothing')).toEqual([
    'the program /usr/lib/nagios/plugins/check_nothing of the check disk/exec does not exist or is not executable on this machine',
  ]);
  expect(await warned(GOOD.over, 'check_nothing')).toEqual([
    'the program check_nothing of the check disk/exec is not on the PATH on this machine',
  ]);
  const folder = await temporaryFolder({});
  const plugin = join(folder, 'check_disk');
  await writeFile(plugin, '#!/bin/sh\n');
  expect(await warned(GOOD.over, plugin)).toHaveLength(1);
  await chmod(plugin, 0o755);
  expect(await warned(GOOD.over, plugin)).toEqual([]);
});
