import { createServer as createTcp } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { makeCertificate } from '../../src/demo/make-certificate.ts';

// The other side of a benchmark, in a process of its own: answers as cheaply as it can, so that what is measured
// beside it is the monitor.
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok',
);

function answer(socket: import('node:net').Socket): void {
  socket.on('error', () => {});
  socket.once('data', () => socket.end(ANSWER));
}

const now = Date.now();
const { certificate, key } = makeCertificate({
  names: ['127.0.0.1'],
  validFrom: new Date(now - 86_400_000),
  validTo: new Date(now + 30 * 86_400_000),
});
const plain = createTcp(answer).listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
const secure = createTls({ cert: certificate, key, SNICallback: undefined }, answer);
secure.on('tlsClientError', () => {});
secure.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port;
  process.stdout.write(`${JSON.stringify({ plain: portOf(plain), secure: portOf(secure), certificate })}\n`);
});
