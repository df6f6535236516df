import { rm } from 'node:fs/promises';
import { plural } from '../core/wording.ts';
import { erasePerson, type Erasure } from '../store/erase-person.ts';
import { fileIn } from '../store/folder-files.ts';
import { openDatabase } from '../store/open-store.ts';
import { storeName } from '../store/store-address.ts';
import { StoreError } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';
import { readConfig } from './read-config.ts';
import { THIS_PROCESS } from './this-process.ts';

export interface EraseOptions {
  config: string;
  person: string;
  name?: string[];
  phone?: string[];
  dryRun?: boolean;
  json?: boolean;
}

/** Anonymises a person in all stored data. The monitor must not be running: it holds tickets in memory. */
export async function erase(options: EraseOptions): Promise<ExitCode> {
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(options.person)) {
    complain(
      `--person ${options.person}: expected an email address; use --name and --phone for names and numbers.`,
    );
    return EXIT.usage;
  }
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { store, deskSettings } = read.config;
  const isDryRun = options.dryRun === true;
  try {
    const database = await openDatabase(store, { exclusive: true, ...THIS_PROCESS });
    let erased: Erasure;
    try {
      const marks = { email: options.person, names: options.name ?? [], phones: options.phone ?? [] };
      erased = await erasePerson(database, marks, { who: 'the command line', now: Date.now(), isDryRun });
    } finally {
      await database.close();
    }
    if (!isDryRun)
      for (const sha256 of erased.files)
        await rm(fileIn(deskSettings.attachments.folder, sha256), { force: true });
    if (options.json) printJson({ dryRun: isDryRun, ...erased, files: erased.files.length });
    else print(report(erased, isDryRun));
    return EXIT.well;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(
      error.kind === 'in-use'
        ? `The monitor is running on ${storeName(store)}. Stop it first, because it holds tickets in memory.`
        : error.message,
    );
    return EXIT.failed;
  }
}

function report(erased: Erasure, isDryRun: boolean): string {
  const { tickets, messages, otherTexts, accounts, subscriptions, auditRecords, files } = erased;
  const parts = [
    plural(tickets, 'ticket'),
    plural(messages, 'message'),
    plural(files.length, 'attachment'),
    plural(otherTexts, 'other text'),
    plural(accounts, 'account'),
    plural(subscriptions, 'subscription'),
    plural(auditRecords, 'audit record'),
  ];
  const what = parts.join(', ');
  return isDryRun
    ? `Would erase: ${what}. Nothing has been changed.`
    : `Erased: ${what}. The audit log records this, and its chain is intact. Backups and other helpdesks still hold the data.`;
}
