import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { ownAddress, rebaseFor } from '../../src/web/base-path.ts';
import type { StatusSettings } from '../../src/status/status-settings.ts';
import { browserPath, openBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

describe('addresses behind a proxy under a path', () => {
  const at = (publicUrl: string, url?: string) => ({
    publicUrl,
    status: url === undefined ? undefined : ({ url } as StatusSettings),
  });
  const top = at('https://w.example');
  const below = at('https://w.example/watch');
  const both = at('https://w.example/watch', 'https://w.example/uptime');
  test.each([
    ['/x', top, '/x'],
    ['/watch/x?a=b', below, '/x?a=b'],
    ['/watch', below, '/'],
    ['/watch?a', below, '/?a'],
    ['/watchdog', below, '/watchdog'],
    ['/x', below, '/x'],
    ['/uptime', both, '/status'],
    ['/uptime/feed.rss', both, '/status/feed.rss'],
    ['/watch/status', both, '/status'],
  ])('%s arrives at %j as %s', (url, config, wanted) => {
    expect(ownAddress(url, config)).toBe(wanted);
  });
  test.each([
    ['/', below, '/incidents/1', '/watch/incidents/1'],
    ['/', below, '//elsewhere', '//elsewhere'],
    ['/', below, 'https://elsewhere/', 'https://elsewhere/'],
    ['/status', below, '/status/feed.rss', '/watch/status/feed.rss'],
    ['/status', both, '/status/feed.rss', '/uptime/feed.rss'],
    ['/status', both, '/assets/style.css', '/uptime/assets/style.css'],
    ['/status', both, '/login', '/watch/login'],
    ['/', both, '/status', '/watch/status'],
  ])('on %s of %j the address %s is shown as %s', (page, config, address, wanted) => {
    expect(rebaseFor(page, config)!(address)).toBe(wanted);
  });
  test('at the top nothing is touched', () => {
    expect(rebaseFor('/', top)).toBe(undefined);
    expect(rebaseFor('/status', at('https://w.example', 'https://status.example'))).toBe(undefined);
  });
});

const PASSWORD = 'correct horse battery';
const PROXIES = [
  {
    name: 'nginx',
    path: '/usr/sbin/nginx',
    // The path is taken away.
    config: (port: number, to: number, folder: string) => `
      daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
      events {}
      http {
        access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
        fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
        server {
          listen 127.0.0.1:${port};
          location /watch/ {
            proxy_pass http://127.0.0.1:${to}/;
            proxy_http_version 1.1; proxy_buffering off;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
          }
          location /uptime/ { proxy_pass http://127.0.0.1:${to}/status/; proxy_set_header Host $http_host; }
          location = /uptime { proxy_pass http://127.0.0.1:${to}/status; proxy_set_header Host $http_host; }
        }
      }`,
    args: (file: string, folder: string) => ['-c', file, '-p', folder],
  },
  {
    name: 'Caddy',
    path: '/usr/bin/caddy',
    // The path is handed on as it came.
    config: (port: number, to: number) => `
      { 
        admin off
        auto_https off
      }
      http://127.0.0.1:${port} {
        reverse_proxy /watch* 127.0.0.1:${to}
        reverse_proxy /uptime* 127.0.0.1:${to}
      }`,
    args: (file: string) => ['run', '--config', file, '--adapter', 'caddyfile'],
  },
];

for (const { name, path, config, args } of PROXIES) {
  const isHere = existsSync(path) && browserPath !== undefined;
  if (!isHere) console.log(`Skipped: under a path behind ${name}; to try it install ${path} and Chromium.`);
  test.runIf(isHere)(
    `under /watch/ behind ${name} every page, form, update and the public page works`,
    async () => {
      const [port, proxyPort] = [await freePort(), await freePort()];
      const outside = `http://127.0.0.1:${proxyPort}`;
      const folder = await temporaryFolder({
        'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}", public_url: "${outside}/watch", trusted_proxies: [127.0.0.1] }
store: "sqlite:w.db"
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
access: { users: { maria: { role: admin, password: "${cheapHash(PASSWORD)}" } } }
status_page: { title: Acme status, url: "${outside}/uptime", components: customers }
`,
        'targets/here.yaml': `customer: { name: Acme }\ntargets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
      });
      const monitor = new WatchdeskProcess(folder, port);
      await monitor.start();
      const proxyFolder = await temporaryFolder();
      const file = join(proxyFolder, 'proxy.conf');
      await writeFile(file, config(proxyPort, port, proxyFolder));
      const proxy = spawn(path, args(file, proxyFolder), {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, HOME: proxyFolder, XDG_DATA_HOME: proxyFolder, XDG_CONFIG_HOME: proxyFolder },
      });
      let said = '';
      for (const stream of [proxy.stdout, proxy.stderr]) stream.on('data', (piece) => (said += piece));
      onTestFinished(async () => {
        const ended = once(proxy, 'exit');
        proxy.kill('SIGTERM');
        await ended;
      });
      await until(`${name} to answer (${said})`, async () => (await fetch(`${outside}/watch/healthz`)).ok);

      const browser = await openBrowser();
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      const strays: string[] = [];
      page.on('response', (answer) => {
        if (answer.status() >= 400) strays.push(`${answer.status()} ${answer.url()}`);
      });
      await page.goto(`${outside}/watch/`);
      await page.waitForURL(`${outside}/watch/login?next=%2F`);
      await page.getByLabel('Username or email address').fill('maria');
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${outside}/watch/`);
      expect((await page.context().cookies()).map((cookie) => cookie.path)).toEqual(['/watch/']);
      await page.locator('text=/^Live, times in/').waitFor();
      // Every link of the pages that have most of them leads somewhere.
      for (const start of [
        '/watch/',
        '/watch/tickets',
        '/watch/maintenance',
        '/watch/oncall',
        '/watch/monitor',
      ]) {
        await page.goto(outside + start);
        const links = await page
          .locator('a[href], link[href], script[src], form[action]')
          .evaluateAll((all) =>
            all.map(
              (one) => one.getAttribute('href') ?? one.getAttribute('src') ?? one.getAttribute('action')!,
            ),
          );
        const own = links.filter((link) => link.startsWith('/'));
        expect(own.length).toBeGreaterThan(5);
        expect(own.filter((link) => !link.startsWith('/watch'))).toEqual([]);
      }
      await page.goto(`${outside}/watch/tickets`);
      await page.getByText('New ticket').click();
      await page.getByLabel('Subject').fill('Printer');
      await page.getByRole('button', { name: 'Create ticket' }).click();
      await page.waitForURL(`${outside}/watch/tickets/1`);
      await page.goto(`${outside}/watch/targets/here`);
      expect(await page.getByRole('heading', { name: /here/ }).count()).toBeGreaterThan(0);

      await page.goto(`${outside}/uptime`);
      expect(await page.title()).toContain('Acme status');
      const publicLinks = await page
        .locator('a[href], link[href], script[src]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? one.getAttribute('src')!));
      expect(publicLinks.filter((link) => link.startsWith('/') && !link.startsWith('/uptime'))).toEqual([]);
      expect((await fetch(`${outside}/uptime/feed.rss`)).status).toBe(200);
      expect(await page.evaluate('getComputedStyle(document.body).fontFamily')).not.toContain('Times');
      expect(strays.filter((stray) => !stray.startsWith('401'))).toEqual([]);
    },
  );
}
