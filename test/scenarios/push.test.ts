import { expect, test } from 'vitest';
import { FakeNtfy } from '../fakes/fake-ntfy.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const config = (port: number, ntfy: FakeNtfy, person: string) => `
server: { listen: "127.0.0.1:${port}" }
channels: { push: { type: ntfy, url: "${ntfy.url}", token: "${ntfy.token}" } }
people: { maria: { name: Maria Chen, ${person} } }
on_call: { primary: { timezone: UTC, layers: [], fallback: maria } }
escalation: { urgent: [{ page: primary, via: [push] }] }
`;

test('a person is paged by ntfy and acknowledges on the notification, as the app does it', async () => {
  const [site, ntfy, port] = [await ControlledSite.start(), await new FakeNtfy().start(), await freePort()];
  const folder = await temporaryFolder({
    'watchdesk.yaml': config(port, ntfy, 'ntfy: maria-7f3a'),
    'targets/t.yaml': `targets: [{ name: shop, kind: site, url: "${site.url}", checks: [{ type: http, interval: 250ms, failures: 1 }] }]`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  site.answer(500);
  await until('the page', async () => ntfy.published.length > 0);
  const [page] = ntfy.published;
  expect(page).toMatchObject({ topic: 'maria-7f3a', priority: 5 });
  const { url, method, headers, body } = page!.actions[0]!;
  const answer = await fetch(url, { method, headers, body });
  expect(answer.status).toBe(200);
  const [incident] = await monitor.list('incidents');
  expect(incident).toMatchObject({ status: 'worked', by: 'maria' });
  expect(monitor.output).not.toContain(ntfy.token);
});

test('what a channel declares is what people have: missing and mistyped addresses are named', async () => {
  const [ntfy, port] = [await new FakeNtfy().start(), await freePort()];
  const said = async (person: string) => {
    const folder = await temporaryFolder({
      'watchdesk.yaml': config(port, ntfy, person),
      'targets/t.yaml': `targets: [{ name: x, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: 1 }] }]`,
    });
    return (await watchdesk(['validate', '--config', folder])).stderr;
  };
  expect(await said('sms: "+12895550101"')).toContain(
    'maria cannot be reached via push; add `ntfy` to people.maria, or use another channel',
  );
  expect(await said('ntfy: "not a topic"')).toContain('a topic of letters, digits, hyphens and underscores');
  expect(await said('ntfi: maria')).toContain('did you mean "ntfy"?');
});
