import { describe, expect, test } from 'vitest';
import { REASONS } from '../../src/core/reason.ts';
import { freePort } from '../support/free-port.ts';
import { listenTcp, silentUdp, type Listener } from '../support/listeners.ts';
import { prepare, probeOnce, registry, startProbe } from '../support/probe-once.ts';
import { until } from '../support/until.ts';

const SECRET = 'hunter2-hunter2';

/** How each type meets the same demands: a world in which it hangs, one in which it fails. */
interface Case {
  /** A check whose probe does not end by itself. Absent for a type that never waits. */
  hanging?: (silent: { tcp: Listener; udp: number }) => string;
  /** A check that fails, with a secret in its options where it can have one. */
  failing: () => Promise<string>;
  fails: string;
}

const CASES: Record<string, Case> = {
  http: {
    hanging: ({ tcp }) => `{ type: http, url: "http://127.0.0.1:${tcp.port}/" }`,
    failing: async () =>
      `{ type: http, url: "http://user:${SECRET}@127.0.0.1:${await freePort()}/?token=${SECRET}", headers: { x-key: ${SECRET} } }`,
    fails: 'refused',
  },
  tcp: {
    hanging: ({ tcp }) => `{ type: tcp, host: 127.0.0.1, port: ${tcp.port}, expect: { banner: hello } }`,
    failing: async () => `{ type: tcp, host: 127.0.0.1, port: ${await freePort()} }`,
    fails: 'refused',
  },
  tls: {
    hanging: ({ tcp }) => `{ type: tls, host: 127.0.0.1, port: ${tcp.port} }`,
    failing: async () => `{ type: tls, host: 127.0.0.1, port: ${await freePort()} }`,
    fails: 'refused',
  },
  grpc: {
    hanging: ({ tcp }) => `{ type: grpc, host: 127.0.0.1, port: ${tcp.port} }`,
    failing: async () =>
      `{ type: grpc, host: 127.0.0.1, port: ${await freePort()}, metadata: { authorization: ${SECRET} } }`,
    fails: 'refused',
  },
  smtp: {
    hanging: ({ tcp }) => `{ type: smtp, host: 127.0.0.1, port: ${tcp.port} }`,
    failing: async () =>
      `{ type: smtp, host: 127.0.0.1, port: ${await freePort()}, user: probe, password: ${SECRET} }`,
    fails: 'refused',
  },
  dns: {
    hanging: ({ udp }) => `{ type: dns, query: example.com, resolver: "127.0.0.1:${udp}" }`,
    failing: async () => `{ type: dns, query: example.com, resolver: "127.0.0.1:${await freePort()}" }`,
    fails: 'refused',
  },
  ping: {
    failing: async () => '{ type: ping, host: name.invalid }',
    fails: 'dns-nxdomain',
  },
  exec: {
    hanging: () => '{ type: exec, command: [sleep, "60"] }',
    failing: async () =>
      `{ type: exec, command: [sh, -c, 'echo "queue $TOKEN stuck"; exit 2'], env: { TOKEN: ${SECRET} } }`,
    fails: 'exit-critical',
  },
  heartbeat: {
    failing: async () => `{ type: heartbeat, token: ${SECRET}, every: 1ms, grace: 1ms }`,
    fails: 'silent',
  },
};

test('every check type stands here', () => {
  expect(registry.problems).toEqual([]);
  expect(Object.keys(CASES).sort()).toEqual([...registry.types.keys()].sort());
});

describe.each(Object.entries(CASES))('%s', (type, { hanging, failing, fails }) => {
  test('names its reason from the closed list and leaks no secret', async () => {
    const prepared = prepare(await failing());
    const result = await startProbe(prepared, 5_000, 0).result;
    expect(result).toMatchObject({ verdict: expect.not.stringMatching('good'), reason: fails });
    expect(Object.keys(REASONS)).toContain((result as { reason: string }).reason);
    const seen = JSON.stringify([result, prepared.subject]);
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toContain(Buffer.from(`user:${SECRET}`).toString('base64'));
    expect(result.message).not.toBe('');
  });

  const testHanging = hanging ? test : () => {};

  testHanging('ends at once when it is stopped, and frees what it held', async () => {
    const silent = { tcp: await listenTcp((socket) => void socket.resume()), udp: await silentUdp() };
    const handlesBefore = resources();
    const running = startProbe(prepare(hanging!(silent)), 60_000);
    if (['http', 'tcp', 'tls', 'grpc', 'smtp'].includes(type))
      await until('the connection', () => silent.tcp.open() > 0);
    const stoppedAt = performance.now();
    running.stop();
    await expect(running.result).resolves.toMatchObject({ verdict: 'unknown' });
    expect(performance.now() - stoppedAt).toBeLessThan(100);
    await until('everything to be freed', () => silent.tcp.open() === 0 && resources() <= handlesBefore);
  });

  testHanging('is bounded by its deadline, and frees what it held', async () => {
    const silent = { tcp: await listenTcp((socket) => void socket.resume()), udp: await silentUdp() };
    const result = await probeOnce(hanging!(silent), {}, 150);
    expect(result).toMatchObject({ verdict: 'failed', reason: 'timeout' });
    expect(result.durationMs).toBeGreaterThanOrEqual(140);
    expect(result.durationMs).toBeLessThan(400);
    await until('everything to be freed', () => silent.tcp.open() === 0);
  });

  test('never rejects, whatever it leans on does', async () => {
    const prepared = prepare(await failing());
    const broken = new Proxy({} as never, {
      get: (_target, key) => {
        if (key === 'log' || key === 'onAbort') return () => {};
        throw new Error('nothing works here');
      },
    });
    const result = await Promise.resolve()
      .then(() => prepared.probe(broken))
      .catch((error: Error) => error);
    // A fault inside is the runner's to name: it must be one rejection or one finding, never a crash elsewhere.
    expect(result).toBeDefined();
  });

  test('every example of its page is a valid check', () => {
    for (const { yaml } of registry.types.get(type)!.examples) {
      const facts = type === 'http' ? { url: 'https://shop.example/' } : { address: 'shop.example' };
      expect(prepare(yaml.replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'), facts).is).toBe('prepared');
    }
  });
});

const resources = (): number =>
  process.getActiveResourcesInfo().filter((name) => /TCP|UDP|Process|Pipe|DNS|GetAddrInfo|Query/i.test(name))
    .length;
