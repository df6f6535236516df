import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { listenTcp } from '../support/listeners.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PROJECT, watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

/** The files that the page in the docs shows, by their paths. */
const shown = Object.fromEntries(
  [
    ...readFileSync(join(PROJECT, 'docs/plugins.md'), 'utf8').matchAll(
      /```[jt]s\n\/\/ (\S+)\n([\s\S]*?)```/g,
    ),
  ].map(([, path, text]) => [path!, text!]),
);

interface Sent {
  method: string;
  path: string;
  authorization: string | undefined;
  body: Record<string, unknown>;
}

/** Keeps what it is sent, and answers as it is told. */
async function receiver(answer: (sent: Sent) => { status: number; body: string }) {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const piece of request) text += piece;
      const one: Sent = {
        method: request.method!,
        path: request.url!,
        authorization: request.headers.authorization,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
      sent.push(one);
      const { status, body } = answer(one);
      response.writeHead(status).end(body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { sent, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function queue(): Promise<{ port: number; depth: string }> {
  const state = { port: 0, depth: '3' };
  const { port } = await listenTcp((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end(state.depth));
  });
  state.port = port;
  return state;
}

const TOKEN = 'board-token-7f3a';

const configOf = (port: number, board: string, tickets: string) => `
plugins: ./plugins
server: { listen: "127.0.0.1:${port}" }
channels: { board: { type: duty-board, url: "${board}", token: ${TOKEN} } }
people: { maria: { name: Maria Chen, desk_number: "12" } }
on_call: { primary: { timezone: UTC, layers: [], fallback: maria } }
escalation: { urgent: [{ page: primary, via: [board] }] }
helpdesk: { type: paper-trail, url: "${tickets}" }
`;

const targets = (port: number, more = '') =>
  `targets: [{ name: broker, kind: server, address: 127.0.0.1, checks: [{ type: queue-depth, port: ${port}, queue: orders, expect: { at_most: 5 }, interval: 250ms, failures: 2, recoveries: 1${more} }] }]`;

test('a check type, a channel and a helpdesk, as the docs show them, from the failing probe to the resolved ticket', async () => {
  expect(Object.keys(shown)).toEqual([
    'plugins/checks/queue-depth.js',
    'plugins/channels/duty-board.ts',
    'plugins/helpdesks/paper-trail.mjs',
  ]);
  const tickets: Record<string, unknown>[] = [];
  const helpdesk = await receiver(({ method, path, body }) => {
    if (method === 'GET') {
      const key = new URL(path, 'http://x').searchParams.get('key');
      return { status: 200, body: JSON.stringify(tickets.filter((one) => one['key'] === key)) };
    }
    if (path === '/tickets')
      tickets.push({ number: tickets.length + 1, at: Date.now(), state: 'open', ...body });
    else Object.assign(tickets[Number(path.split('/')[2]) - 1]!, path.endsWith('/notes') ? {} : body);
    return { status: 200, body: JSON.stringify(tickets.at(-1)) };
  });
  const board = await receiver(() => ({ status: 200, body: 'line-1' }));
  const [broker, port] = [await queue(), await freePort()];
  const folder = await temporaryFolder({
    'watchdesk.yaml': configOf(port, board.url, helpdesk.url),
    'targets/t.yaml': targets(broker.port),
    ...shown,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  broker.depth = '17';
  await until('the page', async () => board.sent.length > 0);
  expect(board.sent[0]).toMatchObject({
    authorization: `Bearer ${TOKEN}`,
    body: { desk: '12', blink: true, target: 'broker', line: expect.stringContaining('broker') as string },
  });
  await until('the ticket', async () => tickets.length > 0);
  const [incident] = await monitor.list('incidents');
  expect(incident).toMatchObject({
    target: 'broker',
    reason: 'answer',
    message: '17 messages wait in orders, expected at most 5',
  });
  broker.depth = '0';
  await until('the end', async () => tickets[0]!['state'] === 'done');
  expect(tickets).toHaveLength(1);
  expect(tickets[0]).toMatchObject({ priority: 'urgent' });
  expect(monitor.output).not.toContain(TOKEN);
});

const FAULTS: Record<string, [path: string, text: string, says: string]> = {
  'in no folder of a kind': [
    'plugins/x.js',
    '',
    'expected it in one of the folders checks, channels, helpdesks',
  ],
  'not JavaScript': ['plugins/checks/x.js', 'export default {{', 'cannot be loaded: '],
  'without an export': [
    'plugins/checks/x.js',
    'export const a = 1;',
    'has no default export that is an object',
  ],
  'of another name': [
    'plugins/channels/x.js',
    'export default { type: "y" };',
    '`type` is "y"; expected "x"',
  ],
  'a check without prepare': ['plugins/checks/x.js', 'export default { type: "x" };', '`prepare` is missing'],
  'a check without options': [
    'plugins/checks/x.js',
    'export default { type: "x", summary: "x", prepare() {} };',
    '`options` is missing or not a zod object schema',
  ],
  'a channel without settings': [
    'plugins/channels/x.js',
    'export default { type: "x", summary: "x", create() {} };',
    '`settings` is missing or not a zod schema',
  ],
  'a channel without create': [
    'plugins/channels/x.js',
    'import { z } from "watchdesk/channel"; export default { type: "x", summary: "x", settings: z.strictObject({}) };',
    '`create` is missing',
  ],
  'an address that people have already': [
    'plugins/channels/x.js',
    'import { z } from "watchdesk/channel"; export default { type: "x", summary: "x", settings: z.strictObject({}), addresses: [{ key: "name", schema: z.string(), description: "" }], create() {} };',
    '`addresses` has the key "name"',
  ],
  'a name that is taken': [
    'plugins/helpdesks/jira.js',
    'import { z } from "watchdesk/helpdesk"; export default { type: "jira", summary: "x", settings: z.strictObject({}), create() {} };',
    'there is a type "jira" already',
  ],
  'a package that is not there': [
    'plugins/checks/x.js',
    'import "no-such-package-at-all";',
    'no-such-package-at-all',
  ],
};

test('a file that cannot be used is named, with what is wrong with it', async () => {
  for (const [what, [path, text, says]] of Object.entries(FAULTS)) {
    const folder = await temporaryFolder({
      'watchdesk.yaml': 'plugins: plugins\n',
      'targets/t.yaml': 'targets: [{ name: a, kind: server, address: 127.0.0.1, checks: [{ type: ping }] }]',
      [path]: text,
    });
    const { code, stderr } = await watchdesk(['validate', '--config', folder]);
    expect([what, code, stderr]).toEqual([what, 2, expect.stringContaining(says)]);
    expect(stderr, what).toContain(join(folder, path));
  }
});

test('a folder that is not there is said, and so are mistakes in the settings of a plugin', async () => {
  const here = { 'targets/t.yaml': targets(1, ', quue: x') };
  const absent = await temporaryFolder({ 'watchdesk.yaml': 'plugins: nowhere\n', ...here });
  expect((await watchdesk(['validate', '--config', absent])).stderr).toMatch(
    /the folder \S+nowhere cannot be read/,
  );
  const folder = await temporaryFolder({
    'watchdesk.yaml': configOf(1, 'http://b.example', 'http://t.example').replace('"12"', 'twelve'),
    ...here,
    ...shown,
  });
  const { code, stderr } = await watchdesk(['validate', '--config', folder]);
  expect(code).toBe(2);
  expect(stderr).toContain('quue: unknown key; did you mean "queue"?');
  expect(stderr).toContain('people.maria.desk_number: found "twelve"');
});

test('a plugin that breaks its promises does not stop the monitor', async () => {
  const port = await freePort();
  const check = (probe: string) =>
    `import { z } from 'watchdesk/check';\nexport default { type: 'odd', summary: 'x', options: z.strictObject({}), prepare: () => ({ is: 'prepared', subject: 'odd', secrets: [], probe: ${probe} }) };`;
  const said = async (probe: string) => {
    const folder = await temporaryFolder({
      'watchdesk.yaml': `plugins: ./plugins\nserver: { listen: "127.0.0.1:${port}" }`,
      'targets/t.yaml': 'targets: [{ name: a, kind: server, address: 127.0.0.1, checks: [{ type: odd }] }]',
      'plugins/checks/odd.js': check(probe),
    });
    const { stdout, code } = await watchdesk(['probe', 'a', '--config', folder, '--json']);
    return [code, stdout] as const;
  };
  for (const [probe, says] of [
    ['async () => { throw new Error("oh no"); }', 'oh no'],
    ['async () => undefined', 'returned no finding'],
    ['() => ({ verdict: "fine", message: "" })', 'returned the verdict fine'],
    ['() => ({ verdict: "failed", reason: "bored", message: "" })', 'returned the reason bored'],
    ['() => ({ verdict: "good" })', 'returned no finding'],
  ] as const) {
    const [, stdout] = await said(probe);
    expect(stdout, probe).toContain(says);
    expect(stdout, probe).toContain('"unknown"');
  }
});
