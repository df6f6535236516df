import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../src/probing/system-clock.ts';

/** Three clocks that go on together until one of them is touched. */
function stand() {
  const at = { wall: 1_000_000, running: 5_000, sinceBoot: 90_000 };
  const clock = new SystemClock({
    wall: () => at.wall,
    running: () => at.running,
    sinceBoot: () => at.sinceBoot,
  });
  const heard: string[] = [];
  clock.events = {
    onStep: (byMs) => heard.push(`step ${byMs}`),
    onSleep: (forMs) => heard.push(`sleep ${forMs}`),
  };
  const pass = (ms: number, of: (keyof typeof at)[] = ['wall', 'running', 'sinceBoot']) => {
    for (const name of of) at[name] += ms;
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, heard, pass, turn };
}

describe('the clock of the machine', () => {
  test('goes on without a word while nothing happens to it', async () => {
    const { clock, heard, pass, turn } = stand();
    for (let second = 0; second < 100; second++) {
      pass(1_000);
      expect(clock.now()).toBe(1_000_000 + (second + 1) * 1_000);
    }
    await turn();
    expect(heard).toEqual([]);
  });

  test('a step shows itself in a turn of its own: until then time goes on as before', async () => {
    const { clock, heard, pass, turn } = stand();
    pass(3_600_000, ['wall']);
    pass(10);
    expect(clock.now()).toBe(1_000_010);
    expect(clock.now()).toBe(1_000_010);
    await turn();
    expect(heard).toEqual(['step 3600000']);
    expect(clock.now()).toBe(4_600_010);
    pass(-86_400_000, ['wall']);
    clock.now();
    await turn();
    expect(heard.at(-1)).toBe('step -86400000');
  });

  test('gives whole milliseconds, however the running clock counts', async () => {
    const { clock, heard, pass, turn } = stand();
    pass(0.4137, ['running']);
    pass(3_600_000, ['wall']);
    expect(Number.isInteger(clock.now())).toBe(true);
    await turn();
    expect(heard).toEqual(['step 3600000']);
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  test('sleep is time that has passed, and no step', async () => {
    const { clock, heard, pass, turn } = stand();
    pass(500_000);
    pass(7_200_000, ['wall', 'sinceBoot']);
    expect(clock.now()).toBe(8_700_000);
    await turn();
    expect(heard).toEqual(['sleep 7200000']);
  });

  test('sleep and step together are told apart', async () => {
    const { clock, heard, pass, turn } = stand();
    pass(7_200_000, ['wall', 'sinceBoot']);
    pass(60_000, ['wall']);
    clock.now();
    await turn();
    expect(heard).toEqual(['step 60000', 'sleep 7200000']);
  });

  test('a clock that is slewed is followed, however far it goes', async () => {
    const { clock, heard, pass, turn } = stand();
    for (let second = 0; second < 10_000; second++) {
      pass(1_000);
      pass(1, ['wall']);
      clock.now();
    }
    await turn();
    expect(heard).toEqual([]);
  });
});
