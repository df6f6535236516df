import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Fault } from '../core/check-type.ts';
import { fault } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import type { Lifetime } from './ports.ts';

/** Sends one datagram and waits for the first reply that is the answer. */
export function askDatagram(
  { address, port }: { address: string; port: number },
  question: Uint8Array,
  isAnswer: (bytes: Buffer) => boolean,
  life: Lifetime,
): Promise<Buffer | Fault> {
  return new Promise((settle) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (outcome: Buffer | Fault) => {
      settle(outcome);
      try {
        socket.close();
      } catch {
        // Already closed.
      }
    };
    socket.on('error', (error: NodeJS.ErrnoException) => end(faultOfCode(error.code, `${address}:${port}`)));
    socket.on('message', (bytes) => {
      if (isAnswer(bytes)) end(bytes);
    });
    life.onAbort(() => end(fault('timeout', `timed out waiting for ${address}:${port}`)));
    // Connected: only datagrams from that address are received, and ICMP refusals are reported.
    const broken = (error: unknown) =>
      end(faultOfCode((error as NodeJS.ErrnoException).code, `${address}:${port}`, 'unreachable'));
    try {
      socket.connect(port, address, (error?: Error) => {
        if (error) return broken(error);
        if (!life.aborted) socket.send(question);
      });
    } catch (error) {
      // The port does not exist.
      broken(error);
    }
  });
}
