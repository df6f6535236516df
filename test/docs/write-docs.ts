import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '../../src/config/catalogue.ts';
import { generatedFiles } from './generated-files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { catalogue } = await loadCatalogue();
for (const [name, text] of await generatedFiles(catalogue)) {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
  process.stdout.write(`${name}\n`);
}
