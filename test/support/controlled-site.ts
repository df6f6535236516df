import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** A site on loopback that answers as told, request by request, and counts. */
export class ControlledSite {
  readonly #server: Server;
  readonly #answeredAt: { status: number; at: number }[] = [];
  #planned: number[] = [];
  #otherwise = 200;

  private constructor() {
    this.#server = createServer((_request, response) => {
      const status = this.#planned.shift() ?? this.#otherwise;
      this.#answeredAt.push({ status, at: Date.now() });
      response.writeHead(status, { 'content-type': 'text/plain' });
      response.end(status === 200 ? 'all is ok' : 'it is broken');
    });
  }

  static async start(): Promise<ControlledSite> {
    const site = new ControlledSite();
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    onTestFinished(() => site.stop());
    return site;
  }

  /** Nobody listens there any more. */
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, unless planned otherwise. */
  answer(status: number): void {
    this.#planned = [];
    this.#otherwise = status;
  }

  /** For the next requests, one after another; then as before. */
  plan(...statuses: number[]): void {
    this.#planned.push(...statuses);
  }

  get requests(): number {
    return this.#answeredAt.length;
  }

  /** When the nth answer with that status left, counting from 1 and from request number `from` on. */
  answerTime(status: number, nth: number, from = 0): number | undefined {
    return this.#answeredAt.slice(from).filter((answer) => answer.status === status)[nth - 1]?.at;
  }

  /** Until so many more requests have been answered. */
  async moreRequests(count: number): Promise<void> {
    const wanted = this.requests + count;
    await until(`${count} more requests`, () => this.requests >= wanted);
  }
}
