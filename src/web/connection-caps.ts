import { readFileSync } from 'node:fs';

export interface ConnectionCaps {
  /** Concurrent connections of the main listener. */
  main: number;
  /** Concurrent connections of the public status page, which anyone may open. */
  status: number;
}

const MOST: ConnectionCaps = { main: 4_000, status: 1_000 };

/**
 * Limits open connections, so that callers cannot use up the file descriptors that probes need: a quarter of the
 * process's limit for the main listener, an eighth for the public. Only Linux reports that limit (proc(5)).
 */
export function connectionCaps(limits = readLimits()): ConnectionCaps {
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  return {
    main: Math.min(MOST.main, Math.max(16, Math.floor(files / 4))),
    status: Math.min(MOST.status, Math.max(8, Math.floor(files / 8))),
  };
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
