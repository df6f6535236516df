import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { FastifyInstance, FastifyServerFactory } from 'fastify';
import type { Config } from '../config/config.ts';
import { listenOn } from '../web/listen.ts';

/**
 * The address at which an instance is reached, for as long as it lives: first for those who ask a standby, then for those
 * who ask the decider. No connection is refused while it changes hands.
 */
export class Door {
  readonly #server: Server;
  #handler: RequestListener = (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end();

  #prepared: RequestListener | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => this.#handler(request, response));
  }

  /** Rejects with a ListenError. */
  static async open({ listen, tls }: Pick<Config, 'listen' | 'tls'>): Promise<Door> {
    const server = tls
      ? createTlsServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' })
      : createServer();
    server.requestTimeout = 30_000;
    const door = new Door(server);
    await listenOn(
      () =>
        new Promise((resolve, reject) => {
          server.once('error', reject);
          server.listen(listen.port, listen.host, () => {
            server.off('error', reject);
            resolve();
          });
        }),
      listen,
      'server.listen',
    );
    return door;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** For a server of Fastify that does not listen itself. */
  readonly factory: FastifyServerFactory = (handler) => {
    this.#prepared = handler;
    return this.#server;
  };

  /** From now on the server that was made last answers; before that it must be made ready. */
  async handTo(server: FastifyInstance): Promise<void> {
    await server.ready();
    if (this.#prepared) this.#handler = this.#prepared;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
