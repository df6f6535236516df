import { isAtLeast, isStaff, type StaffRole } from '../core/user.ts';
import { say } from '../text/say.ts';
import type { AccessSettings, TokenScope } from './access-settings.ts';
import type { Caller } from './access.ts';

/** What it takes to call something. */
interface Rule {
  /** Beginning of the path. */
  path: string;
  /** Methods that change something; absent: all. */
  changes?: boolean;
  needs: 'nothing' | 'signed-in' | StaffRole;
  /** Of programs; absent: none may. */
  scope?: TokenScope;
  /** There without signing in when the config says so. */
  open?: 'metrics' | 'wall';
}

/** The first that fits; what is not named is for staff to look at, and for agents to change. */
const RULES: readonly Rule[] = [
  { path: '/healthz', needs: 'nothing' },
  { path: '/readyz', needs: 'nothing' },
  { path: '/assets/', needs: 'nothing' },
  { path: '/login', needs: 'nothing' },
  // How to call it is no secret; the calls themselves ask who calls.
  { path: '/api/openapi.json', needs: 'nothing' },
  { path: '/invitation/', needs: 'nothing' },
  { path: '/forgotten', needs: 'nothing' },
  // Signed links, signed calls, tokens in the path.
  { path: '/a/', needs: 'nothing' },
  { path: '/rate/', needs: 'nothing' },
  { path: '/hooks/', needs: 'nothing' },
  { path: '/api/v1/heartbeats/', needs: 'nothing' },
  { path: '/status', needs: 'nothing' },
  { path: '/logout', needs: 'signed-in' },
  { path: '/account', needs: 'signed-in' },
  { path: '/portal', needs: 'signed-in' },
  { path: '/attachments/', needs: 'signed-in' },
  { path: '/metrics', needs: 'viewer', scope: 'metrics', open: 'metrics' },
  // It sends what this monitor may send, to whom the caller names.
  { path: '/probe', needs: 'agent', scope: 'metrics' },
  { path: '/-/', needs: 'admin', scope: 'admin' },
  { path: '/oncall/:what/:file', needs: 'viewer', scope: 'read' },
  { path: '/users', needs: 'manager' },
  { path: '/audit', needs: 'admin' },
  { path: '/api/v1/audit', needs: 'admin', scope: 'admin' },
  { path: '/reports', needs: 'manager', scope: 'read' },
  { path: '/api/v1/reports', needs: 'manager', scope: 'read' },
  { path: '/api/v1/desk/', changes: true, needs: 'agent', scope: 'tickets' },
  { path: '/api/v1/desk/', needs: 'viewer', scope: 'tickets' },
  { path: '/api/', changes: true, needs: 'agent', scope: 'write' },
  { path: '/api/', needs: 'viewer', scope: 'read' },
  { path: '/live', needs: 'viewer', open: 'wall' },
];

/** What is there for everybody, and asks nobody who they are. */
export const isPublic = (path: string): boolean =>
  RULES.find((one) => path.startsWith(one.path))?.needs === 'nothing';

export type Verdict = { is: 'allowed' } | { is: 'sign-in' } | { is: 'forbidden'; why: string };

/** Whether somebody may call that. */
export function verdict(
  caller: Caller,
  method: string,
  path: string,
  { open }: Pick<AccessSettings, 'open'>,
): Verdict {
  const changes = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
  const isWall = path === '/' || path.startsWith('/targets/');
  const rule = RULES.find((one) => path.startsWith(one.path) && (!one.changes || changes)) ?? {
    path: '',
    needs: changes ? 'agent' : 'viewer',
    ...(isWall && !changes && { open: 'wall' as const }),
  };
  if (caller.is === 'anybody' || rule.needs === 'nothing') return { is: 'allowed' };
  if (rule.open && open.includes(rule.open)) return { is: 'allowed' };
  switch (caller.is) {
    case 'nobody':
      return { is: 'sign-in' };
    case 'token': {
      const { scopes } = caller;
      // Who may change it may look at it.
      const mayRead = rule.scope === 'read' && scopes.includes('write');
      const may =
        scopes.includes('admin') || mayRead || (rule.scope !== undefined && scopes.includes(rule.scope));
      return may
        ? { is: 'allowed' }
        : {
            is: 'forbidden',
            why:
              rule.scope === undefined
                ? say('sign-in.token-not-accepted', { token: caller.name })
                : say('sign-in.token-lacks-scope', { token: caller.name, scope: rule.scope }),
          };
    }
    case 'user': {
      const { role } = caller.user;
      if (rule.needs === 'signed-in' || (isStaff(role) && isAtLeast(role, rule.needs)))
        return { is: 'allowed' };
      const action = changes || path.startsWith('/api/') ? 'act' : 'view';
      return {
        is: 'forbidden',
        why: isStaff(role)
          ? say('sign-in.no-access', { action, needed: rule.needs, role })
          : say('sign-in.no-access-portal', { action }),
      };
    }
  }
}
