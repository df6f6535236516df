import type { Clock } from '../core/clock.ts';
import { ServiceManager, takeNotifyEnvironment } from './service-manager.ts';

/** The service manager that started this process; undefined when none did. May be called once: its variables are taken. */
export async function serviceManagerHere(clock: Clock): Promise<ServiceManager | undefined> {
  const notified = takeNotifyEnvironment(process.env, process.pid);
  if (notified === undefined) return undefined;
  // Loaded only under systemd: elsewhere there is no service manager.
  const { notifySocket } = await import('./notify-socket.ts');
  const { send } = notifySocket(notified.socket);
  return new ServiceManager({ clock, send, watchdogMs: notified.watchdogMs });
}
