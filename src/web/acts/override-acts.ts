import { z } from 'zod';
import { buildOverride, overrideSchema } from '../../config/override-schema.ts';
import type { PlannedOverride } from '../../core/on-call.ts';
import { say } from '../../text/say.ts';
import { by } from '../api-route.ts';
import { HttpProblem, notFound } from '../problem.ts';
import type { WebSources } from '../sources.ts';

/** An override as submitted by a form or through the API. */
export const overrideWish = overrideSchema.extend({ by: by.optional() });
export type OverrideWish = z.output<typeof overrideWish>;

/**
 * Plans an override of a schedule.
 * @throws HttpProblem that says what is wrong with it.
 */
export async function planOverride(
  { by: who, ...entry }: OverrideWish,
  { planning, config, now, newId }: Pick<WebSources, 'planning' | 'config' | 'now' | 'newId'>,
): Promise<PlannedOverride> {
  const facts = { id: newId(), now: now(), by: who, people: config().people };
  const override = buildOverride(entry, { ...facts, schedules: planning.roster.schedules });
  if (Array.isArray(override))
    throw new HttpProblem(422, say('on-call.not-planned'), say('on-call.invalid'), override);
  await planning.planOverride(override);
  return override;
}

/** Cancels an override. */
export async function endOverride(id: string, { planning }: Pick<WebSources, 'planning'>): Promise<void> {
  if (!(await planning.endOverride(id))) throw notFound(say('on-call.no-override', { id }));
}
