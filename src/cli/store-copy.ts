import { dirname, join } from 'node:path';
import { plural } from '../core/wording.ts';
import { copyStore, type CopyEnd } from '../store/copy-store.ts';
import { folderFiles } from '../store/folder-files.ts';
import { openDatabase, isThere } from '../store/open-store.ts';
import { sqlFiles } from '../store/sql-files.ts';
import {
  STORE_EXPECTED,
  STORE_PATTERN,
  storeAddress,
  storeName,
  type StoreAddress,
} from '../store/store-address.ts';
import { StoreError } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';
import { THIS_PROCESS } from './this-process.ts';

export interface StoreCopyOptions {
  from: string;
  to: string;
  attachments?: string;
  json?: boolean;
}

/** Copies a store that no monitor uses into an empty one, of the same kind or the other, and compares them. */
export async function storeCopy(options: StoreCopyOptions): Promise<ExitCode> {
  for (const name of ['from', 'to'] as const) {
    if (STORE_PATTERN.test(options[name])) continue;
    complain(`--${name}: expected ${STORE_EXPECTED}.`);
    return EXIT.usage;
  }
  const [from, to] = [storeAddress(options.from), storeAddress(options.to)];
  if (storeName(from) === storeName(to)) {
    complain('--from and --to are the same store.');
    return EXIT.usage;
  }
  if (!isThere(from)) {
    complain(`There is no store at ${storeName(from)}.`);
    return EXIT.failed;
  }
  const opened: CopyEnd[] = [];
  const openEnd = async (at: StoreAddress): Promise<CopyEnd> => {
    const database = await openDatabase(at, { exclusive: true, ...THIS_PROCESS });
    const folder = options.attachments ?? (at.is === 'sqlite' ? join(dirname(at.path), 'attachments') : '');
    const files = at.is === 'sqlite' ? folderFiles(() => ({ folder, keepFreeBytes: 0 })) : sqlFiles(database);
    const end = { database, files };
    opened.push(end);
    return end;
  };
  try {
    const [source, target] = [await openEnd(from), await openEnd(to)];
    const copied = await copyStore(source, target, (table, rows) => {
      if (!options.json && rows > 0) print(`  ${table}: ${plural(rows, 'row')}`);
    });
    if (options.json) printJson(copied);
    if (copied.is === 'not-empty') {
      complain(
        `${storeName(to)} is not empty: ${copied.table} has ${plural(copied.rows, 'row')}. Nothing was copied. Choose an empty store.`,
      );
      return EXIT.failed;
    }
    if (copied.is === 'differs') {
      complain(
        `${storeName(to)} is not the same: ${copied.table} has ${plural(copied.rowsThere, 'row')}, of ${copied.rows}, or other values. Do not use it; empty it and copy again.`,
      );
      return EXIT.failed;
    }
    const rows = copied.tables.reduce((sum, one) => sum + one.rows, 0);
    if (!options.json)
      print(
        `Copied ${plural(rows, 'row')} and ${plural(copied.files, 'attachment')} to ${storeName(to)}, and compared: both hold the same.`,
      );
    if (copied.missingFiles > 0)
      complain(
        `${plural(copied.missingFiles, 'attachment')} that tickets name are not at ${storeName(from)}.`,
      );
    return EXIT.well;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(error.kind === 'in-use' ? `${error.message}. Nothing was copied.` : error.message);
    return EXIT.failed;
  } finally {
    for (const { database } of opened) await database.close();
  }
}
