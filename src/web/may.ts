import type { Permission } from '../access/permission.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Stands beside every route: without one it is not served. */
    may?: Permission;
    /** A form that says who acts: whoever is signed in is who they are. */
    hasActor?: true;
  }
}

/** Options of a route that says who may call it. */
export const may = (
  needs: Permission['needs'],
  more: Omit<Permission, 'needs'> = {},
): { config: { may: Permission } } => ({ config: { may: { needs, ...more } } });

/** For everybody: signed links and calls, tokens in the path, and what is public. It asks nobody who they are. */
export const EVERYBODY = may('nothing');

/** A form of agents that says who acts. */
export const AGENTS_FORM = { config: { may: { needs: 'agent' } as Permission, hasActor: true as const } };

/** Below these everybody is told that there is nothing; elsewhere that is for those to know who may look. */
const PUBLIC_PATHS = /^\/(status|assets|a|rate|hooks|invitation)(\/|$)/;

/** Of a path that leads nowhere. */
export function unknownRoute(path: string): Permission {
  if (PUBLIC_PATHS.test(path)) return { needs: 'nothing' };
  return path.startsWith('/portal/') ? { needs: 'signed-in' } : { needs: 'viewer', scope: 'read' };
}
