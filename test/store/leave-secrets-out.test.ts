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
  token: 'SVBSCR1BERT0KEN0',
  pageLink: 'K7Q2M9XABC-4T8PNW',
  goneLink: '1EAVET0KEN0FG0NE',
  rateLink: '-_ateT0kenOf22Charact3',
  invitation: '0123456789abcdef0123456789abcdef01234567',
};

/** Links of other people that look a little like ours. */
const THEIRS =
  'https://intra.example/a/foo-bar-baz https://intra.example/a/my-page/x https://x.example/leave/now https://x.example/rate/17-euro';

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
  const ticket = {
    number: 1,
    subject: 'Printer',
    body: `as in https://w.example/rate/17-${SECRETS.rateLink}?score=1`,
    priority: 'low',
    state: { is: 'open' },
    createdAt: 1,
    updatedAt: 3,
  };
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
          text: [
            `back. https://w.example/uptime/leave/${token} https://w.example/status/confirm/${SECRETS.goneLink}`,
            `https://w.example/rate/17-${SECRETS.rateLink}?score=5`,
            `https://w.example/invitation/u-1.1790000000000.${SECRETS.invitation}`,
            THEIRS,
          ].join('\n'),
        },
      ),
    ],
    deskTickets: [ticket],
    deskEntries: [
      {
        ticket: 1,
        at: 3,
        event: 'reply',
        by: { is: 'monitor' },
        text: 'the words of the ticket',
        isPublic: true,
        quoted: `> https://w.example/a/${SECRETS.pageLink}`,
      },
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
  const trail = await left.desk.entries(1);
  expect(trail.map(({ quoted }) => quoted)).toEqual(['> https://w.example/a/K7Q2M9XABC']);
  const notice = JSON.stringify(await left.effect('x:notice:1'));
  const [subscriber] = await left.subscribers();
  expect(subscriber).toMatchObject({ email: 'bo@acme.example', confirmedAt: 2 });
  expect(subscriber!.token).toMatch(/^[0-9A-Z]{16}$/);
  // Mails that still wait to be sent are of use after a restore, and other people's links are left alone.
  expect(notice).toContain(`/uptime/leave/${subscriber!.token}`);
  expect(notice).toContain(THEIRS);
  await left.close();
  const guarded = new DatabaseSync(path);
  expect(() => guarded.exec(`UPDATE desk_entries SET document = '{}'`)).toThrow('never changed');
  guarded.close();
});
