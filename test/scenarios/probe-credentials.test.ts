import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';
import { grpcTarget } from '../../src/blackbox/grpc-target.ts';
import { isListed, isMetadataAddress, hostOfTarget } from '../../src/web/probe-targets.ts';

async function listener() {
  const heard: string[] = [];
  const server = createServer((request, answer) => {
    heard.push(`${request.headers.authorization ?? 'nothing'} ${request.headers['x-api-key'] ?? 'nothing'}`);
    answer.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { heard, port: (server.address() as AddressInfo).port };
}

async function begin(targets: string) {
  const port = await freePort();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
probe: { modules: blackbox.yml${targets} }
`,
    'blackbox.yml': `modules:
  with_auth: { prober: http, http: { basic_auth: { username: probe, password: a-secret }, headers: { X-Api-Key: another-secret } } }
  plain: { prober: http }
`,
    'targets/here.yaml': `targets: [{ name: here, kind: server, address: localhost, checks: [{ type: tcp, port: ${port} }] }]\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const probe = async (module: string, target: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${monitor.url}/probe?module=${module}&target=${encodeURIComponent(target)}`, {
      headers,
    });
    return { status: answer.status, text: await answer.text() };
  };
  return { monitor, probe };
}

test('credentials of a module go to hosts of our own targets and of probe.targets, and to nobody else', async () => {
  const thief = await listener();
  const { probe } = await begin('');
  const refused = await probe('with_auth', `http://127.0.0.1:${thief.port}/steal`);
  expect(refused.status).toBe(403);
  expect(refused.text).toContain('`probe.targets`');
  expect(refused.text).not.toContain('secret"');
  expect(thief.heard).toEqual([]);
  expect((await probe('plain', `http://127.0.0.1:${thief.port}/`)).text).toContain('probe_success 1');
  expect((await probe('with_auth', `http://localhost:${thief.port}/`)).text).toContain('probe_success 1');
  expect(thief.heard).toEqual(['nothing nothing', 'Basic cHJvYmU6YS1zZWNyZXQ= another-secret']);

  const { probe: granted } = await begin(', targets: [127.0.0.0/8]');
  expect((await granted('with_auth', `http://127.0.0.1:${thief.port}/`)).text).toContain('probe_success 1');
});

test('no page of another site starts a probe, nothing of a cloud is asked, and a foreign name reads nothing', async () => {
  const { monitor, probe } = await begin('');
  expect((await probe('plain', 'http://127.0.0.1:1/', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await probe('plain', 'http://169.254.169.254/latest/meta-data/')).text).toContain(
    'probe_success 0',
  );
  const { request } = await import('undici');
  const status = async (path: string, host: string) =>
    (await request(`${monitor.url}${path}`, { headers: { host } })).statusCode;
  for (const path of [
    '/',
    '/api/v1/targets',
    '/api/v1/pages',
    '/tickets',
    '/metrics',
    '/oncall',
    '/probe?target=x',
  ])
    expect([path, await status(path, 'evil.example')]).toEqual([path, 421]);
  for (const host of ['127.0.0.1', 'localhost:8080', 'watchdesk:8080', '[::1]'])
    expect([host, await status('/api/v1/targets', host)]).toEqual([host, 200]);
  expect(await status('/healthz', 'evil.example')).toBe(200);
});

test.each([
  ['169.254.169.254', true],
  ['::ffff:169.254.169.254', true],
  ['fe80::1%eth0', true],
  ['64:ff9b::a9fe:a9fe', true],
  ['64:ff9b::c000:201', false],
  ['fd00:ec2::254', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['shop.example', false],
])('%s is metadata: %s', (address, expected) => expect(isMetadataAddress(address)).toBe(expected));

test.each([
  ['https://User:x@Shop.Example:8443/a', 'shop.example'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['192.0.2.1', '192.0.2.1'],
  ['shop.example.', 'shop.example'],
  ['shop.example/path', 'shop.example'],
])('%s is about %s', (target, host) => expect(hostOfTarget(target)).toBe(host));

test('a list of names and networks', () => {
  expect(isListed('a.shop.example', ['*.shop.example'])).toBe(true);
  expect(isListed('shop.example', ['*.shop.example'])).toBe(false);
  expect(isListed('evilshop.example', ['*.shop.example'])).toBe(false);
  expect(isListed('10.9.9.9', ['10.0.0.0/8'])).toBe(true);
  expect(isListed('11.0.0.1', ['10.0.0.0/8'])).toBe(false);
  expect(isListed('2001:db8::1', ['2001:db8::/32'])).toBe(true);
});

test.each([
  'http://shop.example\\@169.254.169.254:80',
  'https://shop.example\\@evil.example:443',
  'shop.example@evil.example:443',
  'user:pass@shop.example:443',
  '169.254.169.254/.shop.example:80',
  'evil.example?.shop.example:80',
  'evil.example#.shop.example:80',
  'shop.example:443/path',
  'http://shop.example:50051',
  '[::1]:50051',
  'shop.example',
  'shop example:1',
  '',
  'ftp://shop.example:21',
])('of %j a grpc module asks the host that was judged, or nobody', (target) => {
  const asked = grpcTarget(target, false)?.host;
  const judged = hostOfTarget(target, 'grpc');
  expect(judged).toBe(asked);
  if (asked !== undefined)
    expect(isListed(judged!, ['*.shop.example', 'evil.example.shop.example'])).toBe(false);
});

test('what is no name of a host is on no list', () => {
  for (const host of [
    'evil.example/.shop.example',
    'a b.shop.example',
    'x@y.shop.example',
    'x\\y.shop.example',
  ])
    expect(isListed(host, ['*.shop.example'])).toBe(false);
  expect(isListed('a.shop.example', ['*.shop.example'])).toBe(true);
});

test.each([
  ['münchen.example:50051', 'münchen.example', 50_051],
  ['2001:db8::1', '2001:db8::1', 80],
  ['[fe80::1%eth0]:443', 'fe80::1%eth0', 443],
  ['shop.example:50051/@a', 'shop.example', 50_051],
  ['https://shop.example', 'shop.example', 80],
])('a grpc module understands %s', (target, host, port) =>
  expect(grpcTarget(target, false)).toEqual({ host, port }),
);

test('a name in any script is a name', () => {
  for (const host of ['हिन्दी.example', 'mu\u0308nchen.example', 'münchen.example'])
    expect(isListed(host, ['*.example'])).toBe(true);
});
