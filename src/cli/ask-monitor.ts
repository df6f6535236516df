import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'undici';
import { isGuarded } from '../access/access-settings.ts';
import { localUrl } from '../config/local-url.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain } from './print.ts';
import { readConfig } from './read-config.ts';

const TIMEOUT_MS = 10_000;

export interface MonitorQuestion {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  /** What to do instead when no monitor answers. */
  otherwise: string;
}

/** Queries the monitor that runs with that config; on failure prints the problem and returns the exit code. */
export async function askMonitor(
  { config }: { config: string },
  { method, path, body, otherwise }: MonitorQuestion,
): Promise<object | ExitCode> {
  const read = await readConfig(config);
  if (!read) return EXIT.usage;
  const { access, tls } = read.config;
  const url = localUrl(read.config.listen, tls !== undefined);
  const token = access.tokens.find(({ scopes }) => scopes.includes('admin') || scopes.includes('write'));
  if (isGuarded(access) && !token) {
    complain(
      'The monitor requires authentication. Add a token with the `write` scope under access.tokens; the command line uses it.',
    );
    return EXIT.usage;
  }
  try {
    const answer = await request(url + path, {
      method,
      // The monitor is addressed by IP, which no certificate names: it must present the config's own certificate.
      ...(tls && {
        dispatcher: new Agent({
          connect: {
            ca: tls.cert,
            allowPartialTrustChain: true,
            checkServerIdentity: (_name, shown) =>
              shown.fingerprint256 === new X509Certificate(tls.cert).fingerprint256
                ? undefined
                : new Error('its certificate is not the one in server.tls'),
          },
        }),
      }),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      headers: {
        ...(token && { authorization: `Bearer ${token.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const given = (await answer.body.json()) as { detail?: string; problems?: string[] };
    if (answer.statusCode < 400) return given;
    complain(given.detail ?? `The monitor returned HTTP ${answer.statusCode}.`);
    for (const problem of given.problems ?? []) complain(`  ${problem}`);
    return answer.statusCode < 500 ? EXIT.usage : EXIT.failed;
  } catch (error) {
    complain(`Cannot reach the monitor at ${url} (${(error as Error).message}). Start it, or ${otherwise}.`);
    return EXIT.failed;
  }
}

export const isExit = (answer: object | ExitCode): answer is ExitCode => typeof answer === 'number';
