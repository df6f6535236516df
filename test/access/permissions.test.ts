import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/access/access.ts';
import { LoginGuard } from '../../src/access/login-guard.ts';
import { hashPassword, isPassword, NOBODYS_HASH } from '../../src/access/password.ts';
import { verdict } from '../../src/access/permissions.ts';
import type { Permission } from '../../src/access/permission.ts';
import { totpAt, totpStep } from '../../src/access/totp.ts';
import type { Role } from '../../src/core/user.ts';
import { addGuard } from '../../src/web/guard.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { Night, tcpTargets } from '../support/night.ts';

const ADMIN = 'admin-token-of-the-test';
const PASSWORD = 'correct horse battery';
const ROLES = ['viewer', 'agent', 'manager', 'admin'] as const;
const SCOPES = ['read', 'write', 'tickets', 'metrics', 'admin'] as const;

/** A monitor with users and tokens of every kind, whose pages and API are called without a network. */
async function stand(open = '') {
  const hash = cheapHash(PASSWORD);
  const night = await Night.begin({
    targets: { t: tcpTargets(['shop']) },
    more: `access:
  users: { ${ROLES.map((role) => `${role}: { name: ${role}, role: ${role}, password: "${hash}" }`).join(', ')} }
  tokens: { ${SCOPES.map((scope) => `${scope}: { token: ${scope}-${ADMIN}, scopes: [${scope}] }`).join(', ')} }
  ${open}`,
  });
  const web = await night.web();
  const headers = new Map<string, Record<string, string>>([['nobody', {}]]);
  for (const scope of SCOPES) headers.set(`token ${scope}`, { authorization: `Bearer ${scope}-${ADMIN}` });
  /** Who has signed in once stays signed in. */
  const headersOf = async (who: string): Promise<Record<string, string>> => {
    const known = headers.get(who);
    if (known) return known;
    const signed = await web.inject({
      method: 'POST',
      url: '/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `login=${who}&password=${encodeURIComponent(PASSWORD)}`,
    });
    const [cookie] = [signed.headers['set-cookie']].flat();
    headers.set(who, { cookie: cookie!.split(';')[0]! });
    return headers.get(who)!;
  };
  /** `sign-in`, `forbidden` or `allowed`, whatever comes of the call then. */
  const asks = async (who: string, method: 'GET' | 'POST', url: string): Promise<string> => {
    const answer = await web.inject({ method, url, headers: await headersOf(who) });
    if (answer.statusCode === 401) return 'sign-in';
    const isForm = method === 'POST' && answer.statusCode === 403 && answer.body.includes('expired');
    return answer.statusCode === 403 && !isForm ? 'forbidden' : 'allowed';
  };
  return { night, web, asks, headersOf };
}

test('every route says who may call it, and asks whoever calls', async () => {
  const { asks } = await stand();
  const expected: readonly [string, 'GET' | 'POST', string, string][] = [
    ['nobody', 'GET', '/', 'sign-in'],
    ['nobody', 'GET', '/api/v1/targets', 'sign-in'],
    ['nobody', 'GET', '/metrics', 'sign-in'],
    ['nobody', 'GET', '/no-such-page', 'sign-in'],
    ['nobody', 'GET', '/healthz', 'allowed'],
    ['nobody', 'GET', '/api/openapi.json', 'allowed'],
    ['nobody', 'GET', '/assets/style.css', 'allowed'],
    ['nobody', 'GET', '/login', 'allowed'],
    ['nobody', 'GET', '/a/NO-TOKEN', 'allowed'],
    ['nobody', 'POST', '/status/report', 'allowed'],
    ['nobody', 'POST', '/api/v1/heartbeats/no-token', 'allowed'],
    ['nobody', 'POST', '/logout', 'sign-in'],
    ['nobody', 'GET', '/portal', 'sign-in'],
    ['viewer', 'GET', '/tickets', 'allowed'],
    ['viewer', 'POST', '/tickets', 'forbidden'],
    ['viewer', 'POST', '/api/v1/incidents/X/acknowledge', 'forbidden'],
    ['viewer', 'POST', '/incidents/X', 'forbidden'],
    ['viewer', 'GET', '/probe?target=shop', 'forbidden'],
    ['viewer', 'GET', '/account', 'allowed'],
    ['agent', 'POST', '/tickets', 'allowed'],
    ['agent', 'POST', '/maintenance', 'allowed'],
    ['agent', 'GET', '/reports', 'forbidden'],
    ['agent', 'GET', '/users', 'forbidden'],
    ['agent', 'POST', '/-/reload', 'forbidden'],
    ['manager', 'GET', '/reports', 'allowed'],
    ['manager', 'GET', '/users', 'allowed'],
    ['manager', 'GET', '/audit', 'forbidden'],
    ['manager', 'POST', '/-/reload', 'forbidden'],
    ['admin', 'GET', '/audit', 'allowed'],
    ['admin', 'POST', '/-/reload', 'allowed'],
    ['token read', 'GET', '/api/v1/incidents', 'allowed'],
    ['token read', 'POST', '/api/v1/maintenance', 'forbidden'],
    ['token read', 'GET', '/oncall/schedules/operations-manager.ics', 'allowed'],
    ['token read', 'GET', '/api/v1/reports/service', 'allowed'],
    ['token read', 'GET', '/api/v1/audit', 'forbidden'],
    ['token write', 'GET', '/api/v1/incidents', 'allowed'],
    ['token write', 'POST', '/api/v1/maintenance', 'allowed'],
    ['token write', 'GET', '/tickets', 'forbidden'],
    ['token tickets', 'POST', '/api/v1/desk/tickets', 'allowed'],
    ['token tickets', 'GET', '/api/v1/targets', 'forbidden'],
    ['token metrics', 'GET', '/metrics', 'allowed'],
    ['token metrics', 'GET', '/api/v1/targets', 'forbidden'],
    ['token admin', 'GET', '/api/v1/audit', 'allowed'],
  ];
  const found: unknown[] = [];
  for (const [who, method, url] of expected) found.push([who, method, url, await asks(who, method, url)]);
  expect(found).toEqual(expected);
});

test('what a viewer may not do is not on the page', async () => {
  const { night, web, headersOf } = await stand();
  night.world.stand('10.0.0.1', 'silent');
  await night.minutes(5);
  const [incident] = night.components.keeper.open();
  for (const [url, action] of [
    ['/maintenance', 'action="/maintenance"'],
    ['/oncall', 'action="/oncall"'],
    ['/targets/shop', 'action="/targets/shop/probe"'],
    [`/incidents/${incident!.id}`, `action="/incidents/${incident!.id}"`],
  ] as const) {
    const page = async (who: string) => (await web.inject({ url, headers: await headersOf(who) })).body;
    expect(await page('agent'), url).toContain(action);
    const seen = await page('viewer');
    expect(seen, url).toContain('<main');
    expect(seen, url).not.toContain(action);
  }
});

const user = (role: Role): Caller => ({
  is: 'user',
  user: { id: 'x', name: 'X', email: '', role },
  session: 's',
});

test.each<[Role, Permission['needs'], string]>([
  ['customer', 'nothing', 'allowed'],
  ['customer', 'signed-in', 'allowed'],
  ['customer', 'viewer', 'forbidden'],
  ['account-manager', 'viewer', 'forbidden'],
  ['account-manager', 'admin', 'forbidden'],
  ['viewer', 'viewer', 'allowed'],
  ['viewer', 'agent', 'forbidden'],
  ['agent', 'manager', 'forbidden'],
  ['admin', 'manager', 'allowed'],
])('%s, where it needs %s', (role, needs, expected) => {
  expect(verdict(user(role), { needs }, [], 'view').is).toBe(expected);
});

test('what the config opens is open to everybody, and nothing else', async () => {
  const { asks } = await stand('open: [metrics, wall]');
  expect(await asks('nobody', 'GET', '/metrics')).toBe('allowed');
  expect(await asks('nobody', 'GET', '/')).toBe('allowed');
  expect(await asks('nobody', 'GET', '/targets/shop')).toBe('allowed');
  expect(await asks('nobody', 'POST', '/targets/shop/probe')).toBe('sign-in');
  expect(await asks('nobody', 'GET', '/incidents')).toBe('sign-in');
});

test('a route that does not say who may call it is not served', async () => {
  const { night } = await stand();
  const web = Fastify();
  addGuard(web, {
    access: night.components.access,
    settings: () => night.config.access,
    config: () => night.config,
  });
  expect(() => web.get('/secret', () => 'x')).toThrow('/secret does not say who may call it');
});

test('a password is known by its hash alone', async () => {
  const hash = await hashPassword('correct horse battery');
  expect(await isPassword('correct horse battery', hash)).toBe(true);
  expect(await isPassword('correct horse batterz', hash)).toBe(false);
  expect(await isPassword('', NOBODYS_HASH)).toBe(false);
  expect(await isPassword('x', 'scrypt:3:8:1:AA:AA')).toBe(false);
  expect(hash).not.toContain('horse');
});

describe('a second factor', () => {
  // https://www.rfc-editor.org/rfc/rfc6238#appendix-B, the last six digits; the key is "12345678901234567890".
  const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i', (seconds, code) => {
    expect(totpAt(KEY, seconds * 1_000)).toBe(code);
  });

  test('is good a step early and late, and never twice', () => {
    const now = 1_111_111_109_000;
    const step = totpStep(KEY, '081804', now)!;
    expect(totpStep(KEY, '081804', now + 30_000)).toBe(step);
    expect(totpStep(KEY, '081804', now + 90_000)).toBeUndefined();
    expect(totpStep(KEY, '081804', now, step)).toBeUndefined();
    expect(totpStep(KEY, '', now)).toBeUndefined();
  });
});

describe('who guesses', () => {
  const HERE = '192.0.2.1';

  test('waits longer and longer, and shuts nobody out elsewhere', () => {
    const guard = new LoginGuard();
    for (let n = 0; n < 5; n++) expect(guard.tryAt('maria', HERE, n)).toBeUndefined();
    expect(guard.tryAt('maria', HERE, 10)).toBe(4 + 30_000);
    // The same name from elsewhere, and another one from here.
    expect(guard.tryAt('maria', '198.51.100.7', 10)).toBeUndefined();
    expect(guard.tryAt('devon', HERE, 10)).toBeUndefined();
    expect(guard.tryAt('maria', HERE, 30_005)).toBeUndefined();
    expect(guard.tryAt('maria', HERE, 30_006)).toBe(30_005 + 60_000);
  });

  test('is held up by the address, whatever the names, and not freed by one that is right', () => {
    const guard = new LoginGuard();
    for (let n = 0; n < 30; n++) {
      expect(guard.tryAt(`name-${n}`, HERE, n)).toBeUndefined();
      if (n % 5 === 4) {
        if (guard.tryAt('own', HERE, n) === undefined) guard.right('own', HERE);
      }
    }
    expect(guard.tryAt('another', HERE, 40)).toBeGreaterThan(29_000);
  });

  test('counts at once: many at the same moment are many', () => {
    const guard = new LoginGuard();
    const tried = Array.from({ length: 40 }, () => guard.tryAt('maria', HERE, 0));
    expect(tried.filter((until) => until === undefined)).toHaveLength(5);
  });

  test('a household of IPv6 is one', () => {
    const guard = new LoginGuard();
    for (let n = 0; n < 5; n++) guard.tryAt('maria', `2001:db8:1:2::${n}`, n);
    expect(guard.tryAt('maria', '2001:db8:1:2:ffff::1', 10)).toBeDefined();
  });
});
