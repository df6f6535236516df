import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { loadCatalogue } from '../config/catalogue.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { gatewayIn, initialConfig, type FirstTarget } from './initial-config.ts';
import { complain, print, printJson } from './print.ts';

const FIRST_PORT = 8080;
const PORTS_TRIED = 20;

/** Writes a small config without asking, and prints the next steps. Existing files are never touched. */
export async function init(options: { config: string; url?: string; json?: boolean }): Promise<ExitCode> {
  const { config: folder, url } = options;
  if (url !== undefined && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    complain(`--url: found ${JSON.stringify(url)}, expected a URL that starts with http:// or https://`);
    return EXIT.usage;
  }
  const files = await firstConfig(url);
  const written: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const at = join(folder, path);
    try {
      await mkdir(dirname(at), { recursive: true });
      await writeFile(at, text, { flag: 'wx' });
      written.push(at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      complain(
        code === 'EEXIST'
          ? `${at} exists already and was left as it is; expected a folder without a config (--config <folder>)`
          : `${at} cannot be written (${code}); check that the folder may be written`,
      );
      if (written.length > 0) complain(`Written before that: ${written.join(', ')}`);
      return EXIT.usage;
    }
  }
  const { catalogue } = await loadCatalogue(folder);
  const loaded = await loadConfig(folder, catalogue);
  if (loaded.is === 'problems') {
    for (const problem of loaded.problems) complain(problemLine(problem));
    return EXIT.failed;
  }
  const { listen, targets } = loaded.config;
  const address = `http://${listen.host}:${listen.port}/`;
  const where = resolve(folder) === resolve('config') ? '' : ` --config ${quoted(folder)}`;
  const called = howCalled(process.env);
  const next = [
    `${called} run${where}`,
    `${called} probe ${quoted(targets[0]!.name)}${where}`,
    `${called} validate${where}`,
  ];
  if (options.json) {
    printJson({ folder: resolve(folder), files: written, url: address, next });
    return EXIT.well;
  }
  print(`Written: ${written.join(', ')}`);
  print('');
  print('Next:');
  print(`  ${next[0]}   starts the monitor; its wall is at ${address}`);
  print(`  ${next[1]}   tries the first target and shows every step`);
  print(`  edit ${join(folder, 'watchdesk.yaml')}: put in your phone number and a channel, then`);
  print(`  ${next[2]}   checks it; a running monitor picks it up by itself`);
  return EXIT.well;
}

/** The files of a first config for this machine, by their paths below its folder. `url`: a site to monitor first;
 * `store`: where, when not in the folder that it is started in. */
export async function firstConfig(url: string | undefined, store?: string): Promise<Record<string, string>> {
  return initialConfig({
    timeZone: Temporal.Now.timeZoneId(),
    userName: userName(),
    port: await freePort(),
    first: firstTarget(url),
    now: Date.now(),
    ...(store !== undefined && { store }),
  });
}

/** How the user invoked the program, so that the commands it suggests work for them. */
function howCalled({ npm_lifecycle_event: script, npm_command: command }: NodeJS.ProcessEnv): string {
  if (script === 'watchdesk') return 'npm run watchdesk --';
  return command === 'exec' ? 'npx watchdesk' : 'watchdesk';
}

const quoted = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function userName(): string {
  // Under sudo, the user who called it, not root.
  const caller = process.env['SUDO_USER'];
  if (caller !== undefined && /^[a-z_][\w.-]*$/i.test(caller)) return caller;
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a passwd entry.
    return 'me';
  }
}

function firstTarget(url: string | undefined): FirstTarget {
  if (url !== undefined) return { is: 'site', url };
  try {
    const address = gatewayIn(readFileSync('/proc/net/route', 'utf8'));
    if (address !== undefined) return { is: 'gateway', address };
  } catch {
    // Not Linux.
  }
  return { is: 'this-machine' };
}

/** The default port, or the next free one. */
async function freePort(): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port++) if (await isFree(port)) return port;
  return FIRST_PORT;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((tell) => {
    const server = createServer();
    server.once('error', () => tell(false));
    server.listen(port, '127.0.0.1', () => server.close(() => tell(true)));
  });
}
