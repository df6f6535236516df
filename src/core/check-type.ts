import type { Cadence } from './cadence.ts';
import type { Http2Request, HttpExchange, HttpRequest } from './http-exchange.ts';
import type { HttpLimits } from './http-response.ts';
import type { Finding } from './probe-result.ts';
import type { Fault } from './fault.ts';
import type { TlsWish } from './tls-wish.ts';
import type { Wire } from './wire.ts';

// What an author of a check type needs stands behind this one import.
export { fault, type Fault } from './fault.ts';
export type { TlsVersion, TlsWish } from './tls-wish.ts';
export { certificateFacts, type PeerCertificate, type Wire } from './wire.ts';

/**
 * What a file in `checks/` exports as `default`. The file brings everything that is particular to its type;
 * the runner brings deadline, log, network and the target.
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
  /** YAML of a check as it would stand in a target, each shown in the docs and tried by a test. */
  examples: readonly { title: string; yaml: string }[];
  options: Schema;
  /** Where the config's defaults do not suit this type. */
  cadence?(options: Options): Partial<Cadence>;
  /**
   * Everything that can be done before the first probe: parse the URL, compile the pattern, read the
   * certificate. A problem found here is a config error and names the option.
   */
  prepare(options: Options, target: TargetFacts): Prepared | OptionProblem;
}

/** What a check may know of its target. */
export interface TargetFacts {
  name: string;
  address?: string;
  url?: string;
}

export interface Prepared {
  is: 'prepared';
  /** What is asked, without secrets. */
  subject: string;
  /** What Prometheus calls it, as `instance` of a `probe_*` metric; by default the subject. */
  instance?: string;
  /** Values that must never be seen in a log, ticket or page. */
  secrets: readonly string[];
  /** It starts a program: only so many of those run at once, and the others wait without being late. */
  runsCommand?: boolean;
  /** That program: a path, or a name that is looked for along PATH. */
  program?: string;
  /** The token under which the target reports in, for a type that listens. */
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
  /** Calls back when the signal aborts, without the price of making a signal. */
  onAbort(callback: () => void): void;
  /** Milliseconds left until the deadline. */
  remainingMs(): number;
  /** Milliseconds since the probe's start, from a clock that does not jump. */
  elapsedMs(): number;
  /** Wall clock, Unix milliseconds. */
  now(): number;
  /** Adds a line to the probe's log; secrets are struck out by the runner. */
  log(text: string): void;
  resolve(host: string, family: Family): Promise<Resolved | Fault>;
  dial(to: Destination): Promise<Wire | Fault>;
  exchangeThroughProxy(
    proxy: string,
    request: HttpRequest,
    options: { limits: HttpLimits; verify: boolean; ca?: string },
  ): Promise<HttpExchange | Fault>;
  /** An HTTP/2 exchange over a connection that agreed on it. */
  exchangeHttp2(wire: Wire, request: Http2Request, limits: HttpLimits): Promise<HttpExchange | Fault>;
  /** Sends one datagram and waits for the first one back that is the answer. */
  askDatagram(
    to: { address: string; port: number },
    question: Uint8Array,
    isAnswer: (bytes: Buffer) => boolean,
  ): Promise<Buffer | Fault>;
  echo(address: string, timeoutMs: number, wish?: EchoWish): Promise<Echoed | Fault>;
  run(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran | Fault>;
  /** What a target last said of itself by its heartbeat token. */
  lastBeat(token: string): Beat | undefined;
  /** Since when this check is listened for, without a gap. Unix milliseconds. */
  readonly watchedSince: number;
}

/** 4 or 6: that family only; 0: whatever the name has, IPv4 first. */
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
  /** Addresses that are not connected to, whatever name leads there. */
  refuses?(address: string): boolean;
}

/** How an echo is to be sent, where it is not as usual. */
export interface EchoWish {
  /** Time to live or hop limit, 1 to 255. */
  ttl?: number;
  /** Bytes of payload, 8 to 1,400. */
  payloadBytes?: number;
  /** Never to be cut into fragments; IPv4. */
  dontFragment?: boolean;
}

export interface Echoed {
  is: 'echoed';
  roundTripMs: number;
  /** How the echo was sent: `socket`, `ping`. */
  by: string;
  /** Time to live of the reply, where the system tells. */
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
  /** Of the last report, Unix milliseconds; 0 before the first one. */
  at: number;
  /** A job has begun then, and has not reported since. */
  startedAt?: number;
  /** From its beginning to its report, where it told both. */
  tookMs?: number;
  status: 'ok' | 'failed';
  message: string;
}
