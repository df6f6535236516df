import type { BeatBox } from './beat-box.ts';
import { dial } from './dial.ts';
import type { EchoSender } from './echo-sender.ts';
import type { Clock } from '../core/clock.ts';
import type { ProbePorts } from './ports.ts';
import { exchangeThroughProxy } from './proxy-exchange.ts';
import { resolveHost } from './resolve-host.ts';
import { runCommand } from './run-command.ts';

/** The real outside, for probes. */
export function systemProbePorts(clock: Clock, echoes: EchoSender, beats: BeatBox): ProbePorts {
  return {
    clock,
    resolve: resolveHost,
    dial,
    exchangeThroughProxy,
    echo: (address, timeoutMs, life) => echoes.echo(address, timeoutMs, life),
    run: runCommand,
    lastBeat: (token) => beats.last(token),
  };
}
