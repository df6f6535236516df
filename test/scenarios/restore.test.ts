import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';
import { FakeNtfy } from '../fakes/fake-ntfy.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const configOf = (port: number, store: string, fresh: FakeFreshdesk, ntfy: FakeNtfy) => `
server: { listen: "127.0.0.1:${port}" }
store: sqlite:${store}
channels: { push: { type: ntfy, url: "${ntfy.url}", token: "${ntfy.token}" } }
people: { maria: { name: Maria Chen, ntfy: maria-7f3a } }
on_call: { primary: { timezone: UTC, layers: [], fallback: maria } }
escalation: { urgent: [{ page: primary, via: [push] }] }
helpdesk: { type: freshdesk, url: "${fresh.url}", api_key: ${fresh.apiKey}, requester: ops@example.com, poll: 1s }
`;

const targets = (site: ControlledSite) =>
  `targets: [{ name: shop, kind: site, url: "${site.url}", checks: [{ type: http, interval: 250ms, failures: 1, recoveries: 1 }] }]`;

async function stand() {
  const fresh = await new FakeFreshdesk().start();
  onTestFinished(() => fresh.stop());
  const [site, ntfy, port, home] = [
    await ControlledSite.start(),
    await new FakeNtfy().start(),
    await freePort(),
    await temporaryFolder(),
  ];
  const folder = async (store: string) =>
    temporaryFolder({
      'watchdesk.yaml': configOf(port, store, fresh, ntfy),
      'targets/t.yaml': targets(site),
    });
  const attachments = join(home, 'attachments');
  const text = 'a picture of the rack';
  const sha256 = createHash('sha256').update(text).digest('hex');
  await mkdir(join(attachments, sha256.slice(0, 2)), { recursive: true });
  return { fresh, site, ntfy, port, home, folder, sha256, text };
}

test('a backup in the middle of an outage, restored into an empty folder: nothing is doubled, and the outage ends', async () => {
  const { fresh, site, ntfy, port, home, folder, sha256, text } = await stand();
  const first = await folder(join(home, 'watchdesk.db'));
  const monitor = new WatchdeskProcess(first, port);
  // The store comes first: attachments without one are refused.
  await monitor.start();
  await writeFile(join(home, 'attachments', sha256.slice(0, 2), sha256), text);
  site.answer(500);
  await until('the page and the ticket', async () => ntfy.published.length > 0 && fresh.tickets.length > 0);
  await until('their records', async () => {
    const [ticket] = await monitor.list('tickets');
    return ticket !== undefined;
  });
  const into = join(await temporaryFolder(), 'copy');
  expect(await watchdesk(['backup', into, '--config', first])).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(await readFile(join(into, 'backup.json'), 'utf8'))).toMatchObject({
    attachments: { files: 1 },
  });
  // As when the machine is lost.
  await monitor.kill();

  const elsewhere = join(await temporaryFolder(), 'new', 'home');
  const second = await folder(join(elsewhere, 'watchdesk.db'));
  const { code, stdout, stderr } = await watchdesk(['restore', into, '--config', second, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ attachments: 1, movedAside: [] });
  expect(await readFile(join(elsewhere, 'attachments', sha256.slice(0, 2), sha256), 'utf8')).toBe(text);
  const again = new WatchdeskProcess(second, port);
  await again.start();
  const probes = site.requests;
  await until('more failed probes', async () => site.requests > probes + 3);
  expect(await again.list('incidents')).toHaveLength(1);
  expect([fresh.tickets.length, ntfy.published.filter(({ priority }) => priority === 5).length]).toEqual([
    1, 1,
  ]);
  site.answer(200);
  await until('the end', async () => fresh.tickets[0]!.fields['status'] === 4);
  expect(fresh.tickets).toHaveLength(1);
});

test('a store that is there is left, or moved aside when that is asked for; a running monitor is not disturbed', async () => {
  const { port, home, folder } = await stand();
  const config = await folder(join(home, 'watchdesk.db'));
  const monitor = new WatchdeskProcess(config, port);
  await monitor.start();
  const into = join(await temporaryFolder(), 'copy');
  await watchdesk(['backup', into, '--config', config]);
  const running = await watchdesk(['restore', into, '--config', config, '--replace']);
  expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('The monitor is running on')]);
  expect(monitor.isAlive).toBe(true);
  await monitor.stop();
  const kept = await watchdesk(['restore', into, '--config', config]);
  expect([kept.code, kept.stderr]).toEqual([2, expect.stringContaining('There is a store at')]);
  const replaced = await watchdesk(['restore', into, '--config', config, '--replace']);
  expect([replaced.code, replaced.stdout]).toEqual([0, expect.stringContaining('Moved aside: ')]);
  expect((await readdir(home)).filter((name) => name.startsWith('watchdesk.db.replaced-'))).toHaveLength(1);
  await monitor.start();
});

test('a backup that is not whole is refused before anything is touched', async () => {
  const { port, home, folder, sha256, text } = await stand();
  const config = await folder(join(home, 'watchdesk.db'));
  const monitor = new WatchdeskProcess(config, port);
  await monitor.start();
  await writeFile(join(home, 'attachments', sha256.slice(0, 2), sha256), text);
  const copy = async () => {
    const into = join(await temporaryFolder(), 'copy');
    await watchdesk(['backup', into, '--config', config]);
    return into;
  };
  const empty = join(await temporaryFolder(), 'w.db');
  const elsewhere = await folder(empty);
  const refused = async (into: string, says: string) => {
    const { code, stderr } = await watchdesk(['restore', into, '--config', elsewhere]);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(says)]);
    expect(existsSync(empty)).toBe(false);
  };
  const changed = await copy();
  await appendFile(join(changed, 'attachments', sha256.slice(0, 2), sha256), '!');
  await refused(changed, 'is damaged: its checksum differs');
  const cut = await copy();
  await writeFile(join(cut, 'watchdesk.db'), (await readFile(join(cut, 'watchdesk.db'))).subarray(0, 5_000));
  await refused(cut, 'is damaged');
  const swapped = await copy();
  await writeFile(join(swapped, 'backup.json'), '{"no": "manifest"}');
  await refused(swapped, 'is not a manifest of a backup');
  await refused(await temporaryFolder(), 'is not a backup');

  // Attachments that cannot be read: no backup is left of which they are missing.
  const pipe = join(home, 'attachments', 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  const into = join(await temporaryFolder(), 'copy');
  const failed = await watchdesk(['backup', into, '--config', config]);
  expect([failed.code, await readdir(into)]).toEqual([1, []]);
  await rm(pipe);
  expect(await watchdesk(['backup', into, '--config', config])).toMatchObject({ code: 0, stderr: '' });
});
