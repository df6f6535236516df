import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections and to listeners that ask for any. */
const [LOWEST, HIGHEST] = [20_000, 32_000];
const given = new Set<number>();

/**
 * A port of loopback that nobody uses at the moment, and that nobody gets by chance until the program under test listens on
 * it: one from the range of the system would be some connection's by then.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
