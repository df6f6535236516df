import type { Outcome } from '../core/effect.ts';
import { inWords } from './attempt.ts';

export const isText = (value: unknown): boolean => typeof value === 'string';
export const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** What the plugin reports as done is done: an id may be a number, or be left out. */
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
/** For values that are not validated: `done` without a value becomes the empty text. */
export const anyOf = (value: unknown): unknown => (value === undefined ? '' : value);

/**
 * Validates the outcome returned by a plugin. If the plugin throws or returns anything else, it is open whether the
 * action was carried out: the outcome is then `doubt`, by default that it may have been.
 */
export async function pluginOutcome<Value>(
  type: string,
  /** Converts the value; undefined when it is invalid. */
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
