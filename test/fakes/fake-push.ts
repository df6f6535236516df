import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenHttp } from '../support/listeners.ts';

export type PushFault =
  | 'drop-before'
  | 'drop-after'
  | 'slow'
  | { status: number; body?: unknown; headers?: Record<string, string> };

export interface PushCall {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** What providers of push messages have in common: JSON over HTTP, faults on demand, and books of their own. */
export abstract class FakePush {
  url = '';
  readonly complaints: string[] = [];
  readonly calls: string[] = [];
  #fault: PushFault | undefined;
  #instead: { status: number; text: string } | undefined;

  async start(): Promise<this> {
    this.url = await listenHttp((request, response) => void this.#serve(request, response));
    return this;
  }

  /** What happens to the next message. */
  failNext(fault: PushFault): void {
    this.#fault = fault;
  }

  /** What the next call is answered, whatever it asks. */
  answerNext(status: number, answer: unknown): void {
    this.#instead = { status, text: typeof answer === 'string' ? answer : JSON.stringify(answer) };
  }

  /** Whether a call is a message, and so meets the fault. */
  protected abstract isMessage(call: PushCall): boolean;
  protected abstract answer(call: PushCall): Promise<{ status: number; body?: unknown; text?: string }>;

  protected complain(what: string): void {
    this.complaints.push(what);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += String(piece);
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    let body: unknown;
    try {
      body = text === '' ? undefined : JSON.parse(text);
    } catch {
      this.complain(`no JSON: ${text.slice(0, 80)}`);
    }
    const call = {
      method: request.method!,
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body,
    };
    this.calls.push(`${call.method} ${pathname}`);
    const instead = this.#instead;
    this.#instead = undefined;
    if (instead) return void response.writeHead(instead.status).end(instead.text);
    const fault = this.isMessage(call) ? this.#fault : undefined;
    if (fault) this.#fault = undefined;
    if (fault === 'slow') return;
    if (fault === 'drop-before') return void request.socket.destroy();
    if (typeof fault === 'object')
      return void response
        .writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
        .end(JSON.stringify(fault.body ?? {}));
    const answer = await this.answer(call);
    if (fault === 'drop-after' || response.destroyed) return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
  }
}
