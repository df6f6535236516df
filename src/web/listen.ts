import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { ServerTls } from '../config/build-tls.ts';
import type { Config } from '../config/config.ts';

/** Why the server cannot listen, worded for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Listens on the configured address; rejects with a ListenError that names the config `key`. */
export async function listen(
  server: FastifyInstance,
  { listen: { host, port } }: Pick<Config, 'listen'>,
  key = 'server.listen',
): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `${host}:${port}`;
    if (code === 'EADDRINUSE') {
      throw new ListenError(`${where} is in use by another program; stop it, or set ${key} to another port`);
    }
    if (code === 'EACCES')
      throw new ListenError(
        `no permission to listen on ${where}; ports below 1024 need extra privileges, set ${key} to a higher port`,
      );
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new ListenError(`${host} is not an address of this machine; set ${key} to one that is`);
    throw new ListenError(`cannot listen on ${where}: ${message}`);
  }
}

/** The URL for people; with port 0, the one assigned by the system. */
export function addressOf(
  server: FastifyInstance,
  { publicUrl, listen: { port } }: Pick<Config, 'listen' | 'publicUrl'>,
): string {
  if (port !== 0) return publicUrl;
  const address = server.addresses()[0];
  return typeof address === 'object' ? `http://127.0.0.1:${address.port}` : publicUrl;
}

/** Applies to new connections; open connections keep the old certificate. */
export function renewCertificate({ server }: FastifyInstance, { cert, key }: ServerTls): void {
  if (server instanceof TlsServer) server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
