import { join } from 'node:path';
import { sysusersFile, unitFile, type UnitFacts } from './unit-file.ts';

/** One step of an installation, in execution order. */
export type ServiceStep =
  /** `ifMissing`: an existing file is left unchanged. */
  | { is: 'write'; path: string; text: string; mode: number; ifMissing?: true }
  | { is: 'remove'; path: string }
  | { is: 'run'; command: readonly [string, ...string[]]; why: string };

export interface ServiceFacts extends UnitFacts {
  /** Everything is written below this folder, for the image of a system that is not running; empty for this system. */
  root: string;
  /** Files of a first config, by path below its folder; empty if a config exists. */
  firstConfig: Readonly<Record<string, string>>;
}

export const UNIT = 'watchdesk.service';
const unitPath = '/etc/systemd/system/watchdesk.service';
const sysusersPath = '/etc/sysusers.d/watchdesk.conf';

/** The steps that install the service. */
export function installPlan({ root, firstConfig, ...unit }: ServiceFacts): ServiceStep[] {
  const { user, configFolder, secretsFile } = unit;
  const at = (path: string) => join(root || '/', path);
  const inRoot = root ? [`--root=${root}`] : [];
  const isRunning = root === '';
  return [
    { is: 'write', path: at(sysusersPath), text: sysusersFile(user), mode: 0o644 },
    {
      is: 'run',
      command: ['systemd-sysusers', ...inRoot, sysusersPath],
      why: `makes the user ${user}, unless there is one`,
    },
    ...Object.entries(firstConfig).map(([name, text]): ServiceStep => ({
      is: 'write',
      path: at(join(configFolder, name)),
      text,
      // An image has no user yet whose group could read it; secrets are in a separate file.
      mode: isRunning ? 0o640 : 0o644,
      ifMissing: true,
    })),
    { is: 'write', path: at(secretsFile), text: SECRETS, mode: 0o600, ifMissing: true },
    ...(isRunning
      ? ([
          {
            is: 'run',
            command: ['chown', '-R', `root:${user}`, configFolder],
            why: 'lets the service read the config, and root alone change it',
          },
          {
            is: 'run',
            command: ['chmod', '-R', 'g+rX,g-w,o-rwx', configFolder],
            why: 'keeps the config from everybody else',
          },
          {
            is: 'run',
            command: ['chmod', '600', secretsFile],
            why: 'keeps the secrets to root, who hands them on',
          },
        ] satisfies ServiceStep[])
      : []),
    { is: 'write', path: at(unitPath), text: unitFile(unit), mode: 0o644 },
    ...(isRunning
      ? ([
          { is: 'run', command: ['systemctl', 'daemon-reload'], why: 'reads the unit' },
        ] satisfies ServiceStep[])
      : []),
    { is: 'run', command: ['systemctl', ...inRoot, 'enable', UNIT], why: 'starts it with the system' },
    ...(isRunning
      ? ([
          {
            is: 'run',
            command: ['systemctl', 'restart', UNIT],
            why: 'starts it now, and waits until it is ready',
          },
        ] satisfies ServiceStep[])
      : []),
  ];
}

/** The steps that remove the service; config, secrets and data stay. */
export function uninstallPlan(root: string): ServiceStep[] {
  const at = (path: string) => join(root || '/', path);
  return [
    {
      is: 'run',
      command: root
        ? ['systemctl', `--root=${root}`, 'disable', UNIT]
        : ['systemctl', 'disable', '--now', UNIT],
      why: root ? 'no longer starts it with the system' : 'stops it, and no longer starts it with the system',
    },
    { is: 'remove', path: at(unitPath) },
    { is: 'remove', path: at(sysusersPath) },
    ...(root
      ? []
      : ([
          { is: 'run', command: ['systemctl', 'daemon-reload'], why: 'forgets the unit' },
        ] satisfies ServiceStep[])),
  ];
}

const SECRETS = `# NAME=value, one per line, for \${NAME} in the config. Only root may read this file.
`;
