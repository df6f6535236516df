import type { Clock, Timer } from '../core/clock.ts';

export interface ServiceManagerPorts {
  clock: Clock;
  /** Sends lines of `NAME=value` to the service manager. */
  send(text: string): void;
  /** Longest interval between liveness messages, in milliseconds; undefined: none are wanted. */
  watchdogMs: number | undefined;
}

/** How often the status sentence is updated. */
const STATUS_MS = 10_000;

/**
 * Tells systemd when the monitor is ready, that it is alive, its status, and that it stops. Liveness is reported from
 * the event loop, so that systemd restarts a process that hangs.
 */
export class ServiceManager {
  readonly #ports: ServiceManagerPorts;
  /** One sentence on the current state, for `systemctl status`. */
  status: () => string = () => 'Starting';
  #timer: Timer | undefined;
  #said = '';

  constructor(ports: ServiceManagerPorts) {
    this.#ports = ports;
  }

  /** Ready; may be called again when what it is ready for changes. */
  start(): void {
    this.#timer?.cancel();
    this.#ports.send(`READY=1\n${this.#status()}`);
    this.#arm();
  }

  stop(): void {
    // Stopping may take seconds, during which liveness messages continue.
    this.#ports.send('STOPPING=1\nSTATUS=Stopping');
  }

  /** Sends nothing from now on. */
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
    return `STATUS=${this.status().replaceAll('\n', ' ')}`;
  }
}

export interface NotifyEnvironment {
  socket: string;
  watchdogMs: number | undefined;
}

/**
 * The variables that systemd set for this process; undefined when it set none. They are removed from the environment,
 * so that no check command can speak for the service.
 */
export function takeNotifyEnvironment(env: NodeJS.ProcessEnv, pid: number): NotifyEnvironment | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: wanted } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return undefined;
  const isForUs = wanted === undefined || Number(wanted) === pid;
  const watchdogMs = isForUs && /^[1-9]\d{0,14}$/.test(usec ?? '') ? Number(usec) / 1_000 : undefined;
  return { socket, watchdogMs };
}
