import { isAbsolute, resolve } from 'node:path';
import { percentDecoded } from '../core/display-url.ts';

/** Where everything is stored. */
export type StoreAddress =
  /** A file of this machine; `:memory:` for none. */
  | { is: 'sqlite'; path: string }
  /** `postgres://user:password@host1,host2/database` */
  | { is: 'postgres'; url: string };

/** What is expected of a store's URL. */
export const STORE_EXPECTED =
  'sqlite:path, such as sqlite:data/watchdesk.db, or postgres://user:password@host/database';

export const STORE_PATTERN = /^(?:sqlite:.+|postgres(?:ql)?:\/\/.+)/;

/** Reads a URL of the expected shape; a relative path is resolved against the working directory, as the operator sees it. */
export function storeAddress(url: string): StoreAddress {
  if (!url.startsWith('sqlite:')) return { is: 'postgres', url };
  const path = url.slice('sqlite:'.length);
  return { is: 'sqlite', path: isAbsolute(path) || path === ':memory:' ? path : resolve(path) };
}

/** The store as people call it; never with a password. */
export const storeName = (at: StoreAddress): string =>
  at.is === 'sqlite' ? at.path : at.url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '');

/** Passwords in the URL of a store: as they are written, and decoded. */
export function storeSecrets(url: string): string[] {
  const password = /^\w+:\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1];
  return password === undefined ? [] : [password, percentDecoded(password)];
}
