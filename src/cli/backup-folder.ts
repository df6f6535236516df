import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ownVersion } from '../observe/version.ts';
import { integrityOf } from '../store/sqlite-files.ts';

/** The manifest beside the copies, by which a restore verifies that they are intact. */
const manifestSchema = z.object({
  watchdesk: z.string(),
  takenAt: z.iso.datetime(),
  database: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  attachments: z.object({ files: z.int().min(0) }),
  /** Whether the backup holds passwords, second factors and the key of signed links. */
  secrets: z.enum(['included', 'left-out']).default('included'),
});
export type Manifest = z.output<typeof manifestSchema>;

export const ONLY_SQLITE =
  'backup and restore are for the embedded store. Back PostgreSQL up with its own tools, such as pg_dump (docs/running-it.md).';

export const databaseIn = (folder: string): string => join(folder, 'watchdesk.db');
export const attachmentsIn = (folder: string): string => join(folder, 'attachments');
export const manifestIn = (folder: string): string => join(folder, 'backup.json');

export async function writeManifest(
  folder: string,
  { database, takenAt, secrets }: { database: string; takenAt: number; secrets: Manifest['secrets'] },
): Promise<void> {
  const manifest: Manifest = {
    watchdesk: ownVersion(),
    takenAt: new Date(takenAt).toISOString(),
    database: { sha256: await sha256Of(database) },
    attachments: { files: (await attachmentFiles(attachmentsIn(folder))).length },
    secrets,
  };
  await writeFile(manifestIn(folder), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
}

/** Undefined for a backup of a version that wrote no manifest; a string describes what is wrong with it. */
export async function readManifest(folder: string): Promise<Manifest | undefined | string> {
  if (!existsSync(manifestIn(folder))) return undefined;
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(manifestIn(folder), 'utf8')));
    return parsed.success ? parsed.data : `${manifestIn(folder)} is not a manifest of a backup`;
  } catch (error) {
    return `${manifestIn(folder)} cannot be read (${(error as Error).message})`;
  }
}

/** What is damaged or missing in the copies, one sentence each. */
export async function damageIn(
  { database, attachments }: { database: string; attachments: string },
  manifest: Manifest | undefined,
): Promise<string[]> {
  const damage: string[] = [];
  const verdict = integrityOf(database);
  if (verdict !== 'ok') damage.push(`${database} is damaged: ${verdict}`);
  else if (manifest && (await sha256Of(database)) !== manifest.database.sha256)
    damage.push(`${database} is not the file that was backed up: its checksum differs`);
  const files = await attachmentFiles(attachments);
  if (manifest && files.length !== manifest.attachments.files)
    damage.push(`${attachments} has ${files.length} files; the backup had ${manifest.attachments.files}`);
  // The name of an attachment is its checksum.
  for (const file of files)
    if ((await sha256Of(file)) !== basename(file)) damage.push(`${file} is damaged: its checksum differs`);
  return damage;
}

export async function attachmentFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
