import type {
  Beat,
  Destination,
  Echoed,
  EchoWish,
  Family,
  Fault,
  Prepared,
  ProbeContext,
  Ran,
  Resolved,
  Wire,
} from '../core/check-type.ts';
import { formatDuration } from '../core/duration.ts';
import type { Http2Request, HttpExchange, HttpRequest } from '../core/http-exchange.ts';
import type { ListeningGap } from '../core/listening.ts';
import type { HttpLimits } from '../core/http-response.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import {
  failed,
  LOG_LINES,
  MESSAGE_LIMIT,
  unknown,
  type Finding,
  type ProbeResult,
  type ProbeStep,
} from '../core/probe-result.ts';
import type { Lifetime, ProbePorts } from './ports.ts';

const STEPS_HELD = 200;
/** A deadline timer this late says more about the monitor than about the target. */
const STUCK_MS = 1_000;

export interface ProbeOrder {
  prepared: Prepared;
  timeoutMs: number;
  /** Since when reports have been received, Unix milliseconds. */
  watchedSince: number;
  redact: (text: string) => string;
}

/** A probe in progress; `stop` ends it at once, with verdict unknown. */
export interface RunningProbe {
  result: Promise<ProbeResult>;
  stop(): void;
}

/** Runs one probe until it ends or reaches its deadline, whichever is first. Never rejects. */
export function runProbe(order: ProbeOrder, ports: ProbePorts): RunningProbe {
  const life = new ProbeLife(order, ports);
  const startedAt = ports.clock.now();
  const result = new Promise<ProbeResult>((settle) => {
    const finish = (finding: Finding) => {
      deadline.cancel();
      const durationMs = life.elapsedMs();
      life.end();
      settle(present(finding, startedAt, durationMs, life.steps, order.redact));
    };
    const deadline = ports.clock.after(order.timeoutMs, () => {
      const late = life.elapsedMs() - order.timeoutMs;
      if (late > STUCK_MS) {
        finish(unknown(`the monitor stalled for ${formatDuration(late)}; this probe is inconclusive`));
        return;
      }
      const doing = life.steps.at(-1)?.text;
      const after = doing ? `; last step: ${doing}` : '';
      finish(failed('timeout', `no response within ${formatDuration(order.timeoutMs)}${after}`));
    });
    life.onStop = () => finish(unknown('the probe was stopped'));
    Promise.try(() => order.prepared.probe(life)).then(finish, (error: unknown) => {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      finish(unknown(`error in the check type: ${what}`));
    });
  });
  return { result, stop: () => life.onStop() };
}

/** A good result keeps its raw log, which nobody stores; text that people will read is redacted and neutralised. */
function present(
  finding: Finding,
  startedAt: number,
  durationMs: number,
  log: ProbeStep[],
  redact: (text: string) => string,
): ProbeResult {
  if (finding.verdict === 'good') {
    return { ...finding, message: redact(finding.message), startedAt, durationMs, log };
  }
  const message = neutraliseLine(redact(finding.message), MESSAGE_LIMIT);
  const shown = log.slice(0, LOG_LINES).map(({ atMs, text }) => ({
    atMs,
    text: neutraliseLine(redact(text), MESSAGE_LIMIT),
  }));
  return { ...finding, message, startedAt, durationMs, log: shown };
}

class ProbeLife implements ProbeContext, Lifetime {
  readonly steps: ProbeStep[] = [];
  readonly watchedSince: number;
  aborted = false;
  onStop: () => void = () => {};
  readonly #ports: ProbePorts;
  readonly #timeoutMs: number;
  readonly #startedAt: number;
  #callbacks: (() => void)[] | undefined;
  #controller: AbortController | undefined;

  constructor({ timeoutMs, watchedSince }: ProbeOrder, ports: ProbePorts) {
    this.#ports = ports;
    this.#timeoutMs = timeoutMs;
    this.#startedAt = ports.clock.monotonic();
    this.watchedSince = watchedSince;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Closes whatever is still open, also after a verdict, so that no check can leak a socket. */
  end(): void {
    if (this.aborted) return;
    this.aborted = true;
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    for (const callback of callbacks) callback();
    this.#controller?.abort();
  }

  onAbort(callback: () => void): void {
    if (this.aborted) callback();
    else (this.#callbacks ??= []).push(callback);
  }

  elapsedMs(): number {
    return this.#ports.clock.monotonic() - this.#startedAt;
  }

  remainingMs(): number {
    return Math.max(0, this.#timeoutMs - this.elapsedMs());
  }

  now(): number {
    return this.#ports.clock.now();
  }

  log(text: string): void {
    // A remote peer may cause log lines without end.
    if (this.steps.length < STEPS_HELD) this.steps.push({ atMs: this.elapsedMs(), text });
  }

  resolve(host: string, family: Family): Promise<Resolved | Fault> {
    return this.#ports.resolve(host, family, this);
  }

  dial(to: Destination): Promise<Wire | Fault> {
    return this.#ports.dial(to, this);
  }

  exchangeThroughProxy(
    proxy: string,
    request: HttpRequest,
    options: { limits: HttpLimits; verify: boolean; ca?: string },
  ): Promise<HttpExchange | Fault> {
    return this.#ports.exchangeThroughProxy(proxy, request, options, this);
  }

  exchangeHttp2(wire: Wire, request: Http2Request, limits: HttpLimits): Promise<HttpExchange | Fault> {
    return this.#ports.exchangeHttp2(wire, request, limits, this);
  }

  askDatagram(
    to: { address: string; port: number },
    question: Uint8Array,
    isAnswer: (bytes: Buffer) => boolean,
  ): Promise<Buffer | Fault> {
    return this.#ports.askDatagram(to, question, isAnswer, this);
  }

  echo(address: string, timeoutMs: number, wish?: EchoWish): Promise<Echoed | Fault> {
    return this.#ports.echo(address, timeoutMs, this, wish);
  }

  run(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran | Fault> {
    return this.#ports.run(command, environment, this);
  }

  lastBeat(token: string): Beat | undefined {
    return this.#ports.lastBeat(token);
  }

  listeningGaps(): readonly ListeningGap[] {
    return this.#ports.listeningGaps();
  }
}
