import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import desk from '../../src/helpdesks/desk.ts';
import { quietDesk } from '../support/quiet-desk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function open() {
  const store = sqliteStore(join(await temporaryFolder(), 'w.db'), { exclusive: true });
  const inner = quietDesk(store);
  const helpdesk = desk.create({}, { desk: () => inner, publicUrl: 'https://w.example', now: () => 1_000 });
  return { store, helpdesk };
}

const ticket = {
  orderId: 'K7Q2M9XA:ticket.open:1',
  key: 'K7Q2M9XA',
  subject: 'URGENT: shop is down',
  body: 'all about it',
  priority: 'urgent',
} as const;

describe('desk', () => {
  test('creates one ticket for one key, and finds it by the key at once', async () => {
    const { helpdesk } = await open();
    expect(await helpdesk.findAll(ticket.key)).toEqual({ is: 'done', value: [] });
    const created = await helpdesk.create(ticket);
    expect(created).toEqual({ is: 'done', value: { remoteId: '1', url: 'https://w.example/tickets/1' } });
    expect(await helpdesk.create(ticket)).toEqual(created);
    expect(await helpdesk.findAll(ticket.key)).toMatchObject({ is: 'done', value: [{ remoteId: '1' }] });
  });

  test('takes a note once for one key, resolves and reopens', async () => {
    const { helpdesk, store } = await open();
    await helpdesk.create(ticket);
    for (let time = 0; time < 2; time++) {
      expect(await helpdesk.note('1', { key: 'K:ticket.note:1', text: 'still down' })).toEqual({
        is: 'done',
        value: '1',
      });
      expect(await helpdesk.update('1', { status: 'resolved' })).toEqual({ is: 'done', value: '1' });
    }
    expect((await store.desk.ticket(1))!.state.is).toBe('resolved');
    await helpdesk.update('1', { status: 'open' });
    expect((await store.desk.ticket(1))!.state.is).toBe('open');
    expect((await store.desk.entries(1)).map(({ event, text }) => `${event} ${text}`)).toEqual([
      'opened ',
      'note still down',
      'state resolved',
      'state open',
    ]);
  });

  test('a ticket that is not there is a final refusal', async () => {
    const { helpdesk } = await open();
    expect(await helpdesk.note('7', { key: 'k', text: 'x' })).toEqual({
      is: 'permanent',
      why: 'there is no ticket 7',
    });
  });
});
