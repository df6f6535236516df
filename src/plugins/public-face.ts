import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CODE_EXTENSION, PROGRAM_FOLDER } from '../program-folder.ts';

/** The modules that plugins may import from Watchdesk. Plugins lie in the operator's folder, which has no packages. */
const FACES: ReadonlyMap<string, string> = new Map(
  ['check', 'channel', 'helpdesk'].map((face) => [
    `watchdesk/${face}`,
    pathToFileURL(join(PROGRAM_FOLDER, 'src/plugins', `${face}${CODE_EXTENSION}`)).href,
  ]),
);

let isOpen = false;

/** From now on `import … from 'watchdesk/check'` resolves to this program, wherever it is installed. */
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
