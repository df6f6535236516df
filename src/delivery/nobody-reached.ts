import type { Directory } from '../core/directory.ts';
import type { Message } from '../core/effect.ts';
import type { EscalationPolicy } from '../core/escalation.ts';
import { routesOf } from '../core/routes.ts';
import { resolveAddressee } from './addressee.ts';
import { say } from '../text/say.ts';

/** Every recipient that the policy pages must resolve to a person with an address right now; returns why any do not. */
export function nobodyReached(
  escalation: EscalationPolicy,
  directory: Directory,
  routes: Parameters<typeof resolveAddressee>[1],
  now: number,
): string[] {
  const pages = (escalation['urgent'] ?? []).filter(({ act }) => act === 'page');
  if (pages.length === 0) return [say('words.no-one-paged')];
  return pages
    .flatMap((step) => routesOf(step, directory))
    .flatMap(({ to, via }) => {
      const message: Message = { is: 'message', to, via, code: '', occasion: { is: 'test' } };
      const found = resolveAddressee(message, routes, now);
      return typeof found === 'string' ? [say('words.page-without-recipient', { why: found })] : [];
    });
}
