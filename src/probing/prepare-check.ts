import { z } from 'zod';
import { optionProblem, type OptionProblem, type Prepared, type TargetFacts } from '../core/check-type.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { CheckTypes, LoadedCheckType } from './registry.ts';

/** What it takes to probe a check anywhere: its type, its options as written, and the facts about its target. */
export interface CheckOrder {
  type: string;
  /** The keys of the type alone, with `${…}` resolved; may hold secrets. */
  options: Readonly<Record<string, unknown>>;
  target: TargetFacts;
}

/** An error in a check type becomes a problem of this check only. */
export function prepareCheck(
  type: LoadedCheckType,
  options: unknown,
  target: TargetFacts,
): Prepared | OptionProblem {
  try {
    return type.prepare(options, target);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return optionProblem([], `options that checks/${type.type}.ts accepts (${neutraliseLine(why, 120)})`);
  }
}

/** Prepares a check on a machine that has the order but not the config. */
export function prepareOrder(
  types: CheckTypes,
  { type, options, target }: CheckOrder,
): Prepared | OptionProblem {
  const known = types.get(type);
  if (known === undefined) return optionProblem(['type'], `one of ${[...types.keys()].join(', ')}`);
  const parsed = z.strictObject((known.options as z.ZodObject).shape).safeParse(options);
  if (parsed.success) return prepareCheck(known, parsed.data, target);
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).filter((key) => typeof key !== 'symbol');
  return optionProblem(
    path,
    `options that this version's checks/${type}.ts accepts (${issue?.message ?? ''})`,
  );
}
