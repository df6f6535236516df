import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { ServerTls } from '../config/build-tls.ts';
import type { Config } from '../config/config.ts';

/** Why the server cannot listen, worded for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Listens on the configured address; rejects with a ListenError that names the config `key`. */
export const listen = (
  server: FastifyInstance,
  { listen: at }: Pick<Config, 'listen'>,
  key = 'server.listen',
): Promise<void> => listenOn(async () => void (await server.listen(at)), at, key);

/** Begins to listen by `begin`; an error of the system becomes a ListenError. */
export async function listenOn(
  begin: () => Promise<void>,
  { host, port }: Config['listen'],
  key: string,
): Promise<void> {
  try {
    await begin();
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
export const addressOf = (
  port: number,
  { publicUrl, listen: asked }: Pick<Config, 'listen' | 'publicUrl'>,
): string => (asked.port === 0 ? `http://127.0.0.1:${port}` : publicUrl);

/** The port on which it listens; 0 when it listens on none. */
export const portOf = (server: FastifyInstance): number => {
  const address = server.addresses()[0];
  return typeof address === 'object' ? address.port : 0;
};

/** Applies to new connections; open connections keep the old certificate. */
export function renewCertificate({ server }: FastifyInstance, { cert, key }: ServerTls): void {
  if (server instanceof TlsServer) server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
