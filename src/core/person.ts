import type { Way } from './directory.ts';

/** A person who can be paged. */
export interface Person {
  id: string;
  name: string;
  /** Addresses by kind, as channels name them: `sms`, `email`. */
  addresses: Readonly<Record<string, string>>;
  /** IANA time zone for the times shown to the person. */
  timezone?: string;
  /** How the person wants to be reached; empty: by every channel that reaches them, each after the last has failed. */
  prefer: readonly Way[];
}

/** People who are mobilised together. */
export interface Team {
  /** Addresses that reach the whole team at once. */
  addresses: Readonly<Record<string, string>>;
  members: readonly string[];
}
