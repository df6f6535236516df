import { EVERYBODY } from './may.ts';
import type { FastifyInstance } from 'fastify';
import { connectionCaps } from './connection-caps.ts';
import { baseServer } from './base-server.ts';
import type { WebSources } from './sources.ts';
import { statusRoutes } from './status-routes.ts';

/** Serves the status page on an address of its own, where nothing else can be reached. */
export async function buildStatusServer(sources: WebSources): Promise<FastifyInstance> {
  const server = await baseServer(sources, connectionCaps().status);
  server.get('/', EVERYBODY, (_request, reply) => reply.redirect('/status', 302));
  server.get('/healthz', EVERYBODY, (_request, reply) => reply.type('text/plain').send('ok\n'));
  await server.register(async (inner) => statusRoutes(inner, sources));
  return server;
}
