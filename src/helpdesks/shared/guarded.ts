import type { Outcome } from '../../core/effect.ts';
import { neutraliseLine } from '../../core/neutralise.ts';
import type { Helpdesk } from '../helpdesk.ts';

/** What asks nobody, and answers at once. */
const AT_ONCE = new Set<keyof Helpdesk>(['isGenuine', 'readsAs']);

/** What must not be done twice: whether it was stands nowhere then. */
const ONCE = new Set<keyof Helpdesk>(['create', 'note', 'reply']);

/**
 * A helpdesk whose answers have another shape than its vendor's documentation says makes an adapter stumble; that
 * is said, and is no fault of the monitor.
 */
export function guarded(service: string, helpdesk: Helpdesk): Helpdesk {
  const guard = Object.entries(helpdesk).map(([name, member]) => {
    if (typeof member !== 'function' || AT_ONCE.has(name as keyof Helpdesk)) return [name, member] as const;
    const work = member as (...given: unknown[]) => Promise<Outcome<unknown>>;
    const is = ONCE.has(name as keyof Helpdesk) ? 'ambiguous' : 'temporary';
    const attempt = async (...given: unknown[]): Promise<Outcome<unknown>> => {
      try {
        return await work(...given);
      } catch (error) {
        const what = neutraliseLine(error instanceof Error ? error.message : String(error), 120);
        return { is, why: `unexpected response from ${service} (${what})` };
      }
    };
    return [name, attempt] as const;
  });
  return Object.fromEntries(guard) as unknown as Helpdesk;
}
