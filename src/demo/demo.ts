import type { ExitCode } from '../cli/exit-code.ts';
export async function demo(_options: { port: string; json?: boolean }): Promise<ExitCode> {
  throw new Error('not written');
}
