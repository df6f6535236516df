import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { fault, type Echoed, type EchoWish, type Fault } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import { getSystemErrorName } from 'node:util';
import { echoRequest, readAnswer } from './icmp-packet.ts';
import type { Clock } from '../core/clock.ts';
import type { Lifetime } from './ports.ts';
import type { IcmpSocket } from './system-socket.ts';

/** Longest wait for a packet before checking whether any echo is still pending. */
const POLL_MS = 200;

interface Pending {
  sentAt: number;
  address: string;
  settle(answer: Echoed | Fault): void;
}

/**
 * All echoes over one socket per address family. A thread of the pool sleeps until packets come, and wakes us once for
 * all of them; nothing runs while no echo is pending.
 */
export class IcmpEchoes {
  readonly #sockets: readonly IcmpSocket[];
  readonly #clock: Clock;
  readonly #instance = randomInt(2 ** 32);
  readonly #pending = new Map<number, Pending>();
  readonly #polling = new Set<IcmpSocket>();
  #nextToken = 0;
  #closed = false;

  constructor(sockets: readonly IcmpSocket[], clock: Clock) {
    this.#sockets = sockets;
    this.#clock = clock;
  }

  echo(address: string, timeoutMs: number, life: Lifetime, wish: EchoWish = {}): Promise<Echoed | Fault> {
    const family = isIPv6(address) ? 6 : 4;
    const socket = this.#sockets.find((one) => one.family === family);
    if (!socket || this.#closed) {
      return Promise.resolve(fault('internal', `this machine cannot send ICMP over IPv${family}`));
    }
    return new Promise((resolve) => {
      const token = this.#nextToken++ >>> 0;
      const timer = this.#clock.after(timeoutMs, () => settle(fault('no-reply', 'no reply')));
      const settle = (answer: Echoed | Fault) => {
        if (!this.#pending.delete(token)) return;
        timer.cancel();
        resolve(answer);
      };
      this.#pending.set(token, { sentAt: this.#clock.monotonic(), address, settle });
      life.onAbort(() => settle(fault('timeout', 'no reply in time')));
      const packet = echoRequest(family, this.#instance, token, wish.payloadBytes);
      const errno = socket.send(packet, address, wish);
      if (errno !== 0) settle(faultOfCode(getSystemErrorName(-errno), address, 'unreachable'));
      else this.#listen(socket);
    });
  }

  close(): void {
    this.#closed = true;
    for (const { settle } of this.#pending.values()) settle(fault('internal', 'the monitor is stopping'));
    for (const socket of this.#sockets) if (!this.#polling.has(socket)) socket.close();
  }

  #listen(socket: IcmpSocket): void {
    if (this.#polling.has(socket)) return;
    this.#polling.add(socket);
    void socket.readable(POLL_MS).then(() => {
      this.#polling.delete(socket);
      if (this.#closed) return socket.close();
      this.#drain(socket);
      if (this.#pending.size > 0) this.#listen(socket);
    });
  }

  #drain(socket: IcmpSocket): void {
    const now = this.#clock.monotonic();
    for (let packet = socket.receive(); packet !== undefined; packet = socket.receive()) {
      const answer = readAnswer(socket.family, packet, this.#instance);
      const pending = answer && this.#pending.get(answer.token);
      if (!pending) continue;
      if (answer.is === 'reply') {
        const { hopLimit } = answer;
        const told = { is: 'echoed', roundTripMs: now - pending.sentAt, by: 'socket' } as const;
        pending.settle(hopLimit === undefined ? told : { ...told, hopLimit });
      } else {
        pending.settle(fault('unreachable', `a router reports ${pending.address} as unreachable`));
      }
    }
  }
}
