import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';

/** The newest of Debian's; undefined where there is none. */
const programs = (): string | undefined => {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  const folder = newest && join(VERSIONS, newest, 'bin');
  return folder && existsSync(join(folder, 'initdb')) ? folder : undefined;
};

/** Why its tests cannot run here; undefined where they can. */
export const noPostgres: string | undefined =
  programs() === undefined
    ? 'no PostgreSQL server here; apt-get install postgresql gets it from Debian'
    : undefined;

/** PostgreSQL refuses to run as root. */
async function ownUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

const PASSWORD = 'p@ss/word';

/** A real PostgreSQL with a folder and a port of its own. */
export class PostgresServer {
  readonly port: number;
  readonly #folder: string;
  readonly #user: { uid?: number; gid?: number };
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, user: { uid?: number; gid?: number }) {
    this.#folder = folder;
    this.port = port;
    this.#user = user;
  }

  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'watchdesk-pg-'));
    const user = await ownUser();
    if (user.uid !== undefined) await chown(folder, user.uid, user.gid!);
    const password = `${folder}/password`;
    await writeFile(password, PASSWORD, { mode: 0o644 });
    const data = `${folder}/data`;
    await run(
      `${programs()}/initdb`,
      [
        '-D',
        data,
        '-U',
        'watchdesk',
        '-A',
        'scram-sha-256',
        '--pwfile',
        password,
        '-E',
        'UTF8',
        '--no-sync',
        '--locale=C.UTF-8',
      ],
      { ...user, cwd: folder },
    );
    const server = new PostgresServer(folder, await freePort(), user);
    await server.boot();
    return server;
  }

  async boot(...settings: string[]): Promise<void> {
    const small = ['min_wal_size=32MB', 'max_wal_size=64MB', 'shared_buffers=32MB'];
    const more = [
      ...small,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.#folder}`,
      ...settings,
    ];
    this.#process = spawn(
      `${programs()}/postgres`,
      ['-D', `${this.#folder}/data`, '-p', String(this.port), ...more.flatMap((one) => ['-c', one])],
      { ...this.#user, cwd: this.#folder, stdio: 'ignore' },
    );
    this.#guard(this.#process.pid!);
    await until('PostgreSQL', () =>
      this.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  }

  /** However the process of the tests ends, the server ends with it: the pipe between them is closed then. */
  #guard(pid: number): void {
    const script = 'read _; kill -QUIT "$1" && while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"';
    const guard = spawn('sh', ['-c', script, 'sh', String(pid), this.#folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    guard.unref();
    (guard.stdin as Socket).unref();
    this.#process!.once('exit', () => guard.kill('SIGKILL'));
  }

  url(database: string): string {
    return `postgres://watchdesk:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}/${database}`;
  }

  /** A new, empty database, gone when the test ends; its URL. */
  async database(): Promise<string> {
    const name = `t${randomBytes(6).toString('hex')}`;
    await this.query(`CREATE DATABASE ${name}`);
    onTestFinished(() =>
      this.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(
        () => {},
        // The server has ended before.
        () => {},
      ),
    );
    return this.url(name);
  }

  async query<Row>(sql: string, url = this.url('postgres')): Promise<Row[]> {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Ends it as a power cut would. */
  async crash(): Promise<void> {
    const ended = new Promise((resolve) => this.#process!.once('exit', resolve));
    // An immediate shutdown: no checkpoint, recovery at the next start.
    this.#process!.kill('SIGQUIT');
    await ended;
  }

  async stop(): Promise<void> {
    await this.crash();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

let shared: Promise<PostgresServer> | undefined;

/** The one of this process of the tests, for databases of their own. */
export const sharedPostgres = (): Promise<PostgresServer> => (shared ??= PostgresServer.start());
