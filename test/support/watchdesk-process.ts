import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFailed, onTestFinished } from 'vitest';
import { FairTime } from './fair-time.ts';
import { until } from './until.ts';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** Characters: what a red test needs to be understood on a machine that nobody can look into. */
const LAST_WORDS = 6_000;
/** As it is built for the package: test/support/build-program.ts */
const MAIN = join(PROJECT, 'dist/src/main.js');
/** As it is started in a clone. */
export const CLONE_MAIN = join(PROJECT, 'src/main.ts');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command of the program to its end. */
export async function watchdesk(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => (output.stdout += piece));
  child.stderr.on('data', (piece) => (output.stderr += piece));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** The program as a process, watched through its API and metrics alone. */
export class WatchdeskProcess {
  readonly url: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #program: readonly string[];
  readonly #options: readonly string[];
  #child: ChildProcess | undefined;
  #isUnder = false;
  output = '';

  /** `port` is the one that the config in the folder names; `program`: what is run instead of the one in the clone; `options`: more of `run`. */
  constructor(
    folder: string,
    port: number,
    env: NodeJS.ProcessEnv = {},
    program: readonly string[] = [process.execPath, MAIN],
    options: readonly string[] = [],
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#env = env;
    this.#program = program;
    this.url = `http://127.0.0.1:${port}`;
    onTestFinished(() => this.kill());
    onTestFailed(() => console.error(`the last that ${this.url} said:\n${this.output.slice(-LAST_WORDS)}`));
  }

  /** Starts and waits until it is ready. */
  async start(): Promise<void> {
    const child = this.spawn();
    await until(`readiness of ${this.url}`, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.output}`);
      return (await fetch(`${this.url}/readyz`)).ok;
    });
  }

  /** Whether it runs. */
  get isAlive(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Resolves when it has ended by itself, or when so much time has gone by, as on an idle machine. */
  async ended(withinMs: number): Promise<boolean> {
    const time = new FairTime();
    while (this.isAlive && time.elapsedMs() < withinMs)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return !this.isAlive;
  }

  /** Starts it, under another program where wanted, and waits for nothing. */
  spawn(under: readonly string[] = []): ChildProcess {
    const command = [
      ...under,
      ...this.#program,
      'run',
      '--config',
      this.#folder,
      '--log',
      'json',
      ...this.#options,
    ];
    const child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, ...this.#env },
      cwd: this.#folder,
      detached: under.length > 0,
    });
    this.#isUnder = under.length > 0;
    this.#child = child;
    child.stdout.on('data', (piece) => (this.output += piece));
    child.stderr.on('data', (piece) => (this.output += piece));
    return child;
  }

  /** `kill -9`: no goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to stop; gives its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Another text for a file of its config. */
  async rewrite(name: string, change: (text: string) => string): Promise<void> {
    const path = join(this.#folder, name);
    await writeFile(path, change(await readFile(path, 'utf8')));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const closed = once(child, 'exit');
    // Under another program both must go.
    if (this.#isUnder) process.kill(-child.pid!, signal);
    else child.kill(signal);
    await closed;
    return child.exitCode;
  }

  async json<Value = any>(path: string, init?: RequestInit): Promise<Value> {
    const answer = await fetch(this.url + path, init);
    return (await answer.json()) as Value;
  }

  /** All items of a list of the API, over its pages. */
  async list(path: string): Promise<any[]> {
    const items: any[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `${path.includes('?') ? '&' : '?'}limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page: { items: any[]; next: string | null } = await this.json(`/api/v1/${path}${query}`);
      items.push(...page.items);
      cursor = page.next;
    }
    return items;
  }

  post(path: string, body?: unknown): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  }

  /** One sample of /metrics; undefined when it is not there. */
  async metric(series: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }
}
