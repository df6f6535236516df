import { isAtLeast, isStaff } from '../core/user.ts';
import { say } from '../text/say.ts';
import type { AccessSettings } from './access-settings.ts';
import type { Caller } from './access.ts';
import type { Permission } from './permission.ts';

export type Verdict = { is: 'allowed' } | { is: 'sign-in' } | { is: 'forbidden'; why: string };

/** Whether a caller may use a route. `opened`: what the config opens to everyone; `action`: worded for the refusal. */
export function verdict(
  caller: Caller,
  { needs, scope, open }: Permission,
  opened: AccessSettings['open'],
  action: 'act' | 'view',
): Verdict {
  if (caller.is === 'anybody' || needs === 'nothing') return { is: 'allowed' };
  if (open && opened.includes(open)) return { is: 'allowed' };
  switch (caller.is) {
    case 'nobody':
      return { is: 'sign-in' };
    case 'token': {
      const { scopes } = caller;
      // Permission to write includes permission to read.
      const mayRead = scope === 'read' && scopes.includes('write');
      const may = scopes.includes('admin') || mayRead || (scope !== undefined && scopes.includes(scope));
      return may
        ? { is: 'allowed' }
        : {
            is: 'forbidden',
            why:
              scope === undefined
                ? say('sign-in.token-not-accepted', { token: caller.name })
                : say('sign-in.token-lacks-scope', { token: caller.name, scope }),
          };
    }
    case 'user': {
      const { role } = caller.user;
      if (needs === 'signed-in' || (isStaff(role) && isAtLeast(role, needs))) return { is: 'allowed' };
      return {
        is: 'forbidden',
        why: isStaff(role)
          ? say('sign-in.no-access', { action, needed: needs, role })
          : say('sign-in.no-access-portal', { action }),
      };
    }
  }
}
