import { neutraliseLine } from '../../core/neutralise.ts';
import type { ApiOutcome } from './call-api.ts';

/** One version of a request for a ticket; each further one asks for less. */
export interface Wish {
  body: unknown;
  /** What it leaves out, in words. */
  without?: string;
}

/**
 * Retries a ticket that is rejected for one of its fields (400, 422) with less: an outage must not go without a ticket
 * because of a tag. The remarks say what was left out.
 */
export async function createLeniently<Answer>(
  wishes: readonly Wish[],
  post: (body: unknown) => Promise<ApiOutcome<Answer>>,
): Promise<{ outcome: ApiOutcome<Answer>; remarks: string[] }> {
  let first: ApiOutcome<Answer> | undefined;
  for (const { body, without } of wishes) {
    const outcome = await post(body);
    if (!isRefusedField(outcome)) {
      const why = first && 'why' in first ? neutraliseLine(first.why, 300) : '';
      const remarks = first && outcome.is === 'done' ? [`Not set on this ticket: ${without}. ${why}`] : [];
      return { outcome, remarks };
    }
    first ??= outcome;
  }
  return { outcome: first!, remarks: [] };
}

const isRefusedField = (outcome: ApiOutcome<unknown>): boolean =>
  outcome.is === 'permanent' && 'status' in outcome && (outcome.status === 400 || outcome.status === 422);
