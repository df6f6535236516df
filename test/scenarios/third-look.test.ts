import { createServer } from 'node:http';
import { once } from 'node:events';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { networkOf } from '../../src/access/login-guard.ts';
import { AuditLog } from '../../src/access/audit-log.ts';
import type { AuditRecord } from '../../src/core/audit-record.ts';
import { markPattern, withoutPerson } from '../../src/core/erasure.ts';
import { trimQuote } from '../../src/core/mail/trim-quote.ts';
import { Journal } from '../../src/store/journal.ts';
import { StoreError, type Change } from '../../src/store/store.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { say } from '../../src/text/say.ts';
import { isEntry } from '../../src/helpdesks/shared/ticket-words.ts';
import { isMetadataAddress } from '../../src/web/probe-targets.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { freePort } from '../support/free-port.ts';
import { HandClock } from '../support/hand-clock.ts';
import { Night, tcpTargets } from '../support/night.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

// What an adversary found when they looked a third time, each played as they played it.

const portOf = (server: ReturnType<typeof createServer>): number => (server.address() as AddressInfo).port;

const took = (work: () => void): number => Math.min(...[0, 1, 2].map(() => cpuMsOf(work)));

test('lines that almost repeat the ticket cost no more than lines that do not', () => {
  const known = `${'a'.repeat(49_000)}\n`.repeat(3) + `${'a'.repeat(100)}b${'a'.repeat(800)}`;
  const lines = (letter: string) =>
    ['hi', ...Array.from({ length: 55 }, (_, n) => 'a'.repeat(1 + n) + letter + 'a'.repeat(780))].join('\n');
  const trim = (text: string) => () => trimQuote(text, { own: 'help@example.com', known });
  expect(took(trim(lines('b')))).toBeLessThan(5 * took(trim(lines('z'))) + 5);
});

const REPLY = 'From: Help <help@example.com>\nSent: Monday\nSubject: Printer';

test('what a mailer has wrapped anew is still known as a quotation', () => {
  const known = 'Have you tried turning it off and on again? It helps in nine cases of ten, we find.';
  const text = `It did!\n\n${REPLY}\n\nHave you tried turning\nit off and on again? It helps in nine cases of\nten, we find.`;
  expect(trimQuote(text, { own: 'help@example.com', known }).text).toBe('It did!');
  // One word more is a word of theirs.
  const more = text.replace('we find.', 'we never find.');
  expect(trimQuote(more, { own: 'help@example.com', known }).text).toBe(more);
});

test.each([
  [
    'answers under the questions',
    'Is it on fire? Answer yes or no.',
    'Is it on fire? Answer yes or no.\nyes',
  ],
  ['a form that was filled in', 'When was it?', 'When was it?\nDate: 3 March, 14:05\nTo: the second floor'],
  ['lines that look like heads', 'Anything else?', 'Anything else?\nA: yes, and smoke comes out of it'],
  [
    'a new sentence of known words',
    'Please do not restart the server. We will restart the server tonight after the backup.',
    'please do not restart the server tonight after the backup?',
  ],
])('below a quoted head, %s stay', (_, known, below) => {
  const text = `Below.\n\n${REPLY}\n\n${below}`;
  expect(trimQuote(text, { own: 'help@example.com', known }).text).toBe(text);
});

test('a mail below a mail is known in whichever order they stand on the ticket', () => {
  const known = 'The first word of ours.\nThe second word of ours, longer.';
  const text = `Thanks\n\n${REPLY}\n\nThe second word of ours, longer.\n\n${REPLY}\n\nThe first word of ours.`;
  expect(trimQuote(text, { own: 'help@example.com', known }).text).toBe('Thanks');
});

function auditing() {
  const clock = new HandClock(1_000_000);
  const written: AuditRecord[] = [];
  const log = new AuditLog({
    clock,
    commit: async ({ audit = [] }) => void written.push(...audit),
    onFault: () => {},
  });
  return {
    clock,
    log,
    lines: () => written.map(({ what, from, about }) => `${what} ${from ?? '-'} ${about}`),
  };
}

test('strangers who knock without end are counted, and do not fill the audit log', async () => {
  const { clock, log, lines } = auditing();
  for (let n = 0; n < 5_000; n++)
    log.tried('sign-in-held', { from: '192.0.2.1', as: `x${n}`, isKnown: false });
  expect(lines()).toHaveLength(5);
  await clock.turn(60_000);
  expect(lines()).toHaveLength(6);
  expect(lines().at(-1)).toBe('sign-in-failed - 4995 more within a minute, from 192.0.2.1 (4995)');
});

test('nobody hides their guessing at an account behind the noise of others', () => {
  const { log, lines } = auditing();
  for (let n = 0; n < 3_000; n++)
    log.tried('sign-in-failed', { from: `198.51.${n % 100}.${n % 250}`, as: `junk${n}`, isKnown: false });
  for (let n = 0; n < 200; n++)
    log.tried('sign-in-failed', { from: '203.0.113.9', as: 'admin', isKnown: true });
  const named = lines().filter((line) => line.includes('as admin'));
  expect(named).toHaveLength(5);
  expect(named[0]).toContain('203.0.113.9');
  log.flush();
  expect(lines().at(-1)).toMatch(/3165 more within a minute, as admin \(195\), from 203\.0\.113\.9 \(195\)/);
  // What people with a name do is never left out.
  for (let n = 0; n < 100; n++) log.note('called', 'nobody', { about: `POST /api/v1/desk/tickets ${n}` });
  expect(lines().filter((line) => line.startsWith('called'))).toHaveLength(100);
});

const MODULES = (file: string) => `
modules:
  plain: { prober: http, timeout: 1s, http: { headers: { Accept-Language: en, User-Agent: watch }, method: POST, body: '{}' } }
  filed: { prober: http, http: { bearer_token_file: ${file} } }
  basic: { prober: http, http: { basic_auth: { username: probe, password_file: ${file} } } }
  credentials: { prober: http, http: { authorization: { credentials_file: ${file} } } }
  header: { prober: http, http: { headers: { X-Auth: header-secret } } }
  body: { prober: http, http: { method: POST, body: 'user=probe&password=body-secret' } }
  bodyfile: { prober: http, http: { method: POST, body_file: ${file} } }
  pinbody: { prober: http, http: { method: POST, body: 'user=probe&pin=4711-secret' } }
  tokenheader: { prober: http, http: { headers: { User-Agent: 'watch bypass-token=secret' } } }
  imap: { prober: tcp, tcp: { query_response: [{ send: 'a1 LOGIN probe secret' }] } }
  irc: { prober: tcp, timeout: 1s, tcp: { query_response: [{ send: 'NICK prober' }, { send: 'USER prober prober prober :prober' }] } }
  starttls: { prober: tcp, timeout: 1s, tcp: { query_response: [{ send: '. STARTTLS' }] } }
  json: { prober: http, timeout: 1s, http: { method: POST, headers: { Content-Type: application/json, X-Requested-With: watch }, body: '{"query": "{ author { name } }"}' } }
  wire: { prober: tcp, tcp: { query_response: [{ send: 'AUTH wire-secret' }] } }
  banner: { prober: tcp, timeout: 1s, tcp: { query_response: [{ expect: '^SSH-2.0-' }, { send: 'SSH-2.0-watchdesk' }] } }
`;

test('a module with credentials of any kind asks the hosts of the config alone, and nobody behind a redirect', async () => {
  const heard: string[] = [];
  const answer = (redirect?: () => string, status = 302) =>
    createServer((request, response) => {
      heard.push(`${request.headers.host} ${JSON.stringify(request.headers)}`);
      let body = '';
      request.on('data', (piece) => (body += String(piece)));
      request.on('end', () => heard.push(`${request.headers.host} ${body}`));
      if (redirect) response.writeHead(status, { location: redirect() });
      response.end('ok');
    });
  const elsewhere = answer();
  const first = answer(() => `http://127.0.0.1:${portOf(elsewhere)}/`, 307);
  for (const server of [first, elsewhere]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
  }
  const wire = createTcp((socket) =>
    socket.on('data', (bytes) => heard.push(String(bytes))).on('error', () => {}),
  );
  wire.listen(0, '127.0.0.2');
  await once(wire, 'listening');
  onTestFinished(() => void wire.close());
  const port = await freePort();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `server: { listen: "127.0.0.1:${port}" }\nprobe: { modules: blackbox.yml }\npeople: { maria: { name: Maria, sms: "+12895550101" } }\n`,
    'blackbox.yml': MODULES('./secret'),
    'targets/t.yaml': `targets: [{ name: first, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]`,
  });
  await writeFile(join(folder, 'secret'), 'file-secret');
  await writeFile(join(folder, 'blackbox.yml'), MODULES(join(folder, 'secret')));
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const ask = (module: string, target: string, headers = {}) =>
    fetch(`${monitor.url}/probe?module=${module}&target=${encodeURIComponent(target)}`, { headers });
  const away = `127.0.0.2:${(wire.address() as AddressInfo).port}`;
  for (const module of [
    ...['filed', 'basic', 'credentials', 'header', 'body', 'bodyfile', 'wire'],
    ...['pinbody', 'tokenheader', 'imap'],
  ])
    expect([module, (await ask(module, away)).status]).toEqual([module, 403]);
  expect(heard.join()).not.toContain('secret');
  for (const module of ['plain', 'banner', 'irc', 'starttls', 'json'])
    expect((await ask(module, away)).status).toBe(200);
  heard.length = 0;
  for (const module of ['header', 'filed', 'basic', 'bodyfile', 'pinbody'])
    expect((await ask(module, `http://127.0.0.1:${portOf(first)}/`)).status).toBe(200);
  const told = heard.filter((line) => line.startsWith(`127.0.0.1:${portOf(elsewhere)}`));
  expect(told.length).toBeGreaterThanOrEqual(5);
  expect(told.join()).not.toMatch(/secret|authorization|x-auth/i);
  for (const site of ['cross-site', 'same-site'])
    expect((await ask('plain', away, { 'sec-fetch-site': site })).status).toBe(403);
});

test.each(['Low', 'Open', 'Down', 'Urgent', 'Monitor', 'Page', 'Iris'])(
  'whoever is called %s is erased, and our own words and names of the config stay what they are',
  (name) => {
    const pattern = markPattern({ email: 'x@acme.example', names: [`Mary ${name}`, name], phones: [] });
    const word = name.toLowerCase();
    const stays = {
      priority: word,
      kind: word,
      event: word,
      target: word,
      customer: name,
      failing: [{ target: word, check: word, message: 'timed out' }],
      told: [{ to: { is: 'schedule', name: word }, via: word, by: word }],
      traits: [`customer ${name}`],
    };
    const before = {
      ...stays,
      state: { is: word, by: `Mary ${name}` },
      text: `${name} called; Mary ${name} <x@acme.example> again`,
      requester: { name, email: 'x@acme.example', verifiedBy: 'mail' },
      fields: { [`Name of Mary ${name}`]: `Mary ${name}`, [word]: 'a field of the form' },
    };
    expect(withoutPerson(before, pattern)).toEqual({
      ...stays,
      state: { is: word, by: '[erased]' },
      text: '[erased] called; [erased] <[erased]> again',
      requester: { name: '[erased]', email: '[erased]', verifiedBy: 'mail' },
      fields: { 'Name of [erased]': '[erased]', [word]: 'a field of the form' },
    });
  },
);

test('a word that no version of ours has written takes no page down', () => {
  expect(say('words.priority-[erased]' as never)).toBe('priority-[erased]');
  expect(say("words.it's {odd}" as never)).toBe("it's  odd ");
});

test('a short reply is not taken for sent because its letters stand somewhere', () => {
  expect(isEntry('the printer is broken', 'K', 'ok.')).toBe(false);
  expect(isEntry('since yesterday', 'K', 'yes')).toBe(false);
  expect(isEntry('<p>Yes!</p>', 'K', 'Yes.')).toBe(true);
  expect(isEntry('Yesterday it went well', 'K', 'Yes.')).toBe(false);
  // A helpdesk puts its signature below, and writes signs in its own way.
  expect(
    isEntry('<div>Fixed, please try again.</div><p>-- <br>Acme Support</p>', 'K', 'Fixed, please try again.'),
  ).toBe(true);
  expect(
    isEntry('<p>Wir pr&uuml;fen die &Ouml;fen, it&#x27;s on us</p>', 'K', "Wir prüfen die Öfen, it's on us"),
  ).toBe(true);
  expect(isEntry('<p>👍</p>', 'K', '👍')).toBe(true);
  const brackets = '<'.repeat(1_000_000);
  expect(
    took(() => isEntry(brackets, 'K', 'a longer answer that has to be looked for everywhere')),
  ).toBeLessThan(
    50 *
      took(() =>
        isEntry('x'.repeat(1_000_000), 'K', 'a longer answer that has to be looked for everywhere'),
      ) +
      20,
  );
});

test('a ticket without end is shown in parts, the latest first', async () => {
  const store = sqliteStore(join(await temporaryFolder(), 'w.db'), { exclusive: true });
  onTestFinished(() => store.close());
  const entry = (n: number) => ({
    ticket: 1,
    at: n,
    by: { is: 'requester' as const, name: 'Ann', verifiedBy: 'mail' as const },
    event: 'answer' as const,
    isPublic: n % 2 === 0,
    text: `${n} ${'x'.repeat(50_000)}`,
  });
  await store.commit({ deskEntries: Array.from({ length: 60 }, (_, n) => entry(n)) });
  const seen: number[] = [];
  let before: number | undefined;
  do {
    const part = await store.desk.trailEnd(1, { mostBytes: 500_000, before, isPublic: true });
    expect(part.entries.length).toBeLessThanOrEqual(10);
    seen.unshift(...part.entries.map(({ at }) => at));
    before = part.before;
  } while (before !== undefined);
  expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n * 2));
  // One that is longer than a page by itself is shown all the same.
  expect((await store.desk.trailEnd(1, { mostBytes: 10 })).entries).toHaveLength(1);
});

test('a word that thousands of newer messages hold hides no older one', async () => {
  const store = sqliteStore(join(await temporaryFolder(), 'w.db'), { exclusive: true });
  onTestFinished(() => store.close());
  const ticket = (number: number) =>
    ({
      number,
      subject: 'x',
      body: 'y',
      state: { is: 'open' },
      priority: 'low',
      createdAt: 1,
      updatedAt: 1,
    }) as never;
  const entry = (of: number) =>
    ({ ticket: of, at: 1, by: { is: 'policy' }, event: 'note', isPublic: false, text: 'zebra' }) as never;
  await store.commit({
    deskTickets: [...Array.from({ length: 50 }, (_, n) => ticket(n + 1)), ticket(5_000)],
  });
  await store.commit({ deskEntries: [entry(5_000)] });
  await store.commit({ deskEntries: Array.from({ length: 6_000 }, (_, n) => entry((n % 50) + 1)) });
  const { items } = await store.desk.list({ limit: 10, text: 'zebra' });
  expect(items.map(({ number }) => number)).toEqual([5_000, 50, 49, 48, 47, 46, 45, 44, 43, 42]);
});

test('one household of IPv6 is one network, however it is written', () => {
  const first = networkOf('2001:db8::1:2:3:4');
  expect(networkOf('2001:db8:0:0:9:9:9:9')).toBe(first);
  expect(networkOf('2001:0db8::ffff')).toBe(first);
  expect(networkOf('2001:db8:0:1::1')).not.toBe(first);
  expect(networkOf('::ffff:192.0.2.7')).toBe(networkOf('192.0.2.7'));
  expect(networkOf('192.0.2.7:5678')).toBe('192.0.2.7');
  expect(networkOf('garbage:%x')).toBe('garbage:%x');
});

test('what a job says while the disk is full is written when it takes writes again: the last word of each', async () => {
  const clock = new HandClock(1_000_000);
  const written: Change[] = [];
  let isFull = true;
  const journal = new Journal(
    {
      async commit(change) {
        if (isFull) throw new StoreError('not-writable', 'the disk is full');
        written.push(change);
      },
    },
    clock,
    () => {},
  );
  const beat = (token: string, message: string) =>
    void journal.append({ beats: [{ token, beat: { at: 1, status: 'failed', message } }] });
  beat('backup', 'first');
  await clock.settle();
  for (let n = 0; n < 1_000; n++) {
    beat('backup', `failed ${n}`);
    beat('other', `failed ${n}`);
    void journal.append({ checks: [{ target: 'shop', check: 'tcp', state: { n } as never }] });
  }
  isFull = false;
  await clock.turn(5_000);
  expect(journal.blocked).toBe(false);
  expect(written).toHaveLength(2);
  expect(written[1]!.beats!.map(({ token, beat: { message } }) => `${token} ${message}`)).toEqual([
    'backup failed 999',
    'other failed 999',
  ]);
  expect(written[1]!.checks).toHaveLength(1);
});

test.each(['::169.254.169.254', '2002:a9fe:a9fe::', '64:ff9b:1::a9fe:a9fe', '64:ff9b::a9fe:a9fe'])(
  '%s is an address of the metadata of a cloud',
  (address) => expect(isMetadataAddress(address)).toBe(true),
);

test('a group that cannot be joined does not end the sweeps', async () => {
  const night = await Night.begin({
    targets: { a: tcpTargets(['a', 'b', 'c', 'd'], () => ', site: hall-1') },
    more: '\nincidents: { group_at: 2 }',
  });
  await night.minutes(5);
  const { keeper } = night.components;
  const join_ = keeper.joinGroup.bind(keeper);
  let faults = 2;
  keeper.joinGroup = (...given) => {
    if (faults-- > 0) throw new Error('a fault of our own');
    return join_(...given);
  };
  for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']) night.world.stand(host, 'refusing');
  await night.minutes(20);
  expect(faults).toBeLessThan(0);
  expect(night.components.gate.unplaced()).toEqual([]);
});

test('the wall answers while a store of another version names what it does not know', async () => {
  const port = await freePort();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `server: { listen: "127.0.0.1:${port}" }\nstore: "sqlite:w.db"\npeople: { maria: { name: Maria, sms: "+12895550101" } }\n`,
    'targets/t.yaml': `targets: [{ name: gone, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: 1, failures: 1, interval: 250ms }] }]`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('the incident', async () => (await monitor.list('incidents')).length === 1);
  await monitor.stop();
  const { DatabaseSync } = await import('node:sqlite');
  const raw = new DatabaseSync(join(folder, 'w.db'));
  raw.exec(`UPDATE incidents SET document = json_set(document, '$.priority', 'apocalyptic')`);
  raw.close();
  await monitor.start();
  for (const path of ['/', '/incidents', '/api/v1/incidents'])
    expect([path, (await fetch(monitor.url + path)).status]).toEqual([path, 200]);
});
