import type { Clock, Timer } from '../core/clock.ts';

export interface ServiceManagerPorts {
  clock: Clock;
  /** Sends lines of `NAME=value` to the service manager. */
  send(text: string): void;
  /** How often at least it wants to hear that the process is alive, in milliseconds; undefined: never. */
  watchdogMs: number | undefined;
  /** One sentence on how things stand, for `systemctl status`. */
  status(): string;
}

/** How often the sentence is brought up to date. */
const STATUS_MS = 10_000;

/**
 * Tells systemd when the monitor is ready, that it is alive, how things stand, and that it stops. That it is alive is
 * said from the event loop: a process that stands still is restarted.
 */
export class ServiceManager {
  readonly #ports: ServiceManagerPorts;
  #timer: Timer | undefined;
  #said = '';

  constructor(ports: ServiceManagerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#ports.send(`READY=1\n${this.#status()}`);
    this.#arm();
  }

  stop(): void {
    // Stopping may take seconds, in which the watchdog goes on to be fed.
    this.#ports.send('STOPPING=1\nSTATUS=Stopping');
  }

  /** Nothing is said from now on. */
  close(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, send, watchdogMs } = this.#ports;
    this.#timer = clock.after(Math.min(STATUS_MS, (watchdogMs ?? Infinity) / 2), () => {
      const status = this.#status();
      const news = status === this.#said ? [] : [status];
      this.#said = status;
      const alive = watchdogMs === undefined ? [] : ['WATCHDOG=1'];
      if (news.length + alive.length > 0) send([...alive, ...news].join('\n'));
      this.#arm();
    });
  }

  #status(): string {
    return `STATUS=${this.#ports.status().replaceAll('\n', ' ')}`;
  }
}

export interface NotifyEnvironment {
  socket: string;
  watchdogMs: number | undefined;
}

/**
 * What systemd has put into the environment for this process; undefined when none has. It is taken out, so that no
 * command of a check can speak for the service.
 */
export function takeNotifyEnvironment(env: NodeJS.ProcessEnv, pid: number): NotifyEnvironment | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: wanted } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return undefined;
  const isForUs = wanted === undefined || Number(wanted) === pid;
  const watchdogMs = isForUs && /^[1-9]\d{0,14}$/.test(usec ?? '') ? Number(usec) / 1_000 : undefined;
  return { socket, watchdogMs };
}
