import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const SECRETS = {
  urlPassword: 'p@ssw0rd-X',
  query: 'QUERYSECRET-1',
  header: 'header-value-77',
  bearer: 'bearer-token-88',
  argument: 'argument-secret-99',
};

test('no secret of a config is seen in log, API, ticket, page, wall or metrics', async () => {
  const port = await freePort();
  const url = `http://user:${encodeURIComponent(SECRETS.urlPassword)}@127.0.0.1:1/?api_key=${SECRETS.query}`;
  const checks = `[{ type: http, headers: { x-key: ${SECRETS.header} }, auth: { bearer: ${SECRETS.bearer} } }, { type: exec, command: [sh, -c, "echo $0; exit 2", "--password=\${DB_PASSWORD}"] }]`;
  const folder = await temporaryFolder(oneSiteConfig({ port, checks, url }));
  const monitor = new WatchdeskProcess(folder, port, { DB_PASSWORD: SECRETS.argument });
  await monitor.start();
  await until('both checks down', async () =>
    (await monitor.list('targets'))[0].checks.every((check: { health: string }) => check.health === 'down'),
  );
  await until('the page', async () =>
    (await monitor.list('pages')).find(({ state }) => state === 'accepted'),
  );
  const lists = ['targets', 'incidents', 'tickets', 'pages', 'effects'];
  const [incident] = await monitor.list('incidents');
  const [ticket] = await monitor.list('tickets');
  const paths = ['/', '/metrics', '/targets/shop', `/incidents/${incident.id}`, new URL(ticket.url).pathname];
  const texts = await Promise.all(paths.map(async (path) => (await fetch(monitor.url + path)).text()));
  const seen = [
    monitor.output,
    JSON.stringify(await Promise.all(lists.map((list) => monitor.list(list)))),
    ...texts,
  ];
  for (const [what, secret] of Object.entries(SECRETS)) {
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(`user:${secret}`).toString('base64'),
    ]) {
      for (const [index, text] of seen.entries())
        expect(text.includes(form), `${what} in ${['log', 'API', ...paths][index]}`).toBe(false);
    }
  }
});
