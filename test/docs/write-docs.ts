import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRegistry } from '../../src/probing/registry.ts';
import { generatedFiles } from './generated-files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { types } = await loadRegistry(join(root, 'checks'));
for (const [name, text] of await generatedFiles(types)) {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
  process.stdout.write(`${name}\n`);
}
