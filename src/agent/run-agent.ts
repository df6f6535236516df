import { randomBytes } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { Log } from '../observe/log.ts';
import { BeatBox } from '../probing/beat-box.ts';
import { chooseEchoSender } from '../probing/echo-sender.ts';
import { systemProbePorts } from '../probing/probe-ports.ts';
import type { CheckTypes } from '../probing/registry.ts';
import { SystemClock } from '../probing/system-clock.ts';
import { HubLink, type HubAddress, type LinkEnd } from './hub-link.ts';
import { Worker } from './worker.ts';

export interface AgentOptions {
  /** Where the hub is at present; undefined: there is none. */
  hub(): HubAddress | undefined;
  dispatcher: Dispatcher;
  types: CheckTypes;
  allowsCommands: boolean;
  log: Log;
  onEnd(end: LinkEnd): void;
}

export interface RunningAgent {
  stop(): Promise<void>;
}

/** Probes for one location what the hub orders, and reports what it sees. */
export async function runAgent({
  hub,
  dispatcher,
  types,
  allowsCommands,
  log,
  onEnd,
}: AgentOptions): Promise<RunningAgent> {
  const clock = new SystemClock();
  const boot = randomBytes(9).toString('base64url');
  const echoes = await chooseEchoSender(clock);
  const worker: Worker = new Worker({
    clock,
    probe: systemProbePorts(clock, echoes, new BeatBox()),
    types,
    boot,
    allowsCommands,
    onNews: () => link.news(),
    onCannot: (check, why) => log.warn({ check, why }, 'not-probed-here'),
    onSight: (isBlind) =>
      log[isBlind ? 'error' : 'info']({ network: isBlind ? 'lost' : 'up' }, 'connectivity'),
  });
  const link = new HubLink(
    {
      clock,
      random: Math.random,
      boot,
      hub,
      dispatcher,
      onLink: (state) =>
        state.is === 'connected'
          ? log.info({ location: state.location }, 'connected')
          : log.warn({ why: state.why, note: 'probing goes on with the orders at hand' }, 'cut-off'),
      onEnd,
      onRefused: (why) => log.error({ why }, 'report-refused'),
    },
    worker,
  );
  clock.events = {
    onStep: (byMs) => worker.clockStepped(byMs),
    onSleep: () => worker.slept(),
  };
  worker.start();
  link.start();
  return {
    async stop() {
      await link.stop();
      worker.stop();
      echoes.close();
    },
  };
}
