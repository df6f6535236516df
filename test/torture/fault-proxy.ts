import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What happens to one request on its way. */
export const FAULTS = [
  'refuse',
  'reset-before',
  'accept-then-fail',
  'stall',
  'drip',
  'duplicate',
  'reorder',
] as const;
export type ProxyFault = (typeof FAULTS)[number];

/** A moment on the way of a request at which something may be done to the monitor. */
export type Moment = 'request' | 'answered';

const STALL_MS = 700;
const DELAY_MS = 400;

/** Stands between the monitor and a provider, and does to requests what networks do. */
export class FaultProxy {
  /** Decides for every request; undefined lets it pass. */
  decide: () => ProxyFault | undefined = () => undefined;
  /** Is told of every request that comes in and of every answer that is about to go back. */
  onMoment: (moment: Moment, requestLine: string) => void = () => {};
  readonly counts = new Map<ProxyFault | 'pass', number>();
  readonly #upstream: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(upstreamPort: number) {
    this.#upstream = upstreamPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #accept(client: Socket): void {
    this.#sockets.add(client);
    client.on('close', () => this.#sockets.delete(client));
    client.on('error', () => client.destroy());
    let waiting = Buffer.alloc(0);
    let busy = Promise.resolve();
    client.on('data', (piece: Buffer) => {
      waiting = Buffer.concat([waiting, piece]);
      for (;;) {
        const length = requestLength(waiting);
        if (length === undefined || waiting.length < length) return;
        const request = waiting.subarray(0, length);
        waiting = waiting.subarray(length);
        busy = busy.then(() => this.#forward(client, request)).catch(() => void client.destroy());
      }
    });
  }

  async #forward(client: Socket, request: Buffer): Promise<void> {
    const fault = this.decide();
    this.counts.set(fault ?? 'pass', (this.counts.get(fault ?? 'pass') ?? 0) + 1);
    const line = request.subarray(0, request.indexOf('\r\n')).toString('latin1');
    this.onMoment('request', line);
    if (fault === 'refuse' || fault === 'reset-before') return void client.resetAndDestroy();
    if (fault === 'stall') {
      await pause(STALL_MS);
      return void client.destroy();
    }
    if (fault === 'reorder') await pause(DELAY_MS);
    const answer = await this.#ask(request);
    if (fault === 'duplicate') await this.#ask(request);
    this.onMoment('answered', line);
    if (fault === 'accept-then-fail') return void client.resetAndDestroy();
    if (fault !== 'drip') return void client.write(answer);
    for (let at = 0; at < answer.length; at += 40) {
      client.write(answer.subarray(at, at + 40));
      await pause(5);
    }
  }

  /** One exchange with the provider, on a connection of its own. */
  #ask(request: Buffer): Promise<Buffer> {
    const closing = Buffer.from(
      request
        .toString('latin1')
        .replace(/\r\nconnection: [^\r]*/i, '')
        .replace('\r\n', '\r\nconnection: close\r\n'),
      'latin1',
    );
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      const upstream = connect(this.#upstream, '127.0.0.1', () => upstream.write(closing));
      upstream.on('data', (piece: Buffer) => pieces.push(piece));
      upstream.on('end', () => resolve(Buffer.concat(pieces)));
      upstream.on('error', reject);
    });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Bytes of the first request, once its headers are there. */
function requestLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.subarray(0, end).toString('latin1'));
  return end + 4 + Number(length?.[1] ?? 0);
}
