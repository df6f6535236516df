import { EXIT } from './exit-code.ts';

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process. */
export function untilStopped(onFirst: (signal: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(EXIT.failed);
        asked = true;
        onFirst(signal);
        resolve();
      });
    }
  });
}
