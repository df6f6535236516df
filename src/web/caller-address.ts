import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/**
 * The address of a caller. An X-Forwarded-For entry may carry a port, or be no address at all: in that case the proxy's
 * address counts, so that a caller cannot invent a new address for every call.
 */
export function callerAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const plain = ip.replace(/^\[([^\]]+)\](?::\d{1,5})?$/, '$1').replace(/^([\d.]+):\d{1,5}$/, '$1');
  return isIP(plain) === 0 ? (socket.remoteAddress ?? 'unknown') : plain;
}
