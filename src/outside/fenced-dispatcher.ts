import { Agent, Dispatcher } from 'undici';
import type { Fence } from '../core/fence.ts';
import { NOT_HELD } from '../core/not-sent.ts';

/**
 * The way of every HTTP request to helpdesks and people. Nothing begins while this process may not act, asked in the turn
 * in which the request is handed to its socket; what is under way when it may no longer act is aborted. Every request
 * says from which instance it comes, and in which epoch.
 */
export class FencedDispatcher extends Dispatcher {
  readonly #fence: Fence;
  readonly #userAgent: () => string;
  #agent = new Agent();
  #signal: AbortSignal | undefined;

  constructor(fence: Fence, userAgent: () => string) {
    super();
    this.#fence = fence;
    this.#userAgent = userAgent;
  }

  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (!this.#fence.isHeld()) throw notHeld();
    this.#heed(this.#fence.signal);
    const headers = withUserAgent(options.headers, this.#userAgent());
    return this.#agent.dispatch({ ...options, headers }, askedAgain(handler, this.#fence));
  }

  override async close(): Promise<void> {
    await this.#agent.close();
  }

  override async destroy(): Promise<void> {
    await this.#agent.destroy();
  }

  /** When the right to act is lost, all connections end with what is under way on them. */
  #heed(signal: AbortSignal): void {
    if (signal === this.#signal) return;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      const lost = this.#agent;
      this.#agent = new Agent();
      void lost.destroy(new Error('this instance may no longer act')).catch(() => {});
    });
  }
}

/**
 * Asks once more in the turn in which the request is written to its socket: it may have waited for the connection while this
 * process stood still. Handlers of both of undici's interfaces are told of the request by one of two methods.
 */
const askedAgain = (handler: Dispatcher.DispatchHandler, fence: Fence): Dispatcher.DispatchHandler =>
  new Proxy(handler, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const call = value as (...given: unknown[]) => unknown;
      if (key !== 'onRequestStart' && key !== 'onConnect') return call.bind(target);
      return (...given: unknown[]) => {
        const result = call.apply(target, given);
        const [control] = given as [{ abort(why: Error): void } | ((why: Error) => void)];
        if (!fence.isHeld()) {
          if (typeof control === 'function') control(notHeld());
          else control.abort(notHeld());
        }
        return result;
      };
    },
  });

/** The code says that nothing was sent: whoever asked tries again later. */
const notHeld = (): Error =>
  Object.assign(new Error('another instance may be acting; nothing was sent'), { code: NOT_HELD });

function withUserAgent(headers: Dispatcher.DispatchOptions['headers'], name: string): Record<string, string> {
  const given: [string, unknown][] = Array.isArray(headers)
    ? pairs(headers)
    : [...(isIterable(headers) ? headers : Object.entries(headers ?? {}))];
  const named = Object.fromEntries(given.filter(([key]) => key.toLowerCase() !== 'user-agent'));
  return { ...(named as Record<string, string>), 'user-agent': name };
}

const isIterable = (headers: unknown): headers is Iterable<[string, unknown]> =>
  typeof headers === 'object' && headers !== null && Symbol.iterator in headers;

/** A flat list of names and values, as `fetch` passes them. */
function pairs(flat: readonly unknown[]): [string, unknown][] {
  if (Array.isArray(flat[0])) return flat as [string, unknown][];
  return Array.from({ length: flat.length / 2 }, (_, n): [string, unknown] => [
    String(flat[2 * n]),
    flat[2 * n + 1],
  ]);
}
