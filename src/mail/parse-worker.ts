import { parentPort } from 'node:worker_threads';
import { parseMail } from './parse-mail.ts';

/** What comes back of a mail: read, or why it cannot be read. */
export type WorkerAnswer =
  { is: 'read'; parsed: ReturnType<typeof parseMail> } | { is: 'refused'; why: string };

parentPort!.on('message', (source: Uint8Array) => {
  parentPort!.postMessage(answerTo(source));
});

function answerTo(source: Uint8Array): WorkerAnswer {
  try {
    return { is: 'read', parsed: parseMail(source) };
  } catch (error) {
    return { is: 'refused', why: error instanceof Error ? error.message : String(error) };
  }
}
