/** Why a file was not saved: the sentence for the operator. */
export type FileTrouble = { is: 'no-room'; why: string } | { is: 'failed'; why: string };

/** The port to attached files. A file is found by the SHA-256 of its content, in hexadecimal, so it is stored only once. */
export interface FileStore {
  /** Resolves with undefined when the file is durable. */
  write(sha256: string, bytes: Uint8Array): Promise<FileTrouble | undefined>;
  /** Undefined when there is no such file, or it cannot be read. */
  read(sha256: string): Promise<Uint8Array | undefined>;
  remove(sha256s: readonly string[]): Promise<void>;
  /** Deletes what a killed process left half-written. Called before anything is written. */
  sweep(): Promise<void>;
}
