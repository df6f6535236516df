import type {
  Beat,
  Destination,
  Echoed,
  EchoWish,
  Family,
  Fault,
  Ran,
  Resolved,
  Wire,
} from '../core/check-type.ts';
import type { Clock } from '../core/clock.ts';
import type { ListeningGap } from '../core/listening.ts';
import type { Http2Request, HttpExchange, HttpRequest } from '../core/http-exchange.ts';
import type { HttpLimits } from '../core/http-response.ts';

/** A probe's lifetime, as seen by the operations that it starts. */
export interface Lifetime {
  onAbort(callback: () => void): void;
  elapsedMs(): number;
  remainingMs(): number;
  log(text: string): void;
  readonly aborted: boolean;
  readonly signal: AbortSignal;
}

/** What a probe may do externally; the composition root passes it to the runner. */
export interface ProbePorts {
  clock: Clock;
  resolve(host: string, family: Family, life: Lifetime): Promise<Resolved | Fault>;
  dial(to: Destination, life: Lifetime): Promise<Wire | Fault>;
  exchangeThroughProxy(
    proxy: string,
    request: HttpRequest,
    options: { limits: HttpLimits; verify: boolean; ca?: string },
    life: Lifetime,
  ): Promise<HttpExchange | Fault>;
  exchangeHttp2(
    wire: Wire,
    request: Http2Request,
    limits: HttpLimits,
    life: Lifetime,
  ): Promise<HttpExchange | Fault>;
  askDatagram(
    to: { address: string; port: number },
    question: Uint8Array,
    isAnswer: (bytes: Buffer) => boolean,
    life: Lifetime,
  ): Promise<Buffer | Fault>;
  echo(address: string, timeoutMs: number, life: Lifetime, wish?: EchoWish): Promise<Echoed | Fault>;
  run(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    life: Lifetime,
  ): Promise<Ran | Fault>;
  lastBeat(token: string): Beat | undefined;
  listeningGaps(): readonly ListeningGap[];
}
