import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';
import { PROJECT, type WatchdeskProcess } from './watchdesk-process.ts';

const MAIN = join(PROJECT, 'dist/src/main.js');

/** An agent as a process of its own. Commands of checks see its own folder as HOME: each agent can see something else. */
export class AgentProcess {
  readonly home: string;
  readonly location: string;
  readonly #hub: string;
  readonly token: string;
  #child: ChildProcess | undefined;
  output = '';

  private constructor(home: string, location: string, hub: string, token: string) {
    this.home = home;
    this.location = location;
    this.#hub = hub;
    this.token = token;
    onTestFinished(() => this.kill());
    onTestFailed(() =>
      console.error(`the last that the agent in ${location} said:\n${this.output.slice(-4_000)}`),
    );
  }

  /** Invites it at the monitor; it is started by `start`. */
  static async invited(
    monitor: WatchdeskProcess,
    location: string,
    hub = monitor.url,
  ): Promise<AgentProcess> {
    const answer = await monitor.post('/api/v1/agents', { location });
    const { token } = (await answer.json()) as { token: string };
    return new AgentProcess(await temporaryFolder(), location, hub, token);
  }

  /** Another process with the same credential. */
  twin(): AgentProcess {
    return new AgentProcess(this.home, this.location, this.#hub, this.token);
  }

  start(more: readonly string[] = ['--allow-exec']): void {
    const args = [
      ...['agent', '--hub', this.#hub, '--token', this.token],
      ...['--data', join(this.home, 'data'), '--log', 'json', ...more],
    ];
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, HOME: this.home },
      cwd: this.home,
    });
    this.#child = child;
    child.stdout.on('data', (piece) => (this.output += piece));
    child.stderr.on('data', (piece) => (this.output += piece));
  }

  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'exit');
    child.kill(signal);
    await closed;
  }

  /** How many commands of checks have run here. */
  async probes(): Promise<number> {
    return (await readFile(join(this.home, 'probes'), 'utf8').catch(() => '')).length / 2;
  }

  /** What checks see from here from now on. */
  async see(what: 'well' | 'down'): Promise<void> {
    await seeIn(this.home, what);
  }
}

export async function seeIn(home: string, what: 'well' | 'down'): Promise<void> {
  const path = join(home, 'down');
  if (what === 'down') await writeFile(path, '');
  else await rm(path, { force: true });
}

/** A check that fails where `seeIn` said so. */
export const SEEN_FROM_HERE = `{ type: exec, name: seen, command: [sh, -c, 'echo x >> "$HOME/probes"; test ! -e "$HOME/down" || { echo no way there; exit 2; }'] }`;
