import { pino, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { neutraliseLine } from '../core/neutralise.ts';

export type Log = Logger;

export interface LogOptions {
  /** `text` for people, `json` for machines. */
  format: 'text' | 'json';
  colour: boolean;
  level: string;
}

const NOT_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'msg']);
const FIELD_LIMIT = 400;

/** A log that redacts secrets in its last step, whatever was passed to it: an event name, then fields. */
export function makeLog(options: LogOptions, redact: () => (text: string) => string): Log {
  const shared = {
    level: options.level,
    base: null,
    hooks: { streamWrite: (line: string) => redact()(line) },
  };
  // pino's own destination waits forever at exit when the reader of our output is gone; a closed pipe must neither stop
  // the monitor nor keep it from exiting.
  process.stdout.on('error', () => {});
  if (options.format === 'json') {
    return pino({ ...shared, timestamp: pino.stdTimeFunctions.isoTime }, process.stdout);
  }
  const stream = PinoPretty({
    colorize: options.colour,
    destination: process.stdout,
    hideObject: true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:sso',
    ignore: 'pid,hostname',
    customPrettifiers: {
      level: (_level, _key, _log, { label, labelColorized }) =>
        (options.colour ? labelColorized : label).toLowerCase().padEnd(5),
    },
    messageFormat: (log) => `${String(log['msg'] ?? '').padEnd(16)} ${fieldsOf(log)}`.trimEnd(),
  });
  return pino(shared, stream);
}

/** Colour only on a terminal, and never when `NO_COLOR` is set. */
export const wantsColour = (): boolean => process.stdout.isTTY === true && !process.env['NO_COLOR'];

function fieldsOf(log: Record<string, unknown>): string {
  return Object.entries(log)
    .filter(([key, value]) => !NOT_FIELDS.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${shown(value)}`)
    .join(' ');
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = neutraliseLine(text, FIELD_LIMIT);
  return /[\s="]/.test(plain) ? JSON.stringify(plain) : plain;
}
