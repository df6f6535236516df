import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder above this file that holds all of these. */
function above(...names: string[]): string {
  let folder = import.meta.dirname;
  while (!names.every((name) => existsSync(join(folder, name)))) {
    const next = dirname(folder);
    if (next === folder)
      throw new Error(
        `files of Watchdesk are missing: no ${names.join(' and ')} above ${import.meta.dirname}`,
      );
    folder = next;
  }
  return folder;
}

/** Holds `checks` and `src`, as TypeScript or built: the clone, or `dist` of the package. */
export const PROGRAM_FOLDER = above('checks', 'src');

/** Holds `package.json`. */
export const PACKAGE_FOLDER = above('package.json');

/** Of the program's own files: `.ts` in the clone, `.js` in the package. */
export const CODE_EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
