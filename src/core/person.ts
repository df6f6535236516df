import type { Way } from './directory.ts';

/** Somebody who can be paged. */
export interface Person {
  id: string;
  name: string;
  sms?: string;
  voice?: string;
  email?: string;
  slack?: string;
  timezone?: string;
  /** How they want to be reached; empty: by every channel that reaches them, one after another on failure. */
  prefer: readonly Way[];
}

/** People who are mobilised together. */
export interface Team {
  slack?: string;
  email?: string;
  members: readonly string[];
}
