import type { Directory } from '../../src/core/directory.ts';

/** Everybody is reached by one text message, and nobody stands beside anybody. */
export const plainDirectory: Directory = {
  personCalled: (name) => name,
  nameOf: (person) => person,
  nameIn: () => undefined,
  customerOf: () => undefined,
  titleOf: (target) => target,
  contactOf: () => undefined,
  fallbackOf: () => undefined,
  isCall: (via) => via === 'voice',
  vendorOf: () => undefined,
  mailChannel: () => undefined,
  onCall: () => undefined,
  alsoOnCall: () => [],
  membersOf: () => [],
  hasRoom: () => true,
  channelsOf: () => [],
  ways: () => [{ via: 'sms', afterMs: 0 }],
};
