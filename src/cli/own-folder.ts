import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03.html */
const SYSTEM =
  /^\/(bin|boot|dev|etc|home|lib\w*|lost\+found|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?$/;
/** What may stand in a config folder before its watchdesk.yaml does. */
const EARLY = ['secrets.env', 'targets', 'plugins'];

/**
 * Why the service cannot have that folder for its config; undefined when it can. The service's group is given the whole
 * folder, so it must be one of its own. `root`: of the system that the service is installed in.
 */
export function whyUnfit(folder: string, root: string): string | undefined {
  // It would stand in the unit as a line of its own.
  if (/[\0-\x1f\x7f]/.test(folder)) return 'has a control character in its name; expected a plain path';
  const path = join(root || '/', folder);
  const real = root ? folder : realPath(path);
  if (SYSTEM.test(real) || dirname(real) === '/home')
    return 'belongs to the system or to a user; expected a folder of its own, such as /etc/watchdesk';
  const names = namesIn(path);
  if (names === 'a file') return 'is no folder';
  if (names === undefined || names.includes('watchdesk.yaml')) return undefined;
  if (names.some((name) => !EARLY.includes(name)))
    return 'holds other files and no watchdesk.yaml; expected a config folder, or a new one';
  // An empty folder may be one that the system or another program needs, such as /var/mail.
  return names.length > 0 || /\/watchdesk[^/]*(\/[^/]+)?$/.test(real)
    ? undefined
    : `is empty and may belong to another program; if it does not: watchdesk init --config ${folder}`;
}

/** Undefined when there is nothing yet, or when it may not be read: only root installs anything. */
function namesIn(path: string): string[] | 'a file' | undefined {
  try {
    return readdirSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'a file' : undefined;
  }
}

/** The innermost folder above a file that other users may not enter; undefined when they may enter all. */
export function hiddenPart(file: string): string | undefined {
  for (let folder = dirname(realPath(file)); ; folder = dirname(folder)) {
    // ProtectHome hides these from the service, whatever their modes.
    if (['/root', '/home', '/run/user'].includes(folder)) return folder;
    const mode = statSync(folder, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o001) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Without links, also of a path whose last parts do not exist yet. */
function realPath(path: string): string {
  if (path === '/' || !existsSync(dirname(path))) return path;
  try {
    return realpathSync(path);
  } catch {
    return join(realPath(dirname(path)), basename(path));
  }
}
