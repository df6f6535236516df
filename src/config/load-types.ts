import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CODE_EXTENSION } from '../program-folder.ts';

/**
 * Loads every file of a folder whose default export has a `type`: a new helpdesk or channel is one new file. The
 * folder's other files are ports and parts.
 */
export async function loadTypes<Type extends { type: string }>(folder: string): Promise<Map<string, Type>> {
  const types = new Map<string, Type>();
  for (const file of (await readdir(folder)).sort()) {
    if (!file.endsWith(CODE_EXTENSION)) continue;
    const { default: exported } = (await import(pathToFileURL(join(folder, file)).href)) as {
      default?: Type;
    };
    if (typeof exported?.type === 'string') types.set(exported.type, exported);
  }
  return types;
}
