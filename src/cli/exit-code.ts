/** 0 success, 1 failure, 2 invalid usage or config. */
export const EXIT = { well: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
