import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and a server, and does what networks do. */
export class CuttableProxy {
  readonly port: number;
  readonly #pairs: Set<[client: Socket, server: Socket]>;
  #mode: 'open' | 'refusing' | 'silent' | 'deaf';

  private constructor(port: number, pairs: Set<[Socket, Socket]>) {
    this.port = port;
    this.#pairs = pairs;
    this.#mode = 'open';
  }

  static async to(port: number): Promise<CuttableProxy> {
    const pairs = new Set<[Socket, Socket]>();
    const server = createServer((client) => {
      if (proxy.#mode === 'refusing') return void client.destroy();
      const beyond = connect(port, '127.0.0.1');
      const pair: [Socket, Socket] = [client, beyond];
      pairs.add(pair);
      client.on('data', (bytes) => {
        if (proxy.#mode !== 'deaf') beyond.write(bytes);
      });
      beyond.on('data', (bytes) => {
        if (proxy.#mode === 'open') client.write(bytes);
      });
      for (const one of pair) {
        one.on('error', () => {});
        one.on('close', () => {
          pairs.delete(pair);
          for (const other of pair) other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new CuttableProxy((server.address() as AddressInfo).port, pairs);
    onTestFinished(() => {
      server.close();
      proxy.cut();
    });
    return proxy;
  }

  /** Everything goes through again, on new connections and on those that are left. */
  open(): void {
    this.#mode = 'open';
  }

  /** Ends all connections and takes no new ones. */
  refuse(): void {
    this.#mode = 'refusing';
    this.cut();
  }

  /** What the client says arrives; it hears nothing of it. */
  swallowAnswers(): void {
    this.#mode = 'silent';
  }

  /** Nothing arrives in either direction, and nobody is told. */
  swallowAll(): void {
    this.#mode = 'deaf';
  }

  /** Ends all connections; new ones are possible. */
  cut(): void {
    for (const pair of this.#pairs) for (const one of pair) one.destroy();
  }
}
