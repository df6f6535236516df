import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Access } from '../../src/access/access.ts';
import type { AccessSettings } from '../../src/access/access-settings.ts';
import { Busy, isPassword } from '../../src/access/password.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const settings: AccessSettings = { users: [], tokens: [], open: [], sessionMs: 3_600_000 };

async function stand() {
  const store = sqliteStore(join(await temporaryFolder({}), 'w.db'), { exclusive: true });
  onTestFinished(() => store.close());
  const access = new Access({
    clock: new HandClock(1_000_000),
    settings: () => settings,
    store,
    commit: (change) => store.commit(change),
    key: () => 'a key of the test',
    hasCustomer: (name) => name === 'Acme',
  });
  const add = async (name: string) =>
    (await access.addUser(
      { name, email: `${name}@acme.example`, role: 'customer', customer: 'Acme' },
      'maria',
    ))!;
  return { store, access, add };
}

test('somebody who is removed while their password is being set does not come back', async () => {
  const { store, access, add } = await stand();
  const { id } = await add('ann');
  const setting = access.setPassword(id, 'correct horse battery');
  expect(await access.removeUser(id)).toBe(true);
  expect(await setting).toBe(false);
  expect(access.user(id)).toBeUndefined();
  expect(await store.users()).toEqual([]);
});

test('an invitation that was taken up elsewhere meanwhile sets no password', async () => {
  const { store, access, add } = await stand();
  const user = await add('ann');
  const token = access.invitation(user, 'mailed');
  const isStill = () => access.invited(token) !== undefined;
  expect(await access.setPassword(user.id, 'the first of the two', { way: 'mailed', isStill })).toBe(true);
  expect(await access.setPassword(user.id, 'the second of the two', { way: 'mailed', isStill })).toBe(false);
  const [stored] = await store.users();
  expect(await isPassword('the first of the two', stored!.password!)).toBe(true);
});

test('one password at a time is set for a user, whatever is asked, and others are not held up', async () => {
  const { store, access, add } = await stand();
  const [ann, ben] = [await add('ann'), await add('ben')];
  const tries = await Promise.allSettled([
    access.setPassword(ann.id, 'the first of many'),
    ...Array.from({ length: 5 }, (_, index) => access.setPassword(ann.id, `another one, ${index}`)),
    access.setPassword(ben.id, 'his own, beside it'),
  ]);
  const refused = tries.filter((one) => one.status === 'rejected');
  expect(refused.every(({ reason }) => reason instanceof Busy)).toBe(true);
  // One is being worked out, at most one waits.
  expect(refused.length).toBeGreaterThanOrEqual(4);
  expect(tries.at(-1)).toEqual({ status: 'fulfilled', value: true });
  const stored = await store.users();
  expect(stored.map(({ password }) => password !== undefined)).toEqual([true, true]);
});
