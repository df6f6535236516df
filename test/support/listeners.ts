import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface Listener {
  port: number;
  /** Connections that are open at the moment. */
  open(): number;
  accepted(): number;
}

/** A TCP server on loopback that does this with every connection. */
export async function listenTcp(serve: (socket: Socket) => void): Promise<Listener> {
  return listen(createServer({ allowHalfOpen: false }), serve);
}

export async function listenTls(options: TlsOptions, serve: (socket: Socket) => void): Promise<Listener> {
  const server = createTls(options, serve);
  server.on('tlsClientError', () => {});
  return listen(server, undefined);
}

async function listen(
  server: ReturnType<typeof createServer>,
  serve: ((socket: Socket) => void) | undefined,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, open: () => sockets.size, accepted: () => accepted };
}

/** A web server on loopback; gives its URL. */
export async function listenHttp(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createHttp(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A UDP socket on loopback that hears everything and says nothing. */
export async function silentUdp(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}
