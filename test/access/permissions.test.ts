import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/access/access.ts';
import { LoginGuard } from '../../src/access/login-guard.ts';
import { hashPassword, isPassword, NOBODYS_HASH } from '../../src/access/password.ts';
import { verdict } from '../../src/access/permissions.ts';
import { totpAt, totpStep } from '../../src/access/totp.ts';
import type { Role } from '../../src/core/user.ts';

const user = (role: Role): Caller => ({
  is: 'user',
  user: { id: 'x', name: 'X', email: '', role },
  session: 's',
});
const token = (...scopes: ('read' | 'write' | 'tickets' | 'metrics' | 'admin')[]): Caller => ({
  is: 'token',
  name: 'crm',
  scopes,
});
const nobody: Caller = { is: 'nobody' };

test.each<[string, Caller, string, string, string]>([
  ['nobody is sent to sign in', nobody, 'GET', '/', 'sign-in'],
  ['nobody may not read the API', nobody, 'GET', '/api/v1/targets', 'sign-in'],
  ['nobody may not read metrics', nobody, 'GET', '/metrics', 'sign-in'],
  ['health is for everybody', nobody, 'GET', '/healthz', 'allowed'],
  ['signed links are for everybody', nobody, 'POST', '/a/:token', 'allowed'],
  ['the status page is for everybody', nobody, 'POST', '/status/report', 'allowed'],
  ['a target reports in by its token', nobody, 'POST', '/api/v1/heartbeats/:token', 'allowed'],
  ['a viewer looks', user('viewer'), 'GET', '/tickets/:number', 'allowed'],
  ['a viewer changes nothing', user('viewer'), 'POST', '/tickets/:number', 'forbidden'],
  ['a viewer acknowledges nothing', user('viewer'), 'POST', '/api/v1/incidents/:id/acknowledge', 'forbidden'],
  ['an agent works', user('agent'), 'POST', '/tickets/:number', 'allowed'],
  ['an agent plans', user('agent'), 'POST', '/maintenance', 'allowed'],
  ['an agent reads no reports', user('agent'), 'GET', '/reports', 'forbidden'],
  ['an agent reloads nothing', user('agent'), 'POST', '/-/reload', 'forbidden'],
  ['a manager reads reports', user('manager'), 'GET', '/reports', 'allowed'],
  ['a manager reloads nothing', user('manager'), 'POST', '/-/reload', 'forbidden'],
  ['an admin reloads', user('admin'), 'POST', '/-/reload', 'allowed'],
  ['a customer has the portal', user('customer'), 'GET', '/portal', 'allowed'],
  ['a customer has no wall', user('customer'), 'GET', '/', 'forbidden'],
  ['a customer has no queue', user('customer'), 'GET', '/tickets', 'forbidden'],
  ['a customer has no API', user('customer'), 'GET', '/api/v1/targets', 'forbidden'],
  ['a customer probes nothing', user('account-manager'), 'GET', '/probe', 'forbidden'],
  ['a customer writes nothing', user('account-manager'), 'POST', '/api/v1/desk/tickets', 'forbidden'],
  ['a program reads', token('read'), 'GET', '/api/v1/incidents', 'allowed'],
  ['a program that reads does not write', token('read'), 'POST', '/api/v1/maintenance', 'forbidden'],
  ['a program of the desk opens tickets', token('tickets'), 'POST', '/api/v1/desk/tickets', 'allowed'],
  ['a program of the desk reads no targets', token('tickets'), 'GET', '/api/v1/targets', 'forbidden'],
  ['a program has no pages', token('read', 'write'), 'GET', '/tickets', 'forbidden'],
  ['a calendar program reads who is on call', token('read'), 'GET', '/oncall/:what/:file', 'allowed'],
  ['Prometheus has its token', token('metrics'), 'GET', '/metrics', 'allowed'],
])('%s', (_name, caller, method, path, expected) => {
  expect(verdict(caller, method, path, { open: [] }).is).toBe(expected);
});

test('what the config opens is open', () => {
  expect(verdict(nobody, 'GET', '/metrics', { open: ['metrics'] }).is).toBe('allowed');
  expect(verdict(nobody, 'GET', '/', { open: ['wall'] }).is).toBe('allowed');
  expect(verdict(nobody, 'POST', '/targets/:name/probe', { open: ['wall'] }).is).toBe('sign-in');
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
