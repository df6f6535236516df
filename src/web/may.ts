import type { Permission } from '../access/permission.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route: a route without it is not served. */
    may?: Permission;
    /** A form with a field for the actor: signed-in users always act under their own id. */
    hasActor?: true;
  }
}

/** Route options with the permission that callers need. */
export const may = (
  needs: Permission['needs'],
  more: Omit<Permission, 'needs'> = {},
): { config: { may: Permission } } => ({ config: { may: { needs, ...more } } });

/** No authentication: for signed links and calls, tokens in the path, and public pages. */
export const EVERYBODY = may('nothing');

/** A form for agents with a field for the actor. */
export const AGENTS_FORM = { config: { may: { needs: 'agent' } as Permission, hasActor: true as const } };

/** Below these everybody is told that there is nothing; elsewhere that is for those to know who may look. */
const PUBLIC_PATHS =
  /^\/(status|assets|a|rate|hooks|agent|invitation|login|forgotten|healthz|readyz|api\/v1\/heartbeats)(\/|$)/;
const OWN_PATHS = /^\/(portal|account)\//;

/** Of a path that leads nowhere. */
export function unknownRoute(path: string): Permission {
  if (PUBLIC_PATHS.test(path)) return { needs: 'nothing' };
  return OWN_PATHS.test(path) ? { needs: 'signed-in' } : { needs: 'viewer', scope: 'read' };
}
