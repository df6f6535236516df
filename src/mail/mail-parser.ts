import { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import type { Clock, Timer } from '../core/clock.ts';
import type { ParsedMail } from './parse-mail.ts';
import { language } from '../text/language.ts';
import { CODE_EXTENSION, PROGRAM_FOLDER } from '../program-folder.ts';
import { say } from '../text/say.ts';
import type { WorkerAnswer, WorkerOrder } from './parse-worker.ts';

/** No mail that a person has written takes longer: one of 40 MiB is parsed in a second. */
const DEADLINE_MS = 10_000;
/** A thread that has been idle so long is ended, to free its memory. */
const IDLE_MS = 60_000;
const MOST_HEAP_MB = 200;

/** A mail that cannot be parsed, however often it is tried. */
export class UnreadableMail extends Error {
  override readonly name = 'UnreadableMail';
}

/**
 * Parses mails on a thread of its own, each within a deadline and a memory limit: whatever a mail contains, the monitor
 * keeps running, and a mail that is too much for the thread is reported by an UnreadableMail.
 */
export class MailParser {
  readonly #clock: Clock;
  #worker: Worker | undefined;
  #idle: Timer | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Parses one mail at a time. */
  parse(source: Uint8Array): Promise<ParsedMail> {
    const next = this.#last.then(() => this.#read(source));
    this.#last = next.catch(() => {});
    return next;
  }

  stop(): void {
    this.#idle?.cancel();
    this.#end();
  }

  #read(source: Uint8Array): Promise<ParsedMail> {
    this.#idle?.cancel();
    const worker = (this.#worker ??= new Worker(
      join(PROGRAM_FOLDER, `src/mail/parse-worker${CODE_EXTENSION}`),
      {
        resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB, maxYoungGenerationSizeMb: 32 },
        // The environment holds the config's secrets.
        env: {},
        stdin: false,
      },
    ));
    worker.unref();
    const { promise, resolve, reject } = Promise.withResolvers<ParsedMail>();
    const fail = (why: string) => {
      this.#end();
      reject(new UnreadableMail(why));
    };
    const deadline = this.#clock.after(DEADLINE_MS, () =>
      fail(say('mail.unreadable-slow', { seconds: DEADLINE_MS / 1_000 })),
    );
    const onMessage = (answer: WorkerAnswer) =>
      answer.is === 'read' ? resolve(answer.parsed) : reject(new UnreadableMail(answer.why));
    const onError = (error: Error & { code?: string }) =>
      fail(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? say('mail.unreadable-memory')
          : say('mail.unreadable-failed', { error: error.message }),
      );
    const onExit = () => fail(say('mail.unreadable-ended'));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    // Memory that Node shares between buffers cannot be transferred to the thread; a copy can.
    const own = new Uint8Array(source);
    worker.postMessage({ source: own, language: language() } satisfies WorkerOrder, [own.buffer]);
    return promise.finally(() => {
      deadline.cancel();
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      if (this.#worker === worker) this.#idle = this.#clock.after(IDLE_MS, () => this.#end());
    });
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    // The thread's last messages are of no interest, but an error without a listener would end the process.
    worker?.on('error', () => {});
    void worker?.terminate();
  }
}
