import type { Directory } from '../../src/core/directory.ts';

/** Everybody is reached by one text message, and nobody stands beside anybody. */
export const plainDirectory: Directory = {
  onCall: () => undefined,
  alsoOnCall: () => [],
  membersOf: () => [],
  hasRoom: () => true,
  channelsOf: () => [],
  ways: () => [{ via: 'sms', afterMs: 0 }],
};
