/** Events of the audit log: who signed in, who changed what, from where. */
export const AUDIT_EVENTS = [
  'started',
  'signed-in',
  'sign-in-failed',
  'sign-in-held',
  'signed-out',
  'signed-out-everywhere',
  'password-set',
  'password-link-sent',
  'second-factor-on',
  'second-factor-off',
  'invited',
  'user-removed',
  'config-applied',
  'config-refused',
  'called',
  'erased',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** One line of the audit log, chained to the one before it. Only an erasure ever changes it. */
export interface AuditRecord {
  /** Unix milliseconds. */
  at: number;
  /** `user maria`, `token deploy`, `nobody`, `the system`. */
  who: string;
  what: AuditEvent;
  /** Network address of the caller. */
  from?: string;
  /** What was acted on, or the other name that was used. */
  about?: string;
  /** The records in which this erasure replaced a person's data, each with the digest of what is left of it. */
  erased?: readonly { seq: number; left: string }[];
  /** For a record in which a person was erased: SHA-256 of the original `recordText`, which keeps the chain valid. */
  digest?: string;
}

/** A record as it is stored and shown: `hash` covers the record and the hash of the one before it. */
export interface ChainedRecord extends AuditRecord {
  seq: number;
  hash: string;
}

/** Hash of the record before the first one. */
export const CHAIN_START = '0'.repeat(64);

/** The text over which a record's digest is computed: the same for the same record, in every version. */
export const recordText = ({ at, who, what, from = '', about = '', erased = [] }: AuditRecord): string =>
  JSON.stringify([at, who, what, from, about, ...erased.flatMap(({ seq, left }) => [seq, left])]);

/** The text over which a record's hash is computed: the hash before it and its own digest. */
export const chainText = (before: string, digest: string): string => JSON.stringify([before, digest]);
