import { expect, test } from 'vitest';
import { unixAddress } from '../../src/app/notify-socket.ts';
import { ServiceManager, takeNotifyEnvironment } from '../../src/app/service-manager.ts';
import { HandClock } from '../support/hand-clock.ts';

test('it says that it is ready, alive as often as is wanted, and that it stops', async () => {
  const clock = new HandClock(0);
  const said: string[] = [];
  let status = 'Monitoring 1 target';
  const manager = new ServiceManager({
    clock,
    send: (text) => said.push(text),
    watchdogMs: 4_000,
  });
  manager.status = () => status;
  manager.start();
  await clock.turn(4_500);
  status = 'Not ready:\nthe disk is full';
  await clock.turn(2_000);
  manager.stop();
  await clock.turn(2_000);
  manager.close();
  await clock.turn(10_000);
  expect(said).toEqual([
    'READY=1\nSTATUS=Monitoring 1 target',
    'WATCHDOG=1\nSTATUS=Monitoring 1 target',
    'WATCHDOG=1',
    'WATCHDOG=1\nSTATUS=Not ready: the disk is full',
    'STOPPING=1\nSTATUS=Stopping',
    // Stopping takes a while, in which it is alive.
    'WATCHDOG=1',
  ]);
});

test('without a watchdog only news is said', async () => {
  const clock = new HandClock(0);
  const said: string[] = [];
  const manager = new ServiceManager({
    clock,
    send: (text) => said.push(text),
    watchdogMs: undefined,
  });
  manager.status = () => 'x';
  manager.start();
  await clock.turn(60_000);
  expect(said).toEqual(['READY=1\nSTATUS=x', 'STATUS=x']);
});

test('what systemd has put into the environment is taken out of it', () => {
  const env = {
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_USEC: '60000000',
    WATCHDOG_PID: '7',
    HOME: '/',
  };
  expect(takeNotifyEnvironment(env, 7)).toEqual({ socket: '/run/systemd/notify', watchdogMs: 60_000 });
  expect(env).toEqual({ HOME: '/' });
  expect(takeNotifyEnvironment({ HOME: '/' }, 7)).toBeUndefined();
  expect(takeNotifyEnvironment({ NOTIFY_SOCKET: '' }, 7)).toBeUndefined();
  const odd = ['0', '-1', '1e9', 'soon', '', ' 5', '99999999999999999999'];
  for (const WATCHDOG_USEC of odd)
    expect(takeNotifyEnvironment({ NOTIFY_SOCKET: '@a', WATCHDOG_USEC }, 7)).toEqual({
      socket: '@a',
      watchdogMs: undefined,
    });
  const ofAnother = { NOTIFY_SOCKET: '@a', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' };
  expect(takeNotifyEnvironment(ofAnother, 7)).toEqual({ socket: '@a', watchdogMs: undefined });
});

test('a socket is named by a path, or by an abstract name', () => {
  expect([...unixAddress('/a')]).toEqual([1, 0, 47, 97, 0]);
  expect([...unixAddress('@a')]).toEqual([1, 0, 0, 97]);
  for (const path of ['', 'x'.repeat(108)]) expect(() => unixAddress(path)).toThrow(/1 to 107 bytes/);
});
