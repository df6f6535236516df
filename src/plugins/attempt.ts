import { neutraliseLine } from '../core/neutralise.ts';

type Attempt<Value> = { is: 'done'; value: Value } | { is: 'failed'; why: string };

export function attempt<Value>(work: () => Value): Attempt<Value> {
  try {
    return { is: 'done', value: work() };
  } catch (error) {
    return { is: 'failed', why: inWords(error) };
  }
}

/** Describes what `create` returned instead of the expected object. */
export function noneOf(value: unknown, what: string): string {
  if (!(value instanceof Promise)) return `its \`create\` returned no ${what}`;
  value.catch(() => {});
  return `its \`create\` is asynchronous; expected a ${what} at once`;
}

export const inWords = (error: unknown): string =>
  neutraliseLine(error instanceof Error ? error.message : String(error), 120);
