import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

async function watchMany() {
  const [port, closed] = [await freePort(), await freePort()];
  const files: Record<string, string> = {
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
defaults: { interval: 1s, timeout: 500ms, failures: 2 }
incidents: { group_at: 1000 }
`,
  };
  // Four customers of twenty targets; of the second one two are down.
  for (let customer = 1; customer <= 4; customer++) {
    const targets = Array.from({ length: 20 }, (_, index) => {
      const isDown = customer === 2 && index < 2;
      return `  - { name: c${customer}-host-${index}, kind: ${index % 2 ? 'site' : 'server'}, address: 127.0.0.1, tags: [rack-${index}], checks: [{ type: tcp, port: ${isDown ? closed : port} }] }`;
    });
    files[`targets/${customer}.yaml`] =
      `customer: { name: Customer ${customer} }\ntargets:\n${targets.join('\n')}\n`;
  }
  const monitor = new WatchdeskProcess(await temporaryFolder(files), port);
  await monitor.start();
  await until('a picture of all', async () => {
    const health = (await monitor.list('targets')).map((target) => target.health);
    return (
      health.filter((one) => one === 'up').length === 78 &&
      health.filter((one) => one === 'down').length === 2
    );
  });
  const wall = async (query = '') => {
    const text = await (await fetch(`${monitor.url}/${query}`)).text();
    return {
      text,
      rows: [...text.matchAll(/<a class="target" href="\/targets\/([^"]+)"/g)].map(([, name]) => name!),
      groups: [...text.matchAll(/<a class="row" href="([^"]+)"/g)].map(([, href]) =>
        href!.replaceAll('&amp;', '&'),
      ),
    };
  };
  return { monitor, wall };
}

test('of many targets what is wrong is listed, the rest is counted, and all of it is found', async () => {
  const { wall } = await watchMany();
  const brief = await wall();
  expect(brief.rows).toEqual(['c2-host-0', 'c2-host-1']);
  expect(brief.groups).toEqual(['/?group=Customer+1', '/?group=Customer+3', '/?group=Customer+4']);
  expect(brief.text).toContain('18 more targets');
  expect(brief.text).toContain('All 80 targets');

  expect((await wall('?show=all')).rows).toHaveLength(80);
  expect((await wall('?group=Customer+3')).rows).toHaveLength(20);
  expect((await wall('?state=down')).rows).toEqual(['c2-host-0', 'c2-host-1']);
  expect((await wall('?state=down&group=Customer+1')).text).toContain('No match in 80 targets.');
  // Every word, anywhere in what a target is.
  expect((await wall('?q=rack-7+customer+4')).rows).toEqual(['c4-host-7']);
  expect((await wall('?q=HOST-19')).rows).toHaveLength(4);
  expect((await wall('?by=kind&group=site')).rows).toHaveLength(40);
  expect((await wall('?by=site')).text).toContain('No site');
  // An old bookmark, or nonsense, still leads to the wall.
  expect((await wall('?by=nothing&state=odd&show=me&q=')).rows).toEqual(brief.rows);
  const hostile = await wall(`?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
  expect(hostile.text).not.toContain('<script>alert');
  expect(hostile.rows).toEqual([]);
});

test('all of very many targets come in pages of five hundred, each target once', async () => {
  const port = await freePort();
  const targets = Array.from(
    { length: 600 },
    (_, index) =>
      `  - { name: host-${index}, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }`,
  );
  const folder = await temporaryFolder({
    'watchdesk.yaml': `server: { listen: "127.0.0.1:${port}" }\ndefaults: { interval: 1h }\n`,
    'targets/a.yaml': `targets:\n${targets.join('\n')}\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const page = async (query: string) => {
    const text = await (await fetch(`${monitor.url}/${query}`)).text();
    return {
      text,
      rows: [...text.matchAll(/<a class="target" href="\/targets\/(host-\d+)"/g)].map(([, name]) => name!),
    };
  };
  // What is worse stands first: the order rests when all have been seen.
  await until(
    'a picture of all',
    async () => (await monitor.json('/api/v1/targets?health=unknown')).items.length === 0,
  );
  const pages = [await page('?show=all'), await page('?show=all&page=2')];
  expect(Math.max(...pages.map(({ rows }) => rows.length))).toBe(500);
  expect(pages.flatMap(({ rows }) => rows)).toHaveLength(600);
  expect(new Set(pages.flatMap(({ rows }) => rows)).size).toBe(600);
  expect(pages[0]!.text).toContain('/?show=all&amp;page=2');
  // What is looked for comes in pages, too.
  expect((await page('?q=host')).rows).toHaveLength(500);
  expect((await page('?q=host&page=2')).rows).toHaveLength(100);
});
