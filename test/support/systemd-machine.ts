import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const SYSTEMD = '/lib/systemd/systemd';

/** Why no systemd can be started here; undefined when one can. */
export function whyNoSystemd(): string | undefined {
  if (process.getuid?.() !== 0) return 'they need root for namespaces of their own';
  try {
    accessSync(SYSTEMD, constants.X_OK);
    return undefined;
  } catch {
    return 'install systemd (apt-get install systemd)';
  }
}

/**
 * A machine of its own: systemd as process 1, with its own processes, network, /etc, /run, /tmp, /var/lib and /var/cache.
 * Everything else can only be read there, and only the units written here are known: those of this machine would set it up
 * anew, and clear its /tmp.
 */
const BOOT = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/etc /run/systemd/system
cp -a /etc/. /run/etc/ 2>/dev/null || true
rm -rf /run/etc/systemd/system/*
mount --bind /run/etc /etc
for folder in /tmp /var/tmp /var/lib /var/cache; do mount -t tmpfs tmpfs $folder; done
mount --bind "$PROGRAM" /opt
mount -o remount,bind,ro /
ip link set lo up
# Whatever this machine allows, the service must get along without it.
echo '1 0' > /proc/sys/net/ipv4/ping_group_range
for target in test sysinit basic shutdown network-online multi-user; do
  printf '[Unit]\\nDescription=%s\\nDefaultDependencies=no\\n' $target > /run/systemd/system/$target.target
done
export container=docker SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system
exec ${SYSTEMD} --system --unit=test.target --log-target=null </dev/null
`;

export interface SystemdMachine {
  /** Runs a command on it; gives what it prints. */
  run(...command: string[]): Promise<string>;
  /** The same, whatever its exit code. */
  ask(...command: string[]): Promise<string>;
}

/** Boots one; `program` is found below /opt. */
export async function systemdMachine(program: string): Promise<SystemdMachine> {
  const folder = await temporaryFolder();
  const boot = join(folder, 'boot');
  await writeFile(boot, BOOT);
  const flags = ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc', '--net', '--uts', '--ipc'];
  const child = spawn('unshare', [...flags, 'sh', boot], { env: { ...process.env, PROGRAM: program } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (said += piece));
  onTestFinished(() => void child.kill('SIGKILL'));
  const first = await until('process 1', async () => {
    if (child.exitCode !== null) throw new Error(`unshare ended with ${child.exitCode}: ${said}`);
    return (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
  });
  const inside = ['-t', first, '--mount', '--pid', '--net', '--uts', '--ipc'];
  const machine: SystemdMachine = {
    run: async (...command) => (await run('nsenter', [...inside, ...command])).stdout,
    ask: (...command) =>
      run('nsenter', [...inside, ...command]).then(
        ({ stdout }) => stdout,
        ({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }) => stdout + stderr,
      ),
  };
  await until(
    'systemd',
    async () => (await machine.ask('systemctl', 'is-system-running')).trim() === 'running',
  );
  return machine;
}
