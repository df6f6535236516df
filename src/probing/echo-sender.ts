import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isIPv6 } from 'node:net';
import ping from 'ping';
import { fault, type Echoed, type EchoWish, type Fault } from '../core/check-type.ts';
import { IcmpEchoes } from './icmp-echoes.ts';
import type { Clock } from '../core/clock.ts';
import type { Lifetime } from './ports.ts';
import { openIcmpSocket } from './system-socket.ts';

/** How echoes are sent on this machine. */
export interface EchoSender {
  /** For the start-up log. */
  description: string;
  echo(address: string, timeoutMs: number, life: Lifetime, wish?: EchoWish): Promise<Echoed | Fault>;
  close(): void;
}

/** The cheapest way that this machine allows: one socket for all, else one `ping` process per echo, else none. */
export async function chooseEchoSender(clock: Clock): Promise<EchoSender> {
  const four = openIcmpSocket(4);
  const six = openIcmpSocket(6);
  if (four) {
    const echoes = new IcmpEchoes([four, ...(six ? [six] : [])], clock);
    const families = six ? 'IPv4 and IPv6' : 'IPv4 only';
    return {
      description: `one ${four.kind} ICMP socket for all targets, ${families}`,
      echo: (address, timeoutMs, life, wish) => echoes.echo(address, timeoutMs, life, wish),
      close: () => echoes.close(),
    };
  }
  if (await isOnPath('ping')) {
    return {
      description: "the system's ping command, one process per echo",
      echo: echoByCommand,
      close() {},
    };
  }
  const why = 'this machine cannot send ICMP: it may not open an ICMP socket and has no ping command';
  return {
    description: `not available (${why}); ping checks stay unknown`,
    echo: async () => fault('internal', why),
    close() {},
  };
}

async function echoByCommand(
  address: string,
  timeoutMs: number,
  _life: Lifetime,
  wish?: EchoWish,
): Promise<Echoed | Fault> {
  if (wish)
    return fault(
      'internal',
      'ttl, payload and fragments need an ICMP socket, which this process may not open',
    );
  let answer: Awaited<ReturnType<typeof ping.promise.probe>>;
  try {
    answer = await ping.promise.probe(address, {
      timeout: Math.max(1, Math.round(timeoutMs / 1_000)),
      v6: isIPv6(address),
      numeric: true,
    });
  } catch (error) {
    return fault('internal', `cannot run the system's ping command (${(error as Error).message})`);
  }
  if (!answer.alive) return fault('no-reply', `no reply from ${address}`);
  return { is: 'echoed', roundTripMs: typeof answer.time === 'number' ? answer.time : 0, by: 'ping' };
}

async function isOnPath(command: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      await access(join(folder, command), constants.X_OK);
      // npm adds its own folder to the path; a script of that name there is not the system command.
      if (!folder.includes('node_modules')) return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}
