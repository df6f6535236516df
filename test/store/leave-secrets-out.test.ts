import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { leaveSecretsOut } from '../../src/store/leave-secrets-out.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Effect, Message } from '../../src/core/effect.ts';
import { sampleMessage } from '../support/sample-effect.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SECRETS = {
  key: 'SIGNINGKEY',
  password: 'scrypt:HASH',
  totp: 'TOTPSECRET',
  session: 'SESSIONHASH',
  beat: 'BEATTOKEN',
  token: 'SUBSCRIBERTOKEN',
  pageLink: 'K7Q2M9XABC-4T8PNW',
  leaveLink: 'LEAVETOKEN',
  rateLink: 'RATETOKEN',
};

test('nothing in the file lets its finder act, and everything else is still there', async () => {
  const path = join(await temporaryFolder(), 'w.db');
  const store = sqliteStore(path, { exclusive: true });
  const { key, password, totp, session, beat, token } = SECRETS;
  const ada = {
    id: 'u-1',
    name: 'Ada',
    email: 'ada@acme.example',
    role: 'customer',
    customer: 'Acme',
  } as const;
  await store.commit({
    marks: [
      { name: 'answer-key', value: key },
      { name: 'totp-used/u-1', value: 5 },
      { name: 'clock', value: 7 },
    ],
    users: [{ ...ada, password, totp }],
    sessions: [{ id: session, user: 'u-1', createdAt: 1, expiresAt: 2, proof: 'p' }],
    beats: [{ token: beat, beat: { at: 1, status: 'ok', message: '' } }],
    newEffects: [
      sampleMessage({}, { code: 'K7Q2M9XABC', text: `down. https://w.example/a/${SECRETS.pageLink}` }),
      sampleMessage(
        { id: 'x:notice:1', kind: 'notice', incident: 'x' },
        {
          code: 'C2',
          text: `back. https://w.example/status/leave/${SECRETS.leaveLink} https://w.example/rate/${SECRETS.rateLink}?score=5`,
        },
      ),
    ],
    subscribers: [{ email: 'bo@acme.example', token, askedAt: 1, confirmedAt: 2 }],
  } as never);
  await store.close();
  const text = async () => (await readFile(path)).toString('latin1');
  const before = await text();
  for (const secret of Object.values(SECRETS)) expect(before).toContain(secret);

  const database = new DatabaseSync(path);
  leaveSecretsOut(database);
  database.close();
  const after = await text();
  for (const secret of Object.values(SECRETS)) expect(after).not.toContain(secret);

  const left = sqliteStore(path, { exclusive: true });
  expect(await left.users()).toEqual([ada]);
  expect([await left.mark('clock'), await left.mark('totp-used/u-1')]).toEqual([7, undefined]);
  // What a message is looked up by after a restore is still there.
  const found = (await left.messageByCode('K7Q2M9XABC')) as Effect<Message>;
  expect(found.content.text).toBe('down. https://w.example/a/K7Q2M9XABC');
  const [subscriber] = await left.subscribers();
  expect(subscriber).toMatchObject({ email: 'bo@acme.example', confirmedAt: 2 });
  expect(subscriber!.token).toMatch(/^[0-9A-Z]{16}$/);
  await left.close();
});
