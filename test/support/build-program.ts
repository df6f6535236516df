import { execFileSync } from 'node:child_process';
import { PROJECT } from './watchdesk-process.ts';

/**
 * Builds what the package holds, once before all tests: what they start is what people install, and it starts in less time
 * than the clone.
 */
export default function buildProgram(): void {
  execFileSync('rolldown', ['-c', 'rolldown.config.ts', '--log-level', 'silent'], {
    cwd: PROJECT,
    env: { ...process.env, PATH: `${PROJECT}/node_modules/.bin:${process.env['PATH']}` },
  });
}
