import { describe, expect, test } from 'vitest';
import { ALWAYS_HELD, type Fence } from '../../src/core/fence.ts';
import type { Effect, EffectKind, Outcome } from '../../src/core/effect.ts';
import type { Accepted } from '../../src/core/accepted.ts';
import type { Deliverer } from '../../src/delivery/deliverer.ts';
import { Outbox } from '../../src/delivery/outbox.ts';
import type { Change } from '../../src/store/store.ts';
import { HandClock } from '../support/hand-clock.ts';

type Answer = Outcome<Accepted>;
const done: Answer = { is: 'done', value: { remoteId: 'R' } };

/** An outbox with one queue, `sms`, whose provider answers as told and keeps its own books. */
function stand(options: { concurrency?: number; lagMs?: number; looksUp?: boolean; fence?: Fence } = {}) {
  const clock = new HandClock();
  const written: string[] = [];
  const attempts: { id: string; at: number; state: string }[] = [];
  const settled: Effect[] = [];
  const faults: string[] = [];
  let answers: (Answer | 'hang')[] = [];
  let found: Accepted | null = null;
  let blind: Outcome<Accepted | null> | undefined;
  let lookUps = 0;
  let held: Promise<void> | undefined;
  const deliverer: Deliverer = {
    queue: 'sms',
    concurrency: options.concurrency ?? 4,
    deadlineMs: 5_000,
    lagMs: options.lagMs ?? 0,
    prepare: (effect) => ({ is: 'ready', effect }),
    attempt(effect) {
      attempts.push({ id: effect.id, at: clock.now(), state: effect.state.is });
      const answer = answers.shift() ?? done;
      return answer === 'hang' ? new Promise(() => {}) : Promise.resolve(answer);
    },
    lookUp() {
      if (!options.looksUp) return undefined;
      lookUps++;
      return Promise.resolve(blind ?? { is: 'done', value: found });
    },
  };
  const outbox = new Outbox({
    clock,
    fence: options.fence ?? ALWAYS_HELD,
    random: () => 0.5,
    commit: async (change: Change) => {
      await held;
      for (const effect of change.effects ?? []) written.push(`${effect.id} ${effect.state.is}`);
    },
    settled: async (ended) => void settled.push(...ended.map(({ effect }) => effect)),
    onReceiptWanted: () => {},
    onFault: (error) => void faults.push(String(error)),
    onOutcome: () => {},
  });
  outbox.setDeliverers([deliverer]);
  outbox.start();
  return {
    clock,
    outbox,
    deliverer,
    written,
    attempts,
    settled,
    faults,
    answer: (...next: (Answer | 'hang')[]) => (answers = next),
    exists: (remoteId: string) => (found = { remoteId }),
    cannotLook: (why: Outcome<Accepted | null>) => (blind = why),
    lookUps: () => lookUps,
    /** The disk refuses until it is released. */
    holdCommits() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

const message = (id: string, clock: HandClock, more: Partial<Effect> = {}): Effect => ({
  id,
  incident: 'I',
  kind: 'page' as EffectKind,
  n: 1,
  lane: id,
  createdAt: clock.now(),
  attempts: 0,
  state: { is: 'pending', dueAt: clock.now() },
  content: {
    is: 'message',
    to: { is: 'person', name: 'maria' },
    via: 'sms',
    code: id,
    occasion: { is: 'outage' },
  },
  ...more,
});

describe('outbox', () => {
  test('writes the claim before the attempt, and the end after it', async () => {
    const { clock, outbox, written, attempts, settled } = stand();
    outbox.enqueue([message('a', clock)]);
    await clock.settle();
    expect(written).toEqual(['a sending']);
    expect(attempts.map(({ state }) => state)).toEqual(['sending']);
    expect(settled.map(({ id, state }) => [id, state.is])).toEqual([['a', 'accepted']]);
    expect(outbox.live()).toEqual([]);
  });

  test('nothing is sent while another instance may be acting, and everything once this one acts again', async () => {
    let isHeld = false;
    const fence: Fence = { isHeld: () => isHeld, signal: new AbortController().signal, epoch: 3 };
    const { clock, outbox, written, attempts } = stand({ fence });
    outbox.enqueue([message('a', clock)]);
    await clock.turn(30_000);
    expect([written, attempts]).toEqual([[], []]);
    isHeld = true;
    await clock.turn(1_000);
    expect(attempts.map(({ id }) => id)).toEqual(['a']);
  });

  test('the right to act is asked again after the claim was written: it may have taken long', async () => {
    let isHeld = true;
    const fence: Fence = { isHeld: () => isHeld, signal: new AbortController().signal, epoch: 3 };
    const { clock, outbox, written, attempts, settled, holdCommits } = stand({ fence });
    const release = holdCommits();
    outbox.enqueue([message('a', clock)]);
    await clock.turn(100);
    isHeld = false;
    release();
    await clock.settle();
    // It certainly was not sent: it is tried again, not looked up.
    expect(written).toEqual(['a sending', 'a retrying']);
    expect(attempts).toEqual([]);
    isHeld = true;
    await clock.turn(60_000);
    expect(attempts.map(({ id }) => id)).toEqual(['a']);
    expect(settled.map(({ id }) => id)).toEqual(['a']);
  });

  test('after a takeover, what was being sent may have left until now: it is looked up for as long', async () => {
    const fence: Fence = { isHeld: () => true, signal: new AbortController().signal, epoch: 3 };
    const { clock, outbox, attempts, lookUps } = stand({ fence, looksUp: true, lagMs: 20_000 });
    const since = clock.now() - 60_000;
    const sending = { is: 'sending', since, leaseUntil: since + 5_000 } as Effect['state'];
    outbox.restore([message('a', clock, { attempts: 1, state: sending })]);
    await clock.turn(19_000);
    expect(lookUps()).toBe(1);
    expect(attempts).toEqual([]);
    await clock.turn(30_000);
    expect(attempts.map(({ id }) => id)).toEqual(['a']);
  });

  test('waits until an effect is due, and not longer when it is hurried', async () => {
    const { clock, outbox, attempts } = stand();
    const later = { state: { is: 'pending', dueAt: clock.now() + 250 } as const };
    outbox.enqueue([message('a', clock, later), message('b', clock, { ...later, incident: 'J' })]);
    await clock.turn(100);
    expect(attempts).toEqual([]);
    outbox.hurryMessages('I');
    await clock.settle();
    expect(attempts.map(({ id }) => id)).toEqual(['a']);
    await clock.turn(200);
    expect(attempts.map(({ id, at }) => [id, at])).toEqual([
      ['a', 1_000_100],
      ['b', 1_000_250],
    ]);
  });

  test('keeps a lane in order: the next waits for the end of the one before, retries and all', async () => {
    const { clock, outbox, attempts, answer } = stand();
    answer({ is: 'temporary', why: 'busy' });
    outbox.enqueue([
      message('a', clock, { lane: 'L' }),
      message('b', clock, { lane: 'L' }),
      message('c', clock),
    ]);
    await clock.turn(10_000);
    expect(attempts.map(({ id, at }) => [id, at - 1_000_000])).toEqual([
      ['a', 0],
      ['c', 0],
      ['a', 1_000],
      ['b', 1_000],
    ]);
  });

  test('never has more under way than the queue allows, and hangs block no more than themselves', async () => {
    const { clock, outbox, attempts, answer } = stand({ concurrency: 2 });
    answer('hang', 'hang');
    outbox.enqueue(['a', 'b', 'c', 'd'].map((id) => message(id, clock)));
    await clock.turn(4_999);
    expect(attempts.map(({ id }) => id)).toEqual(['a', 'b']);
    await clock.turn(1);
    expect(attempts.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an attempt without an answer is ambiguous, and looked up before it is made again', async () => {
    const { clock, outbox, attempts, settled, answer, exists, lookUps } = stand({ looksUp: true });
    answer('hang');
    outbox.enqueue([message('a', clock)]);
    await clock.turn(5_000);
    exists('R7');
    await clock.turn(2_000);
    expect([attempts.length, lookUps(), settled[0]!.state]).toMatchObject([
      1,
      1,
      { is: 'accepted', remoteId: 'R7' },
    ]);
  });

  test('what cannot be seen yet is not sent again before the lag is over', async () => {
    const { clock, outbox, attempts, answer, lookUps } = stand({ looksUp: true, lagMs: 60_000 });
    answer({ is: 'ambiguous', why: 'reset' });
    outbox.enqueue([message('a', clock)]);
    await clock.turn(59_000);
    expect(attempts).toHaveLength(1);
    expect(lookUps()).toBeLessThan(5);
    await clock.turn(2_000);
    expect(attempts).toHaveLength(2);
  });

  test('what can be neither found nor confirmed is not sent without end: three times, then another way', async () => {
    const { clock, outbox, attempts, settled, answer } = stand();
    const lost: Answer = { is: 'ambiguous', why: 'no answer' };
    answer(...Array.from({ length: 50 }, () => lost));
    outbox.enqueue([message('a', clock)]);
    await clock.turn(3_600_000);
    expect(attempts).toHaveLength(3);
    expect(settled.map(({ state }) => state)).toEqual([
      expect.objectContaining({ is: 'dead', why: 'sent 3 times without confirmation of delivery' }),
    ]);
  });

  test('what is looked for and never found is sent a few times more, and not for ever', async () => {
    const { clock, outbox, attempts, settled, answer } = stand({ looksUp: true });
    answer(...Array.from({ length: 50 }, (): Answer => ({ is: 'ambiguous', why: 'no answer' })));
    outbox.enqueue([message('a', clock)]);
    await clock.turn(6 * 3_600_000);
    expect(attempts).toHaveLength(6);
    expect(settled.map(({ state }) => state.is)).toEqual(['dead']);
  });

  test('nothing more goes under the name of what may have arrived already', async () => {
    const { clock, outbox, deliverer, attempts, answer } = stand();
    Object.assign(deliverer, { cannotTell: true, bundleKey: () => 'maria' });
    answer({ is: 'temporary', why: 'no answer' });
    outbox.enqueue([message('a', clock)]);
    await clock.settle();
    outbox.enqueue([
      message('b', clock, { incident: 'J', state: { is: 'pending', dueAt: clock.now() + 1_000 } }),
    ]);
    await clock.turn(60_000);
    expect(attempts.map(({ id }) => id).sort()).toEqual(['a', 'a', 'b']);
  });

  test('a message that cannot be looked up is sent again once the lag is over: two are better than none', async () => {
    const { clock, outbox, attempts, answer, cannotLook, lookUps } = stand({ looksUp: true, lagMs: 10_000 });
    cannotLook({ is: 'permanent', why: '403' });
    answer({ is: 'ambiguous', why: 'reset' });
    outbox.enqueue([message('a', clock)]);
    await clock.turn(9_000);
    expect(attempts).toHaveLength(1);
    await clock.turn(20_000);
    expect(attempts).toHaveLength(2);
    expect(lookUps()).toBeLessThan(10);
  });

  test('after a crash what was being sent is looked up first; what was waiting is simply sent', async () => {
    const { clock, outbox, attempts, settled, exists } = stand({ looksUp: true });
    exists('R9');
    outbox.restore([
      message('sending', clock, {
        attempts: 1,
        state: { is: 'sending', since: clock.now() - 500, leaseUntil: clock.now() },
      }),
      message('waiting', clock),
    ]);
    await clock.settle();
    expect(attempts.map(({ id }) => id)).toEqual(['waiting']);
    expect(settled.find(({ id }) => id === 'sending')!.state).toMatchObject({
      is: 'accepted',
      remoteId: 'R9',
    });
  });

  test('a channel that is gone loses what waits in it, loudly; the next of the lane follows', async () => {
    const { clock, outbox, settled } = stand();
    outbox.enqueue([
      message('a', clock, { state: { is: 'pending', dueAt: clock.now() + 60_000 } }),
      message('b', clock, { lane: 'a' }),
    ]);
    outbox.setDeliverers([]);
    await clock.settle();
    expect(settled.map(({ id, state }) => [id, state])).toEqual(
      ['a', 'b'].map((id) => [
        id,
        { is: 'dead', at: clock.now(), why: 'channel sms is no longer configured' },
      ]),
    );
  });

  test('stop takes nothing new and waits for what is under way', async () => {
    const { clock, outbox, attempts, answer, settled } = stand({ concurrency: 1 });
    answer('hang');
    outbox.enqueue([message('a', clock), message('b', clock)]);
    await clock.settle();
    let stopped = false;
    void outbox.stop().then(() => (stopped = true));
    await clock.settle();
    expect([stopped, attempts.length]).toEqual([false, 1]);
    await clock.turn(5_000);
    expect([stopped, attempts.length, settled.length]).toEqual([true, 1, 0]);
  });

  test('a fault of ours in the middle of it wedges nothing: it is tried again', async () => {
    const { clock, outbox, deliverer, attempts, settled, faults } = stand({ concurrency: 1 });
    const prepare = deliverer.prepare;
    deliverer.prepare = () => {
      throw new Error('not expected');
    };
    outbox.enqueue([message('a', clock), message('b', clock)]);
    await clock.turn(1_000);
    expect(faults).toHaveLength(2);
    deliverer.prepare = prepare;
    await clock.turn(60_000);
    expect(attempts.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(settled).toHaveLength(2);
  });

  test('when the lead of a bundle is given up, those it stood for go on by themselves', async () => {
    const { clock, outbox, deliverer, settled, answer } = stand();
    deliverer.bundleKey = () => 'maria';
    answer(done, { is: 'temporary', why: 'no connection' }, done);
    const old = { attempts: 359 };
    outbox.enqueue([
      message('first', clock),
      message('lead', clock, old),
      message('b', clock),
      message('c', clock),
    ]);
    await clock.turn(120_000);
    const ends = settled.map(({ id, state }) => `${id} ${state.is}`).sort();
    expect(ends).toEqual(['b accepted', 'c accepted', 'first accepted', 'lead dead']);
    expect(outbox.live()).toEqual([]);
  });

  test('sleep is no reason to give an attempt up; one that never ends is, and its late answer counts for nothing', async () => {
    const { clock, outbox, attempts, settled, answer } = stand({ looksUp: true });
    answer('hang', done);
    outbox.enqueue([message('a', clock)]);
    await clock.settle();
    clock.set(3_600_000);
    expect(await outbox.expireLeases()).toEqual([]);
    expect(attempts).toHaveLength(1);
    await clock.turn(60_000);
    expect(settled.map(({ id, state }) => `${id} ${state.is}`)).toEqual(['a accepted']);
  });

  test('a claim that waits for the disk until its lease is over is not carried out when the disk is back', async () => {
    const { clock, outbox, attempts, settled, holdCommits, lookUps } = stand({ looksUp: true });
    const release = holdCommits();
    outbox.enqueue([message('a', clock)]);
    await clock.turn(60_000);
    const expiring = outbox.expireLeases();
    await clock.settle();
    release();
    expect(await expiring).toHaveLength(1);
    await clock.turn(60_000);
    expect(attempts).toHaveLength(1);
    expect(lookUps()).toBe(1);
    expect(settled.map(({ state }) => state.is)).toEqual(['accepted']);
  });

  test('after a crash in the middle of a bundle what is not found is bundled anew', async () => {
    const { clock, outbox, deliverer, attempts, settled } = stand({ looksUp: true });
    deliverer.bundleKey = () => 'maria';
    const inBundle = (id: string): Effect => {
      const effect = message(id, clock);
      const content = { ...effect.content, bundledCode: 'lead' } as Effect['content'];
      return {
        ...effect,
        content,
        state: { is: 'sending', since: clock.now(), leaseUntil: clock.now() + 10_000 },
      };
    };
    outbox.restore(['a', 'b', 'c', 'd', 'e'].map(inBundle));
    await clock.turn(60_000);
    expect(settled).toHaveLength(5);
    expect(attempts.length).toBeLessThanOrEqual(2);
    expect(settled.every(({ content }) => content.is === 'message' && content.perhapsDouble)).toBe(true);
  });
});
