import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { newTotpKey, totpAt } from '../../src/access/totp.ts';
import { MailServer, type ReceivedMail } from '../fakes/mail-server.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const TOTP = newTotpKey();

async function begin(access: (port: number) => string, listen = '127.0.0.1') {
  const port = await freePort();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "${listen}:${port}", public_url: "http://127.0.0.1:${port}" }
timezone: America/Toronto
people: { maria: { name: Maria Chen, sms: "+12895550101", email: maria@provider.example } }
on_call: { operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
${access(port)}
`,
    'targets/acme.yaml': 'customer: { name: Acme Ltd, plan: vip }\n',
    'targets/globex.yaml': 'customer: { name: Globex, plan: basic, domains: [globex.example] }\n',
    'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  return monitor;
}

/** A browser as far as forms and cookies go. */
class Visitor {
  readonly #url: string;
  cookie = '';

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string): Promise<Response> {
    return fetch(this.#url + path, {
      headers: { accept: 'text/html', cookie: this.cookie },
      redirect: 'manual',
    });
  }

  async post(path: string, fields: Record<string, string>): Promise<Response> {
    const answer = await fetch(this.#url + path, {
      method: 'POST',
      headers: { accept: 'text/html', cookie: this.cookie, origin: this.#url },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
    const set = answer.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0]!;
    return answer;
  }

  /** As the form on that page would send it. */
  async send(page: string, path: string, fields: Record<string, string>): Promise<Response> {
    const text = await (await this.get(page)).text();
    const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(text)?.[1] ?? '';
    return this.post(path, { ...fields, csrf });
  }
}

async function signedIn({ url }: WatchdeskProcess, login: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  const answer = await visitor.post('/login', { login, password: 'correct horse battery', code: '' });
  if (visitor.cookie === '') throw new Error(`${login}: ${answer.status} ${await answer.text()}`);
  return visitor;
}

/** The link that the page shows to whoever invites. */
const invitationIn = (page: string): string => new URL(/<pre>(http[^<]+)<\/pre>/.exec(page)![1]!).pathname;

const HASH = cheapHash('correct horse battery');

async function users(): Promise<string> {
  return `
access:
  users:
    maria: { role: admin, password: "${HASH}" }
    devon: { role: agent, email: devon@provider.example, password: "${HASH}", totp: ${TOTP} }
    vera: { role: viewer, email: vera@provider.example, password: "${HASH}" }
  tokens: { crm: { token: a-token-of-the-crm-system, scopes: [tickets] } }
`;
}

describe('who has users', () => {
  test('asks everybody who they are; the right password lets in, the wrong one holds up', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const visitor = new Visitor(monitor.url);
    const sent = await visitor.get('/tickets?view=all');
    expect([sent.status, sent.headers.get('location')]).toEqual([302, '/login?next=%2Ftickets%3Fview%3Dall']);
    expect((await fetch(`${monitor.url}/api/v1/targets`)).status).toBe(401);
    expect((await fetch(`${monitor.url}/healthz`)).status).toBe(200);

    expect((await visitor.post('/login', { login: 'maria', password: 'wrong', code: '' })).status).toBe(401);
    expect(visitor.cookie).toBe('');
    const entered = await visitor.post('/login', {
      login: 'maria',
      password: 'correct horse battery',
      code: '',
      next: '/tickets?view=all',
    });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/tickets?view=all']);
    expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    expect((await visitor.get('/')).status).toBe(200);
    // Nobody is led elsewhere.
    const led = await new Visitor(monitor.url).post('/login', {
      login: 'maria',
      password: 'correct horse battery',
      code: '',
      next: '//evil.example/',
    });
    expect(led.headers.get('location')).toBe('/');

    const forged = await visitor.post('/tickets', { subject: 'forged' });
    expect(forged.status).toBe(403);
    const made = await visitor.send('/tickets', '/tickets', { subject: 'real', customer: 'Acme Ltd' });
    expect(made.headers.get('location')).toBe('/tickets/1');
    const page = await (await visitor.get('/tickets/1')).text();
    expect(page).toContain('Maria Chen opened the ticket.');

    await visitor.send('/tickets', '/logout', {});
    expect((await visitor.get('/')).status).toBe(302);

    for (let n = 0; n < 5; n++)
      await new Visitor(monitor.url).post('/login', { login: 'vera', password: 'guess', code: '' });
    const held = await new Visitor(monitor.url).post('/login', {
      login: 'vera',
      password: 'correct horse battery',
      code: '',
    });
    expect(held.status).toBe(429);
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(10);
    expect(monitor.output).not.toContain('scrypt');
  });

  test('a second factor is asked for and good once; a token is for what it is for', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const visitor = new Visitor(monitor.url);
    const login = { login: 'devon@provider.example', password: 'correct horse battery' };
    expect(await (await visitor.post('/login', { ...login, code: '' })).text()).toContain('six digits');
    const code = totpAt(TOTP, Date.now());
    expect((await visitor.post('/login', { ...login, code })).status).toBe(303);
    expect((await new Visitor(monitor.url).post('/login', { ...login, code })).status).toBe(401);
    expect((await visitor.get('/reports')).status).toBe(403);

    const bearer = {
      authorization: 'Bearer a-token-of-the-crm-system',
      'content-type': 'application/json',
    };
    const made = await fetch(`${monitor.url}/api/v1/desk/tickets`, {
      method: 'POST',
      headers: bearer,
      body: JSON.stringify({ subject: 'From the CRM', customer: 'Acme Ltd', key: 'deal 7' }),
    });
    expect([made.status, ((await made.json()) as { number: number }).number]).toEqual([201, 1]);
    expect((await fetch(`${monitor.url}/api/v1/targets`, { headers: bearer })).status).toBe(403);
    expect(
      (await fetch(`${monitor.url}/api/v1/targets`, { headers: { authorization: 'Bearer nonsense' } }))
        .status,
    ).toBe(401);
  });

  test('users of a customer are invited, choose a password, and see their own tickets alone', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const maria = await signedIn(monitor, 'maria');
    const invite = async (who: Visitor, path: string, fields: Record<string, string>) => {
      const text = await (await who.send(path, path, fields)).text();
      return invitationIn(text);
    };
    const link = await invite(maria, '/users', {
      name: 'Ann',
      email: 'ann@acme.example',
      customer: 'Acme Ltd',
      role: 'account-manager',
    });
    const ann = new Visitor(monitor.url);
    expect(await (await ann.post(link, { password: 'short', again: 'short' })).text()).toContain(
      'At least 10',
    );
    expect(
      (await ann.post(link, { password: 'a long enough one', again: 'a long enough one' })).headers.get(
        'location',
      ),
    ).toBe('/portal');
    // The invitation is used up.
    expect((await new Visitor(monitor.url).get(link)).status).toBe(404);
    // Where customers come in is the portal.
    const led = await ann.get('/');
    expect([led.status, led.headers.get('location')]).toEqual([302, '/portal']);
    expect((await ann.get('/tickets')).status).toBe(403);

    const made = await ann.send('/portal/new', '/portal/new', {
      subject: 'Printer',
      body: 'It burns',
      type: 'incident',
      priority: 'high',
    });
    expect(made.headers.get('location')).toBe('/portal/tickets/1');
    await maria.send('/tickets/1', '/tickets/1', { action: 'note', text: 'secret of the team' });
    await maria.send('/tickets/1', '/tickets/1', { action: 'reply', text: 'Water is coming' });
    const seen = await (await ann.get('/portal/tickets/1')).text();
    expect(seen).toContain('Water is coming');
    expect(seen).not.toContain('secret of the team');

    // Nobody makes themselves a new password without the old one.
    const own = /name="invite" value="([^"]+)"/.exec(await (await ann.get('/portal/users')).text())![1]!;
    expect((await ann.send('/portal/users', '/portal/users', { invite: own })).status).toBe(422);

    const guest = await invite(ann, '/portal/users', {
      name: 'Bob',
      email: 'bob@acme.example',
      customer: 'Globex',
      role: 'customer',
    });
    const bob = new Visitor(monitor.url);
    await bob.post(guest, { password: 'another long one', again: 'another long one' });
    // Whatever the form says, an account manager makes users of their own customer.
    expect(await (await bob.get('/portal')).text()).toContain('Printer');
    expect((await bob.get('/portal/users')).status).toBe(403);

    const other = await invite(maria, '/users', {
      name: 'Gus',
      email: 'gus@globex.example',
      customer: 'Globex',
      role: 'customer',
    });
    const gus = new Visitor(monitor.url);
    await gus.post(other, { password: 'yet another long one', again: 'yet another long one' });
    expect((await gus.get('/portal/tickets/1')).status).toBe(404);
    expect((await gus.send('/portal', '/portal/tickets/1', { text: 'let me in' })).status).toBe(404);
    expect((await gus.get('/tickets/1')).status).toBe(403);
  });
});

test('customers see what was promised them on their tickets, unless the config keeps that between us', async () => {
  const access = await users();
  const monitor = await begin(() => `${access}service: { levels: [{ acknowledge: 1h, respond: 4h }] }\n`);
  const maria = await signedIn(monitor, 'maria');
  const invited = { name: 'Ann', email: 'ann@acme.example', customer: 'Acme Ltd', role: 'customer' };
  const ann = new Visitor(monitor.url);
  const password = 'a long enough one';
  const link = invitationIn(await (await maria.send('/users', '/users', invited)).text());
  await ann.post(link, { password, again: password });
  await ann.send('/portal/new', '/portal/new', { subject: 'Printer', body: 'It burns', type: 'incident' });
  const promised = async () =>
    [...(await (await ann.get('/portal/tickets/1')).text()).matchAll(/<p>([^<]+ due by [^<]*)/g)].map(
      ([, text]) => text,
    );
  expect(await promised()).toEqual(['First response due by ']);
  await monitor.rewrite('watchdesk.yaml', (text) => `${text}desk: { portal: { promises: false } }\n`);
  monitor.signal('SIGHUP');
  await until('the reload', async () => (await promised()).length === 0);
});

async function withMail() {
  const [access, mail] = [await users(), await MailServer.start()];
  const channel = `channels: { email: { type: email, host: 127.0.0.1, port: ${mail.port}, tls: none, from: desk@provider.example } }\n`;
  const monitor = await begin(() => access + channel);
  return { mail, monitor, maria: await signedIn(monitor, 'maria') };
}

/** The path of the link that a mail brings. */
const linkIn = ({ raw }: ReceivedMail): string =>
  /\/invitation\/[\w.-]+/.exec(raw.replaceAll('=\r\n', '').replaceAll('=3D', '='))![0];

test('where mails can be sent, invitations and links for a forgotten password go by mail', async () => {
  const { mail, monitor, maria } = await withMail();
  const ann = { name: 'Ann', email: 'ann@acme.example', customer: 'Acme Ltd', role: 'customer' };
  const page = await (await maria.send('/users', '/users', ann)).text();
  expect(page).toContain('An email with this link is on its way to ann@acme.example.');
  expect(mail.mails.map(({ to, subject }) => [to, subject])).toEqual([
    [['ann@acme.example'], expect.stringContaining('You are invited')],
  ]);
  // The link that is shown lets in; the one that was mailed shows a mailbox as well.
  expect(linkIn(mail.mails[0]!)).not.toBe(invitationIn(page));
  const first = { password: 'a long enough one', again: 'a long enough one' };
  const visitor = new Visitor(monitor.url);
  await visitor.post(linkIn(mail.mails[0]!), first);
  expect((await visitor.get('/portal')).status).toBe(200);

  // Again at once: one mail was enough.
  const invite = /name="invite" value="([^"]+)"/.exec(await (await maria.get('/users')).text())![1]!;
  expect(await (await maria.send('/users', '/users', { invite })).text()).toContain('a few minutes ago');

  const bob = { ...ann, name: 'Bob', email: 'bob@acme.example' };
  mail.failNext({ is: 'code', at: 'rcpt', code: 550, message: 'no such user' });
  expect(await (await maria.send('/users', '/users', bob)).text()).toContain(
    'The email to bob@acme.example was not sent (the mail server says 550). Send this link to the user yourself.',
  );

  const stranger = new Visitor(monitor.url);
  expect(await (await stranger.get('/login')).text()).toContain('href="/forgotten"');
  const ask = async (login: string) => (await stranger.post('/forgotten', { login })).text();
  const answers = [await ask('gus@globex.example'), await ask('maria'), await ask('cleo@acme.example')];
  // Who is a user here cannot be asked.
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('an email with a link is on its way');
  expect(mail.mails).toHaveLength(1);
});

test('a forgotten password: the link is good once, ends what was begun with the old one, and goes to no staff', async () => {
  const { mail, monitor, maria } = await withMail();
  const ann = { name: 'Ann', email: 'ann@acme.example', customer: 'Acme Ltd', role: 'customer' };
  mail.failNext({ is: 'code', at: 'rcpt', code: 451, message: 'later' });
  const invited = invitationIn(await (await maria.send('/users', '/users', ann)).text());
  const before = new Visitor(monitor.url);
  const password = 'a long enough one';
  await before.post(invited, { password, again: password });
  expect((await before.get('/portal')).status).toBe(200);
  // What did not go out does not count.
  const stranger = new Visitor(monitor.url);
  await stranger.post('/forgotten', { login: 'vera@provider.example' });
  for (let time = 0; time < 3; time++) await stranger.post('/forgotten', { login: ' Ann@Acme.example ' });
  await until('the mail', () => mail.mails.length > 0);
  expect(mail.mails.map(({ to }) => to)).toEqual([['ann@acme.example']]);
  const link = linkIn(mail.mails[0]!);
  const other = 'another long enough one';
  expect((await stranger.post(link, { password: other, again: other })).status).toBe(303);
  expect((await new Visitor(monitor.url).get(link)).status).toBe(404);
  expect((await before.get('/portal')).status).toBe(302);
  // A secret of a mail stands in no record.
  const kept = JSON.stringify(await monitor.json('/api/v1/messages', { headers: { cookie: maria.cookie } }));
  expect(kept).not.toContain('/invitation/');
});

test('a portal user turns on a second factor and changes the password by themselves', async () => {
  const access = await users();
  const monitor = await begin(() => access);
  const maria = await signedIn(monitor, 'maria');
  expect(await (await maria.get('/account')).text()).toContain('watchdesk password --totp');
  // Who stands in the config is seen where users are, and can end all of their sessions.
  expect(await (await maria.get('/users')).text()).toMatch(/Staff<\/h2>[^]*Maria Chen/);
  const elsewhere = await signedIn(monitor, 'maria');
  await elsewhere.send('/account', '/account', { what: 'everywhere' });
  for (const one of [maria, elsewhere]) expect((await one.get('/tickets')).status).not.toBe(200);
  Object.assign(maria, { cookie: (await signedIn(monitor, 'maria')).cookie });
  const invited = { name: 'Ann', email: 'ann@acme.example', customer: 'Acme Ltd', role: 'customer' };
  const made = await (await maria.send('/users', '/users', invited)).text();
  const link = invitationIn(made);
  const ann = new Visitor(monitor.url);
  const first = 'a long enough one';
  await ann.post(link, { password: first, again: first });
  const change = (fields: Record<string, string>) => ann.send('/account', '/account', fields);
  expect((await change({ what: 'factor', current: 'not it, not it' })).status).toBe(422);
  const offer = await (await change({ what: 'factor', current: first })).text();
  expect(offer).toContain('<svg');
  const key = /name="key" value="([A-Z2-7]+)"/.exec(offer)![1]!;
  const proof = /name="proof" value="([0-9a-f]+)"/.exec(offer)![1]!;
  expect((await change({ what: 'confirm', key, proof, code: '000000' })).status).toBe(422);
  // A key of somebody else's choice is none.
  const forged = { what: 'confirm', key: newTotpKey(), proof, code: totpAt(key, Date.now()) };
  expect(await (await change(forged)).text()).toContain('has expired');
  const on = await change({ what: 'confirm', key, proof, code: totpAt(key, Date.now()) });
  expect(await on.text()).toContain('Two-factor authentication is on.');
  const login = { login: 'ann@acme.example', password: first };
  expect(await (await new Visitor(monitor.url).post('/login', { ...login, code: '' })).text()).toContain(
    'six digits',
  );
  // A lost phone: the code that was used is used up, and a manager takes the factor away.
  expect((await change({ what: 'remove', current: first, code: totpAt(key, Date.now()) })).status).toBe(422);
  const listed = await (await maria.get('/users')).text();
  const id = /name="unlock" value="([^"]+)"/.exec(listed)![1]!;
  await maria.send('/users', '/users', { unlock: id });
  const other = new Visitor(monitor.url);
  expect((await other.post('/login', { ...login, code: '' })).status).toBe(303);
  const second = 'another long enough one';
  const changed = await change({ what: 'password', current: first, password: second, again: second });
  expect([changed.status, (await ann.get('/portal')).status]).toEqual([303, 200]);
  // Whoever was signed in with the old one is not any more.
  expect((await other.get('/portal')).status).toBe(302);
});

describe('what a review found', () => {
  test('a ticket that lives on elsewhere takes no more words of a stranger to that one; names must be names of something', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const maria = await signedIn(monitor, 'maria');
    const fields = { name: 'Gus', email: 'gus@globex.example', customer: 'Globex', role: 'customer' };
    const text = await (await maria.send('/users', '/users', fields)).text();
    const gus = new Visitor(monitor.url);
    const password = { password: 'a long enough one', again: 'a long enough one' };
    await gus.post(invitationIn(text), password);
    // Of nobody's customer, as far as anybody knew, and merged into one of Acme's.
    await maria.send('/tickets', '/tickets', { subject: 'his', name: 'Gus', email: 'gus@globex.example' });
    await maria.send('/tickets', '/tickets', { subject: 'theirs', customer: 'Acme Ltd' });
    await maria.send('/tickets/1', '/tickets/1', { action: 'merge', to: '2' });
    expect((await gus.get('/portal/tickets/1')).status).toBe(404);
    const said = await gus.send('/portal', '/portal/tickets/1', { text: 'for you alone' });
    expect(said.status).toBe(404);
    expect(await (await maria.get('/tickets/2')).text()).not.toContain('for you alone');

    const refused = await maria.send('/tickets', '/tickets', { subject: 'x', customer: 'Acme' });
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining('There is no customer &quot;Acme&quot; in the config.'),
    ]);
    for (const form of [
      { action: 'change', customer: 'Acme' },
      { action: 'change', type: 'nonsense' },
      { action: 'assign', to: 'ghost' },
      { action: 'link', to: '999' },
    ] as Record<string, string>[])
      expect([form, (await maria.send('/tickets/2', '/tickets/2', form)).status]).toEqual([form, 422]);
    const given = await maria.send('/tickets/2', '/tickets/2', { action: 'change', customer: 'Globex' });
    expect(given.status).toBe(303);
  });

  test('who may only look sees no form to change anything; who is known is not asked who they are', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const formsOf = async (who: Visitor, path: string) => {
      const page = await (await who.get(path)).text();
      expect(page).not.toContain('Your name');
      expect(page).not.toMatch(/<!--\/?(agents|strangers)-->/);
      return [...page.matchAll(/<form[^>]*method="post"[^>]*action="([^"]+)"/g)].map(([, action]) => action);
    };
    const [vera, maria] = [await signedIn(monitor, 'vera'), await signedIn(monitor, 'maria')];
    for (const path of ['/maintenance', '/oncall', '/targets/here', '/tickets']) {
      expect([path, await formsOf(vera, path)]).toEqual([path, ['/logout']]);
    }
    expect(await formsOf(maria, '/maintenance')).toEqual(['/logout', '/maintenance']);
    expect(await formsOf(maria, '/targets/here')).toEqual(['/logout', '/targets/here/probe']);
  });

  test('nobody gets more by how an address is written, and nobody acts in another name', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const vera = await signedIn(monitor, 'vera');
    expect((await vera.get('/users')).status).toBe(403);
    expect((await vera.get('/%70ortal/users')).status).toBe(403);
    expect((await vera.get('/portal/users')).status).toBe(403);
    expect((await vera.send('/', '/portal/new', { subject: 'x', body: 'x' })).status).toBe(403);

    const maria = await signedIn(monitor, 'maria');
    await maria.send('/tickets', '/tickets', { subject: 'a' });
    const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(await (await maria.get('/tickets')).text())![1]!;
    const said = await fetch(`${monitor.url}/%61pi/v1/desk/tickets/1/note`, {
      method: 'POST',
      headers: {
        cookie: maria.cookie,
        'x-csrf-token': csrf,
        'content-type': 'text/plain',
        origin: monitor.url,
      },
      body: '{"by":"devon","text":"I agree"}',
    });
    expect(said.status).toBe(200);
    const page = await (await maria.get('/tickets/1')).text();
    expect(page).toContain('Maria Chen added an internal note');
    expect(page).not.toMatch(/Devon.{0,20} note/i);
  });

  test('an account manager invites nobody of another customer, and an old password ends its sessions', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const maria = await signedIn(monitor, 'maria');
    const linkOf = async (answer: Promise<Response>) => invitationIn(await (await answer).text());
    const link = await linkOf(
      maria.send('/users', '/users', {
        name: 'Ann',
        email: 'ann@acme.example',
        customer: 'Acme Ltd',
        role: 'account-manager',
      }),
    );
    const ann = new Visitor(monitor.url);
    await ann.post(link, { password: 'a long enough one', again: 'a long enough one' });
    for (const email of ['boss@globex.example', 'maria@provider.example']) {
      const refused = await ann.send('/portal/users', '/portal/users', {
        name: 'Boss',
        email,
        role: 'customer',
      });
      expect([refused.status, (await refused.text()).includes('cannot be invited here')]).toEqual([
        422,
        true,
      ]);
    }
    expect((await ann.get('/portal')).status).toBe(200);
    const id = /name="invite" value="([^"]+)"/.exec(await (await maria.get('/users')).text())![1]!;
    const again = await linkOf(maria.send('/users', '/users', { invite: id }));
    await new Visitor(monitor.url).post(again, { password: 'another long one', again: 'another long one' });
    expect((await ann.get('/portal')).status).toBe(302);
  });

  test('files are held for nobody who has not been let in, and a flood of passwords holds nothing up', async () => {
    const access = await users();
    const monitor = await begin(() => access);
    const form = new FormData();
    form.set('files', new Blob([new Uint8Array(1_000_000)]), 'x.txt');
    expect((await fetch(`${monitor.url}/login`, { method: 'POST', body: form })).status).toBe(415);
    const guesses = Array.from({ length: 60 }, (_, n) =>
      new Visitor(monitor.url)
        .post('/login', { login: `nobody-${n}`, password: 'guess', code: '' })
        .then(({ status }) => status),
    );
    const health = await fetch(`${monitor.url}/healthz`);
    expect(health.status).toBe(200);
    const answers = await Promise.all(guesses);
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(40);
  });

  test('a reload that would let everybody in is refused where others reach it', async () => {
    const access = await users();
    const monitor = await begin(() => access, '0.0.0.0');
    await monitor.rewrite('watchdesk.yaml', (text) => text.slice(0, text.indexOf('access:')));
    monitor.signal('SIGHUP');
    await until('the refusal', async () => monitor.output.includes('nobody would have to sign in any more'));
    expect((await fetch(`${monitor.url}/api/v1/targets`)).status).toBe(401);
  });
});

test('without users it listens on this machine alone, and says why', async () => {
  const monitor = await begin(() => '', '0.0.0.0');
  expect(monitor.output).toContain('because sign-in is not set up');
  expect((await fetch(`${monitor.url}/tickets`)).status).toBe(200);
});

test('OpenID Connect: a real provider lets in whom it vouches for, and nobody else', async () => {
  const providerPort = await freePort();
  const issuer = `http://127.0.0.1:${providerPort}`;
  const { default: Provider } = await import('oidc-provider');
  const secret = 'a-client-secret-of-the-test-0123456789';
  const monitor = await begin(
    () => `
access:
  users: { maria: { role: admin }, devon: { role: agent, email: devon@provider.example }, ines: { role: agent, email: ines@provider.example, totp: ${TOTP} } }
  openid: { issuer: "${issuer}", client_id: watchdesk, client_secret: ${secret}, insecure: true, title: Example SSO }
`,
  );
  let account = 'maria@provider.example';
  let isVerified = true;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'watchdesk',
        client_secret: secret,
        redirect_uris: [`${monitor.url}/login/openid/back`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    findAccount: async (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: id, email_verified: isVerified }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['for the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  } as never);
  const callback = provider.callback();
  const server = createServer((request, response) => {
    if (!request.url!.startsWith('/interaction/')) return void callback(request, response);
    void (async () => {
      const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login')
        return provider.interactionFinished(request, response, { login: { accountId: account } });
      const grant = grantId
        ? (await provider.Grant.find(grantId))!
        : new provider.Grant({ accountId: session!.accountId, clientId: String(params['client_id']) });
      grant.addOIDCScope('openid email profile');
      return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
    })();
  });
  await new Promise<void>((resolve) => server.listen(providerPort, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  expect((server.address() as AddressInfo).port).toBe(providerPort);

  /** Follows redirects from one to the other with the cookies of both. */
  async function signIn(): Promise<{ status: number; url: string; text: string; cookie: string }> {
    const jars = new Map<string, Map<string, string>>();
    let url = `${monitor.url}/login/openid?next=%2Ftickets`;
    for (let hops = 0; hops < 15; hops++) {
      const jar = jars.get(new URL(url).origin) ?? new Map<string, string>();
      jars.set(new URL(url).origin, jar);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, { headers: { accept: 'text/html', cookie }, redirect: 'manual' });
      for (const set of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
        jar.set(name!, value!);
      }
      const next = answer.headers.get('location');
      if (next === null) return { status: answer.status, url, text: await answer.text(), cookie };
      url = new URL(next, url).href;
    }
    throw new Error('too many redirects');
  }

  const entered = await signIn();
  expect([entered.status, new URL(entered.url).pathname]).toEqual([200, '/tickets']);
  expect(entered.text).toContain('Maria Chen</a>');

  account = 'stranger@elsewhere.example';
  const refused = await signIn();
  expect(refused.status).toBe(401);
  expect(refused.text).toContain('There is no user with the email address stranger@elsewhere.example');

  account = 'devon@provider.example';
  isVerified = false;
  expect((await signIn()).text).toContain('has not verified your email address');

  // A second factor of ours is asked for, too.
  account = 'ines@provider.example';
  isVerified = true;
  const half = await signIn();
  expect(new URL(half.url).pathname).toBe('/login/code');
  expect(
    (await fetch(`${monitor.url}/tickets`, { headers: { cookie: half.cookie }, redirect: 'manual' })).status,
  ).not.toBe(200);
  const enter = (code: string, cookie = half.cookie) =>
    fetch(`${monitor.url}/login/code`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ code }),
      redirect: 'manual',
    });
  expect((await enter('000000')).status).toBe(401);
  expect((await enter(totpAt(TOTP, Date.now()), '')).headers.get('location')).toBe('/login');
  const inside = await enter(totpAt(TOTP, Date.now()));
  expect([inside.status, inside.headers.get('location')]).toEqual([303, '/tickets']);

  const forged = await fetch(`${monitor.url}/login/openid/back?code=x&state=y`, {
    headers: { accept: 'text/html' },
  });
  expect(forged.status).toBe(401);
  expect(monitor.output).not.toContain(secret);
});
