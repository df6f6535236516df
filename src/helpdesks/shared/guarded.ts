import type { Outcome } from '../../core/effect.ts';
import { neutraliseLine } from '../../core/neutralise.ts';
import type { Helpdesk } from '../helpdesk.ts';

/** Methods that make no call and return at once. */
const AT_ONCE = new Set<keyof Helpdesk>(['isGenuine', 'readsAs']);

/** Methods that must not be repeated: after an error nothing tells whether they were carried out. */
const ONCE = new Set<keyof Helpdesk>(['create', 'note', 'reply']);

/**
 * A response whose shape differs from the vendor's documentation makes an adapter throw; that is reported as an
 * outcome, and is not a fault of the monitor.
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
