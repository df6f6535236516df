/** What is written into the audit log: who came in, who changed what, from where. */
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

/** One line of the audit log. It is never changed, and chained to the one before it. */
export interface AuditRecord {
  /** Unix milliseconds. */
  at: number;
  /** `user maria`, `token deploy`, `nobody`, `the system`. */
  who: string;
  what: AuditEvent;
  /** Network address of the caller. */
  from?: string;
  /** What was acted on, or under which other name. */
  about?: string;
  /** Records in which a person was made unrecognisable by this erasure, each with the digest of what is left of it. */
  erased?: readonly { seq: number; left: string }[];
  /** Of a record in which a person was erased: SHA-256 of `recordText` as it was, which keeps the chain whole. */
  digest?: string;
}

/** As it is stored and shown: `hash` covers the record and the hash of the one before it. */
export interface ChainedRecord extends AuditRecord {
  seq: number;
  hash: string;
}

/** Hash of the record before the first one. */
export const CHAIN_START = '0'.repeat(64);

/** What the digest of a record is made of: the same text for the same record, in every version. */
export const recordText = ({ at, who, what, from = '', about = '', erased = [] }: AuditRecord): string =>
  JSON.stringify([at, who, what, from, about, ...erased.flatMap(({ seq, left }) => [seq, left])]);

/** What the hash of a record is made of: the hash before it and its own digest. */
export const chainText = (before: string, digest: string): string => JSON.stringify([before, digest]);
