import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fault, type Fault, type Ran } from '../core/check-type.ts';
import type { Lifetime } from './ports.ts';

const OUTPUT_LIMIT = 64 * 1024;
const PIPES_CLOSE_MS = 200;

/**
 * Runs a command without a shell, in its own process group, with a minimal environment: the monitor's own environment
 * is not passed on. At the deadline the whole group is killed.
 */
export function runCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  life: Lifetime,
): Promise<Ran | Fault> {
  return new Promise((settle) => {
    const [file, ...args] = command;
    const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env;
    const child = spawn(file!, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, LANG: 'C', ...environment },
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      void whyNotRun(file!, error.code).then((why) =>
        settle(fault('internal', `cannot run ${file}: ${why}`)),
      );
    });
    // When no file descriptors are left there are no pipes, despite the types.
    if (!child.stdout || !child.stderr) return;
    const stdout = keep(child.stdout);
    const stderr = keep(child.stderr);
    const finish = (exitCode: number | null, signal: string | null) => {
      child.stdout.destroy();
      child.stderr.destroy();
      settle({ is: 'ran', exitCode, signal, stdout: stdout(), stderr: stderr() });
    };
    child.on('exit', (exitCode, signal) => {
      killGroup(child.pid);
      // A process that left the group may hold the pipes open forever; the verdict does not wait for it.
      setTimeout(() => finish(exitCode, signal), PIPES_CLOSE_MS).unref();
    });
    child.on('close', (exitCode, signal) => {
      // A command that failed to start also closes, while the cause is still being looked up.
      if (child.pid !== undefined) finish(exitCode, signal);
    });
    life.onAbort(() => {
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      settle(fault('timeout', `timed out: ${file} was killed`));
    });
  });
}

/** ENOENT may also mean the interpreter that a script names: a DOS line ending hides in its name. */
async function whyNotRun(file: string, code: string | undefined): Promise<string> {
  if (code !== 'ENOENT')
    return code === 'EACCES' ? 'permission denied; is it executable?' : (code ?? 'error');
  const script = await open(file).catch(() => undefined);
  if (!script) return 'no such command';
  try {
    const { buffer, bytesRead } = await script.read(Buffer.alloc(256), 0, 256, 0);
    const [first = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
    if (!first.startsWith('#!')) return 'no such command';
    const interpreter = first.slice(2).trim().slice(0, 100);
    return first.endsWith('\r')
      ? `its first line ends in CR LF, so that the system looks for "${interpreter}\\r"; save it with Unix line ends`
      : `there is no interpreter ${interpreter}`;
  } finally {
    await script.close();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has already exited.
  }
}

function keep(stream: NodeJS.ReadableStream): () => string {
  const pieces: Buffer[] = [];
  let length = 0;
  stream.on('data', (piece: Buffer) => {
    if (length < OUTPUT_LIMIT) pieces.push(piece.subarray(0, OUTPUT_LIMIT - length));
    length += piece.length;
  });
  stream.on('error', () => {});
  return () => Buffer.concat(pieces).toString('utf8');
}
