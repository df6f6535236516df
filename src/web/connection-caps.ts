import { readFileSync } from 'node:fs';

export interface ConnectionCaps {
  /** Connections of the main listener at once. */
  main: number;
  /** Of the public status page, which anybody may open. */
  status: number;
}

const MOST: ConnectionCaps = { main: 4_000, status: 1_000 };

/**
 * How many connections may be open at once, so that callers cannot use up the files that probes need: a quarter of the
 * process's limit for people, an eighth for the public. Only Linux tells that limit (proc(5)).
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
