import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SystemClock } from '../../src/probing/system-clock.ts';
import { openDatabase } from '../../src/store/open-store.ts';
import { sqlFiles } from '../../src/store/sql-files.ts';
import { storeAddress } from '../../src/store/store-address.ts';
import { noPostgres, sharedPostgres } from '../support/postgres-server.ts';
import type { FileStore } from '../../src/store/file-store.ts';
import { fileIn, folderFiles } from '../../src/store/folder-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const STORES: [name: string, open: () => Promise<FileStore>][] = [
  [
    'a folder',
    async () => {
      const folder = join(await temporaryFolder(), 'attachments');
      return folderFiles(() => ({ folder, keepFreeBytes: 0 }));
    },
  ],
  ...(noPostgres === undefined
    ? [
        [
          'PostgreSQL',
          async () => {
            const clock = new SystemClock();
            const at = storeAddress(await (await sharedPostgres()).database());
            const database = await openDatabase(at, { exclusive: true, clock, version: 'test' });
            onTestFinished(() => database.close());
            return sqlFiles(database);
          },
        ] satisfies [string, () => Promise<FileStore>],
      ]
    : []),
];

describe.each(STORES)('files in %s', (_name, open) => {
  test('are found by their hash, stored once, and gone when removed', async () => {
    const files = await open();
    const [one, other] = [bytesOf('one'), bytesOf('other')];
    const [oneHash, otherHash] = [sha256Of(one), sha256Of(other)];
    expect(await files.read(oneHash)).toBeUndefined();
    for (const bytes of [one, other, one]) expect(await files.write(sha256Of(bytes), bytes)).toBeUndefined();
    expect(
      [await files.read(oneHash), await files.read(otherHash)].map((read) => Buffer.from(read!)),
    ).toEqual([Buffer.from(one), Buffer.from(other)]);
    await files.remove([oneHash, sha256Of(bytesOf('never there'))]);
    expect(await files.read(oneHash)).toBeUndefined();
    expect(await files.read(otherHash)).toBeDefined();
  });

  test('may be empty, and may be written twice at once', async () => {
    const files = await open();
    const empty = new Uint8Array();
    await Promise.all([1, 2, 3].map(() => files.write(sha256Of(empty), empty)));
    expect((await files.read(sha256Of(empty)))!.length).toBe(0);
  });

  test('a sweep leaves whole files', async () => {
    const files = await open();
    await files.sweep();
    const bytes = bytesOf('whole');
    await files.write(sha256Of(bytes), bytes);
    await files.sweep();
    expect(await files.read(sha256Of(bytes))).toBeDefined();
  });
});

describe('a folder', () => {
  test('is swept of what was half written, and of nothing else', async () => {
    const hash = sha256Of(bytesOf('x'));
    const folder = await temporaryFolder({
      [`${hash.slice(0, 2)}/${hash}.0a1b2c3d`]: 'ha',
      'ab/notes.txt': 'x',
    });
    await folderFiles(() => ({ folder, keepFreeBytes: 0 })).sweep();
    expect(existsSync(`${fileIn(folder, hash)}.0a1b2c3d`)).toBe(false);
    expect(existsSync(join(folder, 'ab/notes.txt'))).toBe(true);
  });

  test('that would leave too little free takes nothing, and says what to look at', async () => {
    const folder = await temporaryFolder();
    const bytes = bytesOf('x');
    const files = folderFiles(() => ({ folder, keepFreeBytes: 2 ** 60 }));
    expect(await files.write(sha256Of(bytes), bytes)).toEqual({
      is: 'no-room',
      why: expect.stringMatching(
        /only [\d.]+ MB of disk space is free, and `desk.attachments.keep_free` is [\d.]+ MB/,
      ),
    });
    expect(await files.read(sha256Of(bytes))).toBeUndefined();
  });

  test('that cannot be written leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const bytes = bytesOf('x');
    const hash = sha256Of(bytes);
    // A file where the folder should be: root may write everywhere else.
    await writeFile(join(folder, hash.slice(0, 2)), '');
    const files = folderFiles(() => ({ folder, keepFreeBytes: 0 }));
    expect(await files.write(hash, bytes)).toMatchObject({
      is: 'failed',
      why: expect.stringMatching(/^Attachments cannot be saved: E/),
    });
    expect(await readdir(folder)).toEqual([hash.slice(0, 2)]);
  });

  test('may only be read by its user', async () => {
    const folder = await temporaryFolder();
    const bytes = bytesOf('secret');
    await folderFiles(() => ({ folder, keepFreeBytes: 0 })).write(sha256Of(bytes), bytes);
    expect((await stat(fileIn(folder, sha256Of(bytes)))).mode & 0o077).toBe(0);
  });
});
