import { expect, test } from 'vitest';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const TARGETS = 300;

test('many targets that fail together get one ticket and one page each, over a kill -9 in the middle of it', async () => {
  const site = await ControlledSite.start();
  const port = await freePort();
  const targets = Array.from(
    { length: TARGETS },
    (_, n) => `  - { name: t${n}, kind: server, url: "${site.url}", checks: [{ type: http }] }`,
  );
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
escalation: { urgent: [{ page: maria, via: [sms] }] }
defaults: { interval: 1s, timeout: 900ms, failures: 2, recoveries: 1 }
`,
    'targets/all.yaml': `targets:\n${targets.join('\n')}\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
  site.answer(500);
  await until('the first tickets', async () => (await monitor.list('tickets')).length > 20);
  await monitor.kill();
  await monitor.start();
  const pages = await until('every page', async () => {
    const all = await monitor.list('pages?kind=page&state=accepted');
    return all.length >= TARGETS && all;
  });
  // A page never waits for its ticket.
  const tickets = await until('every ticket', async () => {
    const all = await monitor.list('tickets');
    return all.length >= TARGETS && all;
  });
  const one = (items: { incident: string }[]) => new Set(items.map(({ incident }) => incident)).size;
  expect([pages.length, one(pages), tickets.length, one(tickets)]).toEqual([
    TARGETS,
    TARGETS,
    TARGETS,
    TARGETS,
  ]);
  expect(new Set((await monitor.list('incidents')).map(({ target }) => target)).size).toBe(TARGETS);
  site.answer(200);
  await until(
    'every recovery',
    async () => (await monitor.list('tickets?status=resolved')).length === TARGETS,
  );
  expect(await monitor.metric('watchdesk_incidents_open{priority="urgent"}')).toBe(0);
  await until(
    'every notice',
    async () => (await monitor.list('pages?kind=notice&state=accepted')).length === TARGETS,
  );
});
