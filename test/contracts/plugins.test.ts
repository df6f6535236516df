import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { BuiltInDesk } from '../../src/helpdesks/helpdesk.ts';
import { adaptedChannel } from '../../src/plugins/adapted-channel.ts';
import { adaptedCheck } from '../../src/plugins/adapted-check.ts';
import { adaptedHelpdesk } from '../../src/plugins/adapted-helpdesk.ts';
import { KeptPorts, sampleMessage } from '../support/channel-ports.ts';
import { until } from '../support/until.ts';
import { orderOf } from './helpdesk-conformance.ts';

const settings = z.strictObject({});
const channelOf = (create: unknown) =>
  adaptedChannel({ type: 'odd', summary: 'x', settings, create } as never).create({}, new KeptPorts(), 'odd');
const helpdeskOf = (create: unknown) =>
  adaptedHelpdesk({ type: 'odd', summary: 'x', settings, create } as never).create(
    {},
    { desk: () => ({}) as BuiltInDesk, publicUrl: 'https://w.example', now: Date.now },
  );
const fails = (): never => {
  throw new Error('oh no');
};

describe('a channel of a plugin', () => {
  test.each([
    ['create throws', fails, 'oh no'],
    ['create returns nothing', () => undefined, 'returned no channel'],
    ['create returns something else', () => ({ send: 1 }), 'returned no channel'],
  ])('%s: it is refused with a reason, and nothing else breaks', async (_what, create, says) => {
    const outcome = await channelOf(create).send(sampleMessage({ address: '' }));
    expect(outcome).toMatchObject({
      is: 'permanent',
      isOurs: true,
      why: expect.stringContaining(says) as string,
    });
  });

  test.each([
    ['throws', fails, 'ambiguous'],
    ['returns nothing', async () => undefined, 'ambiguous'],
    ['is done without an id: it says that it was sent', async () => ({ is: 'done' }), 'done'],
    ['is done with a number', async () => ({ is: 'done', value: 4711 }), 'done'],
    ['is something else', async () => ({ is: 'sent', value: '1' }), 'ambiguous'],
    ['is temporary', async () => ({ is: 'temporary', why: 'later' }), 'temporary'],
  ])('send %s', async (_what, send, is) => {
    expect((await channelOf(() => ({ send })).send(sampleMessage({ address: '' }))).is).toBe(is);
  });

  test('find that forgets its value does not make a message accepted', async () => {
    const channel = channelOf(() => ({
      send: async () => ({ is: 'done', value: '1' }),
      find: async () => ({ is: 'done' }),
    }));
    expect((await channel.find!(sampleMessage({ address: '' }), 0)).is).toBe('temporary');
  });

  test.each([Number.NaN, Infinity, -5, 'soon'])('retryAfterMs %s is no time', async (retryAfterMs) => {
    const channel = channelOf(() => ({ send: async () => ({ is: 'temporary', why: 'x', retryAfterMs }) }));
    expect(await channel.send(sampleMessage({ address: '' }))).toEqual({ is: 'temporary', why: 'x' });
  });

  test('listening that begins later is ended, and its failure is said', async () => {
    const ports = new KeptPorts();
    let stopped = 0;
    const make = (listen: unknown) =>
      adaptedChannel({
        type: 'odd',
        summary: 'x',
        settings,
        create: () => ({ send: async () => ({}), listen }),
      } as never).create({}, ports, 'odd');
    make(async () => () => stopped++).listen!()();
    make(async () => fails()).listen!()();
    await until('both', async () => stopped === 1 && ports.faults.length === 1);
    expect(String(ports.faults[0])).toContain('oh no');
  });

  test('create that is asynchronous is named, also by validate --online', async () => {
    const channel = channelOf(async () => fails());
    expect(await channel.inspect!([])).toMatchObject({
      is: 'done',
      value: [expect.stringContaining('`create` is asynchronous') as string],
    });
  });

  test.each([
    ['throws', fails],
    ['is asynchronous', async () => () => {}],
    ['returns nothing', () => undefined],
    ['returns a stop that throws', () => fails],
  ])('listen %s: it can be stopped all the same', (_what, listen) => {
    const stop = channelOf(() => ({ send: async () => ({}), listen })).listen!();
    expect(() => stop()).not.toThrow();
  });
});

describe('a helpdesk of a plugin', () => {
  test('may be an instance of a class', async () => {
    class Books {
      place = 'here';
      indexLagMs = 5;
      #next = 4;
      async create() {
        return { is: 'done', value: { remoteId: String(++this.#next), url: '' } };
      }
      isGenuine() {
        return this.#next > 0;
      }
    }
    const helpdesk = helpdeskOf(() => new Books());
    expect(await helpdesk.create(orderOf())).toMatchObject({ is: 'done', value: { remoteId: '5' } });
    expect([helpdesk.place, helpdesk.indexLagMs, helpdesk.isGenuine({}, '')]).toEqual(['here', 5, true]);
    expect(await helpdesk.note('5', { key: 'k', text: 't' })).toMatchObject({
      is: 'temporary',
      why: expect.stringContaining('it has no `note`') as string,
    });
    expect(helpdesk.read).toBeUndefined();
  });

  test.each([
    ['throws', fails, 'ambiguous'],
    ['returns nothing', async () => undefined, 'ambiguous'],
    ['is done without a ticket', async () => ({ is: 'done', value: {} }), 'ambiguous'],
  ])('create %s: it may have been opened', async (_what, create, is) => {
    expect((await helpdeskOf(() => ({ create })).create(orderOf())).is).toBe(is);
  });

  test('a number is an id, and lists are looked at', async () => {
    const helpdesk = helpdeskOf(() => ({
      create: async () => ({ is: 'done', value: { remoteId: 4711 } }),
      findAll: async () => ({ is: 'done' }),
      read: async () => ({ is: 'done', value: null }),
      note: async () => ({ is: 'done' }),
    }));
    expect(await helpdesk.create(orderOf())).toEqual({ is: 'done', value: { remoteId: '4711', url: '' } });
    expect((await helpdesk.findAll('k')).is).toBe('temporary');
    expect(await helpdesk.read!('1')).toEqual({ is: 'done', value: null });
    expect((await helpdesk.note('1', { key: 'k', text: 't' })).is).toBe('done');
  });

  test('what is asked at once may throw, too', () => {
    const helpdesk = helpdeskOf(() => ({ isGenuine: fails, readsAs: fails }));
    expect([helpdesk.isGenuine({}, ''), helpdesk.readsAs!('high')]).toEqual([false, 'high']);
    expect(helpdeskOf(fails).isGenuine({}, '')).toBe(false);
  });
});

test.each([
  ['throws', fails, 'oh no'],
  ['is asynchronous', async () => ({ is: 'prepared' }), 'a check type whose `prepare` returns'],
  ['forgets its secrets', () => ({ is: 'prepared', subject: 'x', probe: fails }), 'a check type whose'],
  ['returns nothing', () => undefined, 'a check type whose'],
])('a check type whose prepare %s is a mistake in the config', (_what, prepare, says) => {
  const type = adaptedCheck({ type: 'odd', summary: 'x', options: settings, prepare } as never);
  expect(type.prepare({}, { name: 'a' })).toMatchObject({
    is: 'problem',
    expected: expect.stringContaining(says) as string,
  });
});

test('settings that are marked as secret are struck out, however deep they stand', () => {
  const secret = z.string().meta({ secret: true });
  const schema = z.strictObject({
    plain: z.string(),
    token: secret.optional(),
    nested: z.strictObject({ key: secret, user: z.string() }),
    list: z.array(secret),
    byName: z.record(z.string(), z.strictObject({ pin: secret })),
    either: z.union([z.number(), secret]),
    shaped: secret.transform((text) => `${text}!`),
    all: z.strictObject({ a: z.string() }).meta({ secret: true }),
  });
  const type = adaptedChannel({
    type: 'odd',
    summary: 'x',
    settings: schema.transform((given) => given),
    create: fails,
    secrets: () => ['own'],
  } as never);
  const given = type.settings.parse({
    plain: 'plain',
    token: 'token',
    nested: { key: 'key', user: 'user' },
    list: ['one', 'two'],
    byName: { x: { pin: 'pin' } },
    either: 'either',
    shaped: 'shaped',
    all: { a: 'deep' },
  });
  expect([...new Set(type.secrets(given as never))].sort()).toEqual(
    ['token', 'key', 'one', 'two', 'pin', 'either', 'shaped!', 'deep', 'own'].sort(),
  );
});

const secret = z.string().meta({ secret: true });
const recursive: z.ZodType = z.strictObject({
  pin: secret,
  get below() {
    return recursive.optional();
  },
});
test.each<[string, z.ZodType, unknown, string[]]>([
  ['lazy', z.lazy(() => secret), 'a', ['a']],
  ['a tuple', z.tuple([z.string(), secret]), ['a', 'b'], ['b']],
  ['the rest of a tuple', z.tuple([z.string()]).rest(secret), ['a', 'b'], ['b']],
  ['an intersection', z.object({ x: secret }).and(z.object({ y: z.string() })), { x: 'a', y: 'b' }, ['a']],
  ['further keys', z.object({}).catchall(secret), { x: 'a' }, ['a']],
  ['a map', z.map(z.string(), secret), new Map([['k', 'a']]), ['a']],
  ['another option', z.union([z.literal('none'), secret]), 'none', []],
  ['itself', recursive, { pin: 'a', below: { pin: 'b' } }, ['a', 'b']],
])('secrets in %s', (_what, schema, value, expected) => {
  const type = adaptedChannel({
    type: 'odd',
    summary: 'x',
    settings: z.strictObject({ here: schema }),
    create: fails,
  } as never);
  expect([...new Set(type.secrets({ here: value } as never))]).toEqual(expected);
});
