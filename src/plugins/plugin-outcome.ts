import type { Outcome } from '../core/effect.ts';
import { inWords } from './attempt.ts';

export const isText = (value: unknown): boolean => typeof value === 'string';
export const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** What it says is done, is done: an id may be a number, or be left out. */
export const sentAs = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
export const foundAs = (value: unknown): unknown => (value === null ? null : sentAs(value) || undefined);
export const textsIn = (value: unknown): unknown => (isTexts(value) ? value : undefined);
export const receiptIn = (value: unknown): unknown =>
  isText((value as { is?: unknown } | undefined)?.is) ? value : undefined;
/** A ticket without its id could never be found again. */
export const ticketIn = (value: unknown): unknown => {
  const { remoteId, url, ...more } = (value ?? {}) as { remoteId?: unknown; url?: unknown };
  const id = sentAs(remoteId);
  return id === '' ? undefined : { ...more, remoteId: id, url: isText(url) ? url : '' };
};
export const listIn = (value: unknown): unknown => (Array.isArray(value) ? value : undefined);
/** Of all that is not looked at: `done` without a value stands for what was asked about. */
export const anyOf = (value: unknown): unknown => (value === undefined ? '' : value);

/**
 * What a plugin gives back, if it is an outcome. One that throws, or returns something else, leaves open whether it was done:
 * `doubt`, by default that it may have been.
 */
export async function pluginOutcome<Value>(
  type: string,
  /** The value as it is wanted; undefined when it is none. */
  valueOf: (value: unknown) => unknown,
  work: () => Promise<Outcome<Value>>,
  doubt: 'ambiguous' | 'temporary' = 'ambiguous',
): Promise<Outcome<Value>> {
  let given: Partial<Extract<Outcome<Value>, { is: 'temporary' }>> | undefined;
  try {
    given = (await work()) as typeof given;
  } catch (error) {
    return { is: doubt, why: `the plugin ${type} failed (${inWords(error)})` };
  }
  const why = isText(given?.why) ? given!.why! : `the plugin ${type} did not say why`;
  switch (given?.is as Outcome<Value>['is'] | undefined) {
    case 'done': {
      const value = valueOf((given as { value?: unknown }).value);
      if (value !== undefined) return { is: 'done', value: value as Value };
      return { is: doubt, why: `the plugin ${type} returned \`done\` without the value that was expected` };
    }
    case 'temporary': {
      const wait = Number(given!.retryAfterMs);
      return { is: 'temporary', why, ...(wait > 0 && Number.isFinite(wait) && { retryAfterMs: wait }) };
    }
    case 'permanent':
    case 'ambiguous':
      return { ...(given as unknown as Extract<Outcome<Value>, { is: 'permanent' }>), why };
    default:
      return { is: doubt, why: `the plugin ${type} returned no outcome` };
  }
}
