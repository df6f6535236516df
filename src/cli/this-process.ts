import { ownVersion } from '../observe/version.ts';
import { SystemClock } from '../probing/system-clock.ts';

/** What a command that opens the store brings along. */
export const THIS_PROCESS = { clock: new SystemClock(), version: ownVersion() };
