import type { BeatBox } from './beat-box.ts';
import { dial } from './dial.ts';
import type { EchoSender } from './echo-sender.ts';
import type { Clock } from '../core/clock.ts';
import type { ProbePorts } from './ports.ts';
import { askDatagram } from './ask-datagram.ts';
import { exchangeHttp2 } from './http2-exchange.ts';
import { exchangeThroughProxy } from './proxy-exchange.ts';
import { resolveHost } from './resolve-host.ts';
import { runCommand } from './run-command.ts';

/** The production ports for probes. */
export function systemProbePorts(clock: Clock, echoes: EchoSender, beats: BeatBox): ProbePorts {
  return {
    clock,
    resolve: resolveHost,
    dial,
    exchangeThroughProxy,
    exchangeHttp2,
    askDatagram,
    echo: (address, timeoutMs, life, wish) => echoes.echo(address, timeoutMs, life, wish),
    run: runCommand,
    lastBeat: (token) => beats.last(token),
    listeningGaps: () => beats.gaps,
  };
}
