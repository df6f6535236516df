import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/**
 * From where a call comes. What a proxy writes into X-Forwarded-For may carry a port, or be no address at all: then the
 * address of the proxy counts, so that nobody gets an address of their own for every call.
 */
export function callerAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const plain = ip.replace(/^\[([^\]]+)\](?::\d{1,5})?$/, '$1').replace(/^([\d.]+):\d{1,5}$/, '$1');
  return isIP(plain) === 0 ? (socket.remoteAddress ?? 'unknown') : plain;
}
