import { createParser } from 'eventsource-parser';
import { request, type Dispatcher } from 'undici';
import type { Clock, Timer } from '../core/clock.ts';
import { PROTOCOL, REPORT_EVERY_MS, REPORT_SOON_MS, type OrderEvents } from '../locations/protocol.ts';
import type { Outgoing, Worker } from './worker.ts';

/** Where the hub is at present, and how this process shows who it is. */
export interface HubAddress {
  /** Without a trailing slash. */
  url: string;
  credential: string;
}

/** Why an agent must end. */
export type LinkEnd = { is: 'revoked' } | { is: 'superseded' } | { is: 'other-protocol'; detail: string };

export interface LinkPorts {
  clock: Clock;
  random(): number;
  boot: string;
  /** Undefined: there is none at present. */
  hub(): HubAddress | undefined;
  dispatcher: Dispatcher;
  /** The hub is reached, or no longer; said when it changes. */
  onLink(state: { is: 'connected'; location: string } | { is: 'cut-off'; why: string }): void;
  onEnd(end: LinkEnd): void;
  /** A report that the hub calls wrong is not sent again. */
  onRefused(why: string): void;
}

const SILENT_MS = 15_000;
const ANSWER_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 2_000;

/** The connection of an agent to its hub: a stream of orders down, reports up. Tries for as long as it takes. */
export class HubLink {
  readonly #ports: LinkPorts;
  readonly #worker: Worker;
  #stopped = false;
  #ended = new AbortController();
  #reporting: Promise<void> | undefined;
  #timer: Timer | undefined;
  #dueMs = Infinity;
  #waitMs = FIRST_WAIT_MS;
  #said: string | undefined;
  #isConnected = false;

  constructor(ports: LinkPorts, worker: Worker) {
    this.#ports = ports;
    this.#worker = worker;
  }

  start(): void {
    void this.#listen();
    this.#reportIn(REPORT_EVERY_MS);
  }

  /** Ends; what is still unsaid is said once more, if the hub can be reached. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#reporting;
    this.#ended.abort();
  }

  /** Something should be heard soon. */
  news(): void {
    if (!this.#stopped && this.#isConnected) this.#reportIn(REPORT_SOON_MS);
  }

  async #listen(): Promise<void> {
    const { clock, random } = this.#ports;
    let waitMs = FIRST_WAIT_MS;
    while (!this.#stopped) {
      const began = clock.monotonic();
      await this.#stream();
      if (this.#stopped) return;
      waitMs = clock.monotonic() - began > SILENT_MS ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
      // Not all agents at once, when the hub is back.
      await new Promise<void>((resolve) => clock.after(waitMs * (0.5 + random() / 2), resolve));
    }
  }

  /** One connection, for as long as it says something. */
  async #stream(): Promise<void> {
    const hub = this.#ports.hub();
    if (hub === undefined) return this.#cutOff('no instance decides at present');
    const silence = new AbortController();
    try {
      const { statusCode, body } = await request(
        `${hub.url}/agent/v1/orders?boot=${this.#ports.boot}&protocol=${PROTOCOL}`,
        {
          headers: { authorization: `Bearer ${hub.credential}`, accept: 'text/event-stream' },
          dispatcher: this.#ports.dispatcher,
          signal: AbortSignal.any([this.#ended.signal, silence.signal]),
          headersTimeout: SILENT_MS,
          bodyTimeout: SILENT_MS,
        },
      );
      if (statusCode !== 200) return this.#refused(statusCode, await detailOf(body));
      const parser = createParser({ onEvent: ({ event, data }) => this.#event(event ?? '', data) });
      const text = new TextDecoder();
      for await (const piece of body) parser.feed(text.decode(piece as Uint8Array, { stream: true }));
      this.#cutOff('the hub ended the connection');
    } catch (error) {
      this.#cutOff((error as Error).message);
    }
  }

  #event(name: string, data: string): void {
    const value: unknown = JSON.parse(data);
    switch (name as keyof OrderEvents) {
      case 'hello': {
        const hello = value as OrderEvents['hello'];
        this.#isConnected = true;
        this.#said = undefined;
        this.#ports.onLink({ is: 'connected', location: hello.location });
        this.#worker.greeted(hello);
        return;
      }
      case 'orders':
        this.#worker.ordered(value as OrderEvents['orders']);
        return;
      case 'ask':
        this.#worker.asked(value as OrderEvents['ask']);
        return;
      case 'bye': {
        const { why } = value as OrderEvents['bye'];
        if (why !== 'stopping') this.#end({ is: why });
      }
    }
  }

  #reportIn(ms: number): void {
    const { clock } = this.#ports;
    const dueMs = clock.monotonic() + ms;
    if (this.#stopped || this.#reporting || dueMs >= this.#dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = clock.after(ms, () => {
      this.#dueMs = Infinity;
      this.#reporting = this.#report().finally(() => {
        this.#reporting = undefined;
        this.#reportIn(this.#waitMs);
      });
    });
  }

  async #report(): Promise<void> {
    const hub = this.#ports.hub();
    this.#waitMs = REPORT_EVERY_MS;
    if (hub === undefined || !this.#isConnected) return;
    const outgoing = this.#worker.nextReport();
    try {
      const { statusCode, body } = await request(`${hub.url}/agent/v1/reports`, {
        method: 'POST',
        headers: { authorization: `Bearer ${hub.credential}`, 'content-type': 'application/json' },
        body: JSON.stringify(outgoing.report),
        dispatcher: this.#ports.dispatcher,
        signal: this.#ended.signal,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
      });
      if (statusCode === 200) {
        const { assignment } = (await body.json()) as { assignment: number };
        this.#worker.taken(outgoing, assignment);
        return;
      }
      this.#notTaken(statusCode, await detailOf(body), outgoing);
    } catch (error) {
      this.#worker.failed(outgoing);
      this.#cutOff((error as Error).message);
    }
  }

  #notTaken(status: number, detail: string, outgoing: Outgoing): void {
    // What the hub calls wrong would be as wrong the next time.
    if (status === 400 || status === 413) return this.#ports.onRefused(detail);
    this.#worker.failed(outgoing);
    this.#refused(status, detail);
  }

  #refused(status: number, detail: string): void {
    if (status === 401) this.#end({ is: 'revoked' });
    else if (status === 409) this.#end({ is: 'superseded' });
    else if (status === 426) this.#end({ is: 'other-protocol', detail });
    else this.#cutOff(`the hub answered ${status}${detail === '' ? '' : `: ${detail}`}`);
  }

  #cutOff(why: string): void {
    this.#isConnected = false;
    if (this.#stopped || this.#said === why) return;
    this.#said = why;
    this.#ports.onLink({ is: 'cut-off', why });
  }

  #end(end: LinkEnd): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#ended.abort();
    this.#ports.onEnd(end);
  }
}

async function detailOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const text = await body.text().catch(() => '');
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail.slice(0, 300) : '';
  } catch {
    return '';
  }
}
