import { expect, test } from 'vitest';
import { Lifecycle, type Component } from '../../src/app/lifecycle.ts';
import { signal } from '../../src/app/signal.ts';

/** A component that writes down what it is asked to do. */
function diary() {
  const lines: string[] = [];
  const component = (
    name: string,
    more: Partial<Component<string, string>> = {},
  ): Component<string, string> => ({
    name,
    restore: (last) => void lines.push(`restore ${name} ${last}`),
    start: () => void lines.push(`start ${name}`),
    apply: (settings, isRunning) => void lines.push(`apply ${name} ${settings} ${isRunning}`),
    clockStepped: (byMs) => void lines.push(`step ${name} ${byMs}`),
    slept: (ms) => void lines.push(`slept ${name} ${ms}`),
    stop: () => void lines.push(`stop ${name}`),
    ...more,
  });
  return { lines, component };
}

test('components live in the order in which they were added, and end in reverse', async () => {
  const { lines, component } = diary();
  const faults: unknown[] = [];
  const lifecycle = new Lifecycle<string, string>((error) => faults.push(error));
  for (const name of ['a', 'b', 'c']) lifecycle.add(component(name));
  await lifecycle.restore('x');
  await lifecycle.apply('early');
  await lifecycle.start();
  await lifecycle.apply('late');
  await lifecycle.clockStepped(5);
  lifecycle.slept(7);
  await lifecycle.stop();
  expect(lines).toEqual([
    ...['restore a x', 'restore b x', 'restore c x'],
    ...['apply a early false', 'apply b early false', 'apply c early false'],
    ...['start a', 'start b', 'start c'],
    ...['apply a late true', 'apply b late true', 'apply c late true'],
    ...['step a 5', 'step b 5', 'step c 5'],
    ...['slept a 7', 'slept b 7', 'slept c 7'],
    ...['stop c', 'stop b', 'stop a'],
  ]);
  expect(faults).toEqual([]);
  await lifecycle.stop();
  expect(lines.at(-1)).toBe('stop a');
});

test('when one cannot be started, it and those before it are stopped, and none after it is started', async () => {
  const { lines, component } = diary();
  const lifecycle = new Lifecycle<string, string>(() => {});
  lifecycle.add(component('a'));
  lifecycle.add(
    component('b', {
      start() {
        throw new Error('the port is in use');
      },
    }),
  );
  lifecycle.add(component('c'));
  await expect(lifecycle.start()).rejects.toThrow('the port is in use');
  expect(lines).toEqual(['start a', 'stop b', 'stop a']);
});

test('one that cannot be stopped does not keep the others from it', async () => {
  const { lines, component } = diary();
  const faults: Error[] = [];
  const lifecycle = new Lifecycle<string, string>((error) => faults.push(error as Error));
  lifecycle.add(component('a'));
  lifecycle.add(component('b', { stop: () => Promise.reject(new Error('it hangs')) }));
  await lifecycle.start();
  await lifecycle.stop();
  expect(lines).toEqual(['start a', 'start b', 'stop a']);
  expect(faults.map(({ message, cause }) => `${message}: ${(cause as Error).message}`)).toEqual([
    'could not stop b: it hangs',
  ]);
});

test('one that does not end in time is given up, and the others are still stopped', async () => {
  const { lines, component } = diary();
  const lifecycle = new Lifecycle<string, string>(() => {});
  lifecycle.add(component('store'));
  lifecycle.add(component('outbox', { stop: () => new Promise(() => {}) }));
  await lifecycle.start();
  await lifecycle.stop(Promise.resolve());
  expect(lines).toEqual(['start store', 'start outbox', 'stop store']);
});

test('parts within parts are given up together, and a start that fails does not wait for ever either', async () => {
  const { lines, component } = diary();
  const inner = new Lifecycle<string, string>(() => {});
  inner.add(component('office'));
  inner.add(component('outbox', { stop: () => new Promise(() => {}) }));
  const outer = new Lifecycle<string, string>(
    () => {},
    () => Promise.resolve(),
  );
  outer.add(component('store'));
  outer.add({ name: 'all', start: () => inner.start(), stop: (givenUp) => inner.stop(givenUp) });
  outer.add(
    component('web', {
      start() {
        throw new Error('the port is in use');
      },
    }),
  );
  await expect(outer.start()).rejects.toThrow('the port is in use');
  expect(lines.filter((line) => line.startsWith('stop'))).toEqual(['stop web', 'stop office', 'stop store']);
});

test('a start that fails within a part is given up as well', async () => {
  const { lines, component } = diary();
  const limit = () => Promise.resolve();
  const inner = new Lifecycle<string, string>(() => {}, limit);
  inner.add(component('outbox', { stop: () => new Promise(() => {}) }));
  inner.add(
    component('office', {
      start() {
        throw new Error('the store is damaged');
      },
    }),
  );
  const outer = new Lifecycle<string, string>(() => {}, limit);
  outer.add(component('store'));
  outer.add({ name: 'all', start: () => inner.start(), stop: (givenUp) => inner.stop(givenUp) });
  await expect(outer.start()).rejects.toThrow('the store is damaged');
  expect(lines.filter((line) => line.startsWith('stop'))).toEqual(['stop office', 'stop store']);
});

test('a step of the clock reaches all of them within one turn', () => {
  const lifecycle = new Lifecycle<string>(() => {});
  const moved: string[] = [];
  for (const name of ['a', 'b'])
    lifecycle.add({
      name,
      async clockStepped() {
        moved.push(name);
        await new Promise(() => {});
      },
    });
  void lifecycle.clockStepped(1);
  expect(moved).toEqual(['a', 'b']);
});

test('complaints are those of all components', () => {
  const lifecycle = new Lifecycle<string>(() => {});
  lifecycle.add({ name: 'store', complaints: () => ['full'] });
  lifecycle.add({ name: 'silent' });
  lifecycle.add({ name: 'outbox', complaints: () => ['late', 'stuck'] });
  expect(lifecycle.complaints()).toEqual(['full', 'late', 'stuck']);
});

test('a signal has exactly one follower', () => {
  const said = signal<(what: string) => number>('said');
  expect(() => said.say('early')).toThrow('nothing follows the signal said');
  said.follow((what) => what.length);
  expect(said.say('four')).toBe(4);
  expect(() => said.follow(() => 0)).toThrow('has a follower already');
});
