import { format } from 'prettier';
import { targetsJsonSchema, watchdeskJsonSchema } from '../../src/config/json-schema.ts';
import type { CheckTypes } from '../../src/probing/registry.ts';
import { checkPage } from './check-page.ts';

/** Every file that is made from the code, by its path from the project's root. */
export async function generatedFiles(types: CheckTypes): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const json = (value: unknown) => format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
  for (const [name, type] of types) {
    files.set(
      `docs/checks/${name}.md`,
      await format(checkPage(type), { parser: 'markdown', printWidth: 110, singleQuote: true }),
    );
  }
  const list = [...types.values()].map(({ type, summary }) => `| [\`${type}\`](${type}.md) | ${summary} |`);
  const index = `<!-- Made by \`npm run docs\`. -->\n\n# Check types\n\nOne file each in \`checks/\`; a new file there is a new type ([how](../check-types.md)).\n\n| type | a good answer proves that |\n| --- | --- |\n${list.join('\n')}\n`;
  files.set('docs/checks/README.md', await format(index, { parser: 'markdown', printWidth: 110 }));
  files.set('config/schema/watchdesk.json', await json(watchdeskJsonSchema()));
  files.set('config/schema/targets.json', await json(targetsJsonSchema(types)));
  return files;
}
