import { parentPort } from 'node:worker_threads';
import { inLanguage } from '../text/language.ts';
import { parseMail } from './parse-mail.ts';

export interface WorkerOrder {
  source: Uint8Array;
  /** Language of the words that the parser adds to a mail; a thread does not know the config. */
  language: string;
}

/** The result for a mail: parsed, or why it cannot be parsed. */
export type WorkerAnswer =
  { is: 'read'; parsed: ReturnType<typeof parseMail> } | { is: 'refused'; why: string };

parentPort!.on('message', (order: WorkerOrder) => {
  parentPort!.postMessage(answerTo(order));
});

function answerTo({ source, language }: WorkerOrder): WorkerAnswer {
  try {
    return { is: 'read', parsed: inLanguage(language, () => parseMail(source)) };
  } catch (error) {
    return { is: 'refused', why: error instanceof Error ? error.message : String(error) };
  }
}
