import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import { CODE_EXTENSION, PROGRAM_FOLDER } from '../program-folder.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { firstConfig } from './init.ts';
import { complain, print, printJson } from './print.ts';
import { hiddenPart, whyUnfit } from './own-folder.ts';
import { installPlan, uninstallPlan, type ServiceStep } from './service-plan.ts';

export interface ServiceOptions {
  config: string;
  user: string;
  root: string;
  yes?: boolean;
  json?: boolean;
}

/** Shows what an installation as a systemd service would write and run, and does it when confirmed. */
export async function installService(options: ServiceOptions): Promise<ExitCode> {
  const { user, root } = options;
  const configFolder = resolve(options.config);
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(user)) {
    complain(`--user: found ${JSON.stringify(user)}, expected a name such as watchdesk`);
    return EXIT.usage;
  }
  const unfit = whyUnfit(configFolder, root);
  if (unfit !== undefined) {
    complain(`--config: ${configFolder} ${unfit}`);
    return EXIT.usage;
  }
  const program = programOf(process.execPath);
  const hidden = root
    ? undefined
    : [...program, configFolder].map(hiddenPart).find((one) => one !== undefined);
  if (hidden !== undefined) {
    complain(
      `${hidden} may only be entered by its owner, so the user ${user} could not read what is in it. Install Watchdesk and its config where other users may enter, for example with sudo npm install -g watchdesk and in /etc/watchdesk.`,
    );
    return EXIT.failed;
  }
  const hasConfig = existsSync(join(root || '/', configFolder, 'watchdesk.yaml'));
  const steps = installPlan({
    program,
    configFolder,
    secretsFile: join(configFolder, 'secrets.env'),
    user,
    capabilities: !root && mayPing() ? [] : ['CAP_NET_RAW'],
    root,
    firstConfig: hasConfig ? {} : await firstConfig(undefined, 'sqlite:/var/lib/watchdesk/watchdesk.db'),
  });
  const exit = await carryOut(steps, options, {
    asked: 'Install the service?',
    done: root
      ? `Installed below ${root}. The service starts with that system.`
      : 'Watchdesk runs. Its log: journalctl -u watchdesk -f. Edit the config, then: systemctl reload watchdesk',
  });
  return exit;
}

/** Removes the service; config, secrets and data stay. */
export function uninstallService(options: ServiceOptions): Promise<ExitCode> {
  return carryOut(uninstallPlan(options.root), options, {
    asked: 'Remove the service?',
    done: `Removed. ${options.config}, /var/lib/watchdesk and the user ${options.user} are still there.`,
  });
}

/** The command that starts the program without npm: its launcher, or Node in a clone. */
function programOf(node: string): string[] {
  const launcher = join(PROGRAM_FOLDER, 'watchdesk');
  return existsSync(launcher) ? [launcher] : [node, join(PROGRAM_FOLDER, `src/main${CODE_EXTENSION}`)];
}

/** Whether the kernel lets every group open ICMP sockets: https://man7.org/linux/man-pages/man7/icmp.7.html */
function mayPing(): boolean {
  try {
    const [from, to] = readFileSync('/proc/sys/net/ipv4/ping_group_range', 'utf8')
      .trim()
      .split(/\s+/)
      .map(Number);
    return from === 0 && to! >= 65_535;
  } catch {
    return false;
  }
}

async function carryOut(
  steps: readonly ServiceStep[],
  { yes, json, root }: ServiceOptions,
  { asked, done }: { asked: string; done: string },
): Promise<ExitCode> {
  if (!json) for (const step of steps) print(shown(step));
  if (!(yes || (await agreed(asked)))) {
    if (json) printJson({ done: false, steps });
    else print('Nothing was changed. To do all of this: the same command with --yes');
    return EXIT.well;
  }
  if (root === '' && process.getuid?.() !== 0) {
    complain('Only root may do this: sudo watchdesk service …. Nothing was changed.');
    return EXIT.failed;
  }
  for (const step of steps) {
    const problem = await take(step);
    if (problem === undefined) continue;
    complain(problem);
    return EXIT.failed;
  }
  if (json) printJson({ done: true, steps });
  else print(done);
  return EXIT.well;
}

function shown(step: ServiceStep): string {
  switch (step.is) {
    case 'write': {
      const { path, text, ifMissing } = step;
      const lines = text.trimEnd().replace(/^/gm, '    ');
      return `Write ${path}${ifMissing ? ', unless it is there' : ''}:\n${lines}\n`;
    }
    case 'remove':
      return `Remove ${step.path}\n`;
    case 'run':
      return `Run ${step.command.join(' ')}   # ${step.why}\n`;
  }
}

/** Asks the user at the terminal; false when run by a script. */
async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Runs one step; returns why it failed. */
async function take(step: ServiceStep): Promise<string | undefined> {
  try {
    switch (step.is) {
      case 'write': {
        if (step.ifMissing && existsSync(step.path)) return undefined;
        await mkdir(dirname(step.path), { recursive: true });
        await writeFile(step.path, step.text, { mode: step.mode });
        await chmod(step.path, step.mode);
        return undefined;
      }
      case 'remove':
        await rm(step.path, { force: true });
        return undefined;
      case 'run': {
        const [name, ...args] = step.command;
        await promisify(execFile)(name, args);
        return undefined;
      }
    }
  } catch (error) {
    const { code, stderr = '', message } = error as { code?: unknown; stderr?: string; message: string };
    if (step.is !== 'run') return `${step.path}: ${message}`;
    const [name] = step.command;
    if (code === 'ENOENT') return `There is no ${name} here; a service needs systemd.`;
    const why = stderr.trim() || message;
    const more = name === 'systemctl' ? ' See: journalctl -u watchdesk -n 30' : '';
    return `${step.command.join(' ')} failed: ${why}.${more}`;
  }
}
