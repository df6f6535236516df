import type { Cadence } from './cadence.ts';
import type { Http2Request, HttpExchange, HttpRequest } from './http-exchange.ts';
import type { ListeningGap } from './listening.ts';
import type { HttpLimits } from './http-response.ts';
import type { Finding } from './probe-result.ts';
import type { Fault } from './fault.ts';
import type { TlsWish } from './tls-wish.ts';
import type { Wire } from './wire.ts';

// Authors of check types need only this import.
export { fault, type Fault } from './fault.ts';
export type { TlsVersion, TlsWish } from './tls-wish.ts';
export { certificateFacts, type PeerCertificate, type Wire } from './wire.ts';

/**
 * What a file in `checks/` exports as `default`. The file holds everything specific to its type; the runner supplies
 * deadline, log, network and target.
 *
 * `Schema` is a zod schema of the type's own options (the keys beside `type`, `name`, `priority` and cadence).
 */
export interface CheckType<Options = unknown, Schema = unknown> {
  /** The word in `type:`; lower-case letters, digits and hyphens. Equal to the file's name. */
  type: string;
  /** One sentence: what a good answer proves. */
  summary: string;
  /** Markdown for the type's page in the docs: what fails it, what to know. */
  notes: string;
  /** YAML of a check as written in a target; the docs show each example and a test runs it. */
  examples: readonly { title: string; yaml: string }[];
  options: Schema;
  /** Overrides for this type where the config's defaults do not suit it. */
  cadence?(options: Options): Partial<Cadence>;
  /**
   * Everything that can be done before the first probe: parse the URL, compile the pattern, read the
   * certificate. A problem found here is a config error and names the option.
   */
  prepare(options: Options, target: TargetFacts): Prepared | OptionProblem;
}

/** The facts about its target that a check may use. */
export interface TargetFacts {
  name: string;
  address?: string;
  url?: string;
}

export interface Prepared {
  is: 'prepared';
  /** What the check probes, for display; without secrets. */
  subject: string;
  /** Value of the `instance` label of its `probe_*` metrics in Prometheus; by default the subject. */
  instance?: string;
  /** Values that must never be seen in a log, ticket or page. */
  secrets: readonly string[];
  /** Starts a program: only a limited number of those run at once, and the others wait without counting as late. */
  runsCommand?: boolean;
  /** That program: a path, or a name that is looked up in PATH. */
  program?: string;
  /** Heartbeat token under which the target reports, for a type that listens. */
  beatToken?: string;
  /**
   * One probe. Must settle when `context.signal` aborts, must not throw; the runner treats a throw as
   * `internal` and a late answer as `timeout`.
   */
  probe(context: ProbeContext): Promise<Finding>;
}

export interface OptionProblem {
  is: 'problem';
  /** Keys below the check that lead to the value, e.g. `['expect', 'body']`. Empty: the check as a whole. */
  path: readonly (string | number)[];
  expected: string;
}

export const optionProblem = (path: readonly (string | number)[], expected: string): OptionProblem => ({
  is: 'problem',
  path,
  expected,
});

/** What the runner hands to one probe. */
export interface ProbeContext {
  /** Aborts at the deadline and at shutdown. */
  readonly signal: AbortSignal;
  /** Calls back when the signal aborts, without the cost of creating a signal. */
  onAbort(callback: () => void): void;
  /** Milliseconds left until the deadline. */
  remainingMs(): number;
  /** Milliseconds since the probe's start, from a clock that does not jump. */
  elapsedMs(): number;
  /** Wall clock, Unix milliseconds. */
  now(): number;
  /** Adds a line to the probe's log; the runner redacts secrets. */
  log(text: string): void;
  resolve(host: string, family: Family): Promise<Resolved | Fault>;
  dial(to: Destination): Promise<Wire | Fault>;
  exchangeThroughProxy(
    proxy: string,
    request: HttpRequest,
    options: { limits: HttpLimits; verify: boolean; ca?: string },
  ): Promise<HttpExchange | Fault>;
  /** An HTTP/2 exchange over a connection that negotiated HTTP/2. */
  exchangeHttp2(wire: Wire, request: Http2Request, limits: HttpLimits): Promise<HttpExchange | Fault>;
  /** Sends one datagram and waits for the first reply that `isAnswer` accepts. */
  askDatagram(
    to: { address: string; port: number },
    question: Uint8Array,
    isAnswer: (bytes: Buffer) => boolean,
  ): Promise<Buffer | Fault>;
  echo(address: string, timeoutMs: number, wish?: EchoWish): Promise<Echoed | Fault>;
  run(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran | Fault>;
  /** The last report that a target sent under its heartbeat token. */
  lastBeat(token: string): Beat | undefined;
  /** Since when the monitor has listened for this check's reports, apart from the gaps. Unix milliseconds. */
  readonly watchedSince: number;
  /** Times in which no report could be received, oldest first: what was sent then is lost. */
  listeningGaps(): readonly ListeningGap[];
}

/** 4 or 6: that family only; 0: whatever the name resolves to, IPv4 first. */
export type Family = 0 | 4 | 6;

export interface Resolved {
  is: 'resolved';
  /** Numeric addresses in the order in which to try them; never empty. */
  addresses: readonly string[];
  tookMs: number;
}

export interface Destination {
  host: string;
  port: number;
  family?: Family;
  tls?: TlsWish;
  /** Returns true for an address that must not be connected to, whatever name resolves to it. */
  refuses?(address: string): boolean;
}

/** Settings of an echo request that differ from the usual ones. */
export interface EchoWish {
  /** Time to live or hop limit, 1 to 255. */
  ttl?: number;
  /** Bytes of payload, 8 to 1,400. */
  payloadBytes?: number;
  /** Sets the "don't fragment" flag; IPv4. */
  dontFragment?: boolean;
}

export interface Echoed {
  is: 'echoed';
  roundTripMs: number;
  /** How the echo was sent: `socket`, `ping`. */
  by: string;
  /** Time to live of the reply, where the system reports it. */
  hopLimit?: number;
}

export interface Ran {
  is: 'ran';
  /** Exit code; null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  /** At most the first 64 KiB of each. */
  stdout: string;
  stderr: string;
}

export interface Beat {
  /** Time of the last report, Unix milliseconds; 0 before the first one. */
  at: number;
  /** When a job reported its start, while it has not reported its end. */
  startedAt?: number;
  /** From the start of the job to its end, where it reported both. */
  tookMs?: number;
  status: 'ok' | 'failed';
  message: string;
  /** Since when reports are listened for: set before the first one. */
  listenedSince?: number;
}
