import { expect, test } from 'vitest';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk } from '../support/watchdesk-process.ts';

const COMMANDS = ['run', 'validate', 'probe', 'oncall', 'page', 'incidents', 'demo'];

async function folder(url = 'http://127.0.0.1:9'): Promise<string> {
  const store = `store: "sqlite:${await temporaryFolder()}/w.db"`;
  return temporaryFolder(
    oneSiteConfig({
      port: await freePort(),
      checks: '[{ type: http, expect: { body: ok } }]',
      url,
      more: store,
    }),
  );
}

test('every command has help', async () => {
  const { stdout, code } = await watchdesk(['--help']);
  expect(code).toBe(0);
  for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
  const own = await watchdesk(['probe', '--help']);
  expect(own.stdout).toContain('--json');
});

test.each([[['frobnicate']], [['probe']], [['run', '--log', 'xml']], [['oncall', '--nonsense']]])(
  '%j is wrong usage: exit 2',
  async (args) => {
    expect((await watchdesk(args)).code).toBe(2);
  },
);

test('validate', async () => {
  const good = await watchdesk(['validate', '--config', await folder()]);
  expect([good.code, good.stdout]).toEqual([
    0,
    'Config is valid (2 files): 1 target, 1 check, 2 people, 1 schedule.\n',
  ]);
  const missing = await watchdesk(['validate', '--config', '/no/such/folder', '--json']);
  expect(missing.code).toBe(2);
  expect(JSON.parse(missing.stdout)).toMatchObject({
    valid: false,
    problems: [{ file: '/no/such/folder/watchdesk.yaml' }, {}],
  });
});

test('probe shows the steps, the phases, the verdict and what it leads to', async () => {
  const site = await ControlledSite.start();
  const config = await folder(site.url);
  const good = await watchdesk(['probe', 'shop', '--config', config]);
  expect(good.code).toBe(0);
  expect(good.stdout).toMatch(
    /^shop\/http {2}http {2}http:\/\/127.*connected to 127.*status 200, 9 bytes of body.*phases: connect.*good after.*state: ● up/s,
  );
  site.answer(500);
  const bad = await watchdesk(['probe', 'shop/http', '--config', config, '--json']);
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject([
    { target: 'shop', check: 'http', verdict: 'failed', reason: 'status' },
  ]);
  const unknown = await watchdesk(['probe', 'shoop', '--config', config]);
  expect([unknown.code, unknown.stderr]).toEqual([2, 'There is no target "shoop". Did you mean "shop"?\n']);
});

test('oncall', async () => {
  const { stdout, code } = await watchdesk([
    'oncall',
    '--at',
    '2026-02-02T09:00',
    '--days',
    '14',
    '--json',
    '--config',
    await folder(),
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    { schedule: 'operations-manager', person: 'maria', because: 'layer', duties: [{ person: 'maria' }] },
  ]);
  expect((await watchdesk(['oncall', '--at', 'soon', '--config', await folder()])).code).toBe(2);
});

test('page and incidents', async () => {
  const config = await folder();
  const paged = await watchdesk(['page', 'operations-manager', '--config', config]);
  // Printed here is sent to nobody.
  expect(paged.code).toBe(1);
  expect(paged.stdout).toMatch(
    /^sms to Maria Chen: TEST page from Watchdesk for Maria Chen\. No action needed\. http.*\nTest page to operations-manager via sms: printed here only, not sent to anyone\.\n {2}Channel sms is not configured\. .*docs\/channels\)\.\n$/,
  );
  expect((await watchdesk(['page', 'nobody', '--config', config])).code).toBe(2);
  expect((await watchdesk(['incidents', '--config', config])).stdout).toBe('No open incidents.\n');
});
