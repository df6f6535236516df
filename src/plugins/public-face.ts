import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CODE_EXTENSION, PROGRAM_FOLDER } from '../program-folder.ts';

/** What plugins may import of Watchdesk. They lie in a folder of the operator's, which has no packages of its own. */
const FACES: ReadonlyMap<string, string> = new Map(
  ['check', 'channel', 'helpdesk'].map((face) => [
    `watchdesk/${face}`,
    pathToFileURL(join(PROGRAM_FOLDER, 'src/plugins', `${face}${CODE_EXTENSION}`)).href,
  ]),
);

let isOpen = false;

/** From now on `import … from 'watchdesk/check'` finds this program, wherever it stands. */
export function openPublicFace(): void {
  if (isOpen) return;
  isOpen = true;
  registerHooks({
    resolve(specifier, context, next) {
      const url = FACES.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
