import type { Way } from './directory.ts';

/** Somebody who can be paged. */
export interface Person {
  id: string;
  name: string;
  /** Where they are reached, by the names that channels have for it: `sms`, `email`. */
  addresses: Readonly<Record<string, string>>;
  /** IANA zone of the times that they read. */
  timezone?: string;
  /** How they want to be reached; empty: by every channel that reaches them, one after another on failure. */
  prefer: readonly Way[];
}

/** People who are mobilised together. */
export interface Team {
  /** Where all of them are reached at once. */
  addresses: Readonly<Record<string, string>>;
  members: readonly string[];
}
