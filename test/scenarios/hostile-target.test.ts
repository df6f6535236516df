import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const NASTY =
  '\u001b]0;owned\u0007\u001b[31m<script>alert(1)</script><img src=x onerror=alert(1)>\u0000\u202e"\'';

test('what a hostile target answers reaches ticket, page, log, API and wall only cut and neutralised', async () => {
  const body = Buffer.concat([
    Buffer.from(NASTY),
    Buffer.from([0xff, 0xfe, 0xc0]),
    Buffer.alloc(10_000_000, 'A'),
  ]);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 500 ${NASTY}\r\nx: ${NASTY}\r\n\r\n`), body])),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const port = await freePort();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const checks =
    '[{ type: http, name: status }, { type: http, name: body, expect: { status: 500, body: fine } }]';
  const folder = await temporaryFolder(oneSiteConfig({ port, checks, url, interval: '300ms' }));
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('both checks down', async () =>
    (await monitor.list('targets'))[0].checks.every((check: { health: string }) => check.health === 'down'),
  );
  const page = await until('the page', async () =>
    (await monitor.list('pages')).find(({ state }) => state === 'accepted'),
  );
  const [ticket] = await monitor.list('tickets');
  const [incident] = await monitor.list('incidents');
  const seen = {
    page: page.text as string,
    ticket: ticket.subject + ticket.body,
    log: monitor.output,
    api: JSON.stringify(
      await Promise.all(['targets', 'incidents', 'pages', 'effects'].map((list) => monitor.list(list))),
    ),
    wall: await (await fetch(monitor.url)).text(),
    incident: await (await fetch(`${monitor.url}/incidents/${incident.id}`)).text(),
    target: await (await fetch(`${monitor.url}/targets/shop`)).text(),
    ticketPage: await (await fetch(ticket.url)).text(),
    metrics: await (await fetch(`${monitor.url}/metrics`)).text(),
  };
  for (const [where, text] of Object.entries(seen)) {
    expect(text, where).not.toMatch(/[\u0000\u0007\u001b\u202e]|\\u001b|\\u0000|\\u0007|\\u202e/);
    expect(text, where).not.toContain('A'.repeat(1_000));
  }
  for (const where of ['wall', 'incident', 'target', 'ticketPage'] as const) {
    expect(seen[where], where).not.toMatch(/<script>alert|<img src=x/);
    expect(seen[where].length, where).toBeLessThan(50_000);
  }
  expect(seen.page.length).toBeLessThanOrEqual(160);
  expect(seen.ticket.length).toBeLessThan(16_400);
});
