import { afterEach, expect, test } from 'vitest';
import { PolicyStand } from '../policies/policy-stand.ts';

let stand: PolicyStand;
afterEach(() => stand.night.end());

const HOTLINE = `hotline: { account_sid: AC${'0'.repeat(32)}, auth_token: a-token-for-the-test }\n`;
let calls = 0;

const begin = () =>
  PolicyStand.begin({
    policy: 'versa',
    plans: ['vip', 'essentials'],
    zone: 'America/Toronto',
    from: '2026-10-28T12:00',
    more: HOTLINE,
    files: {
      'no-targets':
        'customer: { name: Initech, plan: essentials, pin: "0815", users: [{ name: Bo, phone: "+12895550777" }] }\n',
    },
  });

/** 9, and then these PINs as long as one is asked for. */
async function callWith(pins: readonly string[], from = '+12895550999'): Promise<string[]> {
  const fields = { CallSid: `CA${String(++calls).padStart(32, '0')}`, From: from };
  const said = [await stand.call('key', { ...fields, Digits: '9' })];
  for (const [index, pin] of pins.entries()) {
    if (!said.at(-1)!.includes('enter your PIN')) break;
    said.push(await stand.call('pin', { ...fields, Digits: pin }, index + 1));
  }
  return said;
}

test('ten wrong PINs in a day, over all calls, and none is asked for; the report is taken all the same', async () => {
  stand = await begin();
  for (let call = 0; call < 3; call++) {
    const said = await callWith(['1111', '2222', '3333', '4711']);
    expect(said).toHaveLength(4);
    expect(said.at(-1)).toContain('We have opened an urgent ticket');
  }
  // The tenth is the last, and the right one behind it is not even heard.
  const tenth = await callWith(['4444', '4711']);
  expect(tenth).toHaveLength(2);
  const after = await callWith(['4711']);
  expect(after).toEqual([expect.stringContaining('We have opened an urgent ticket')]);
  expect((await stand.ticket(1)).body).not.toContain('PIN verified');

  // A restart forgets nothing of it.
  await stand.night.crash();
  await stand.night.boot();
  expect(await callWith(['4711'])).toEqual([expect.not.stringContaining('enter your PIN')]);

  // Another customer is still asked; and so is this one a day later.
  expect((await callWith(['0815'], '+12895550777')).at(-1)).toContain('We have opened an urgent ticket');
  expect(await stand.ticket(2)).toMatchObject({ customer: 'Initech' });
  expect((await stand.ticket(2)).body).toContain('PIN verified');
  await stand.minutes(24 * 60);
  expect((await callWith(['4711']))[0]).toContain('enter your PIN');
});
