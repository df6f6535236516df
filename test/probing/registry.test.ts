import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { loadRegistry } from '../../src/probing/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { PROJECT } from '../support/watchdesk-process.ts';

const zod = pathToFileURL(join(PROJECT, 'node_modules/zod/index.js')).href;
const file = (body: string) => `import { z } from '${zod}';\nexport default ${body};\n`;
const good = `type: 'NAME', summary: 's', notes: 'n', examples: [], options: z.strictObject({}), prepare() { return { is: 'prepared', subject: '', secrets: [], probe: async () => ({ verdict: 'good', message: '' }) }; }`;

test('a new file is a new type, and of each bad one it is said what is wrong with it', async () => {
  const folder = await temporaryFolder({
    'checks/fine.ts': file(`{ ${good.replace('NAME', 'fine')} }`),
    'checks/empty.ts': 'export {};\n',
    'checks/text.ts': 'export default "text";\n',
    'checks/broken.ts': 'export default {\n',
    'checks/other-name.ts': file(`{ ${good.replace('NAME', 'fine')} }`),
    'checks/no-type.ts': file('{ }'),
    'checks/no-summary.ts': file("{ type: 'no-summary' }"),
    'checks/no-schema.ts': file("{ type: 'no-schema', summary: 's', notes: 'n', examples: [] }"),
    'checks/no-prepare.ts': file(
      "{ type: 'no-prepare', summary: 's', notes: 'n', examples: [], options: z.strictObject({}) }",
    ),
    'checks/taken.ts': file(
      `{ ${good.replace('NAME', 'taken').replace('strictObject({})', 'strictObject({ name: z.string() })')} }`,
    ),
    'checks/notes.md': 'not a check type',
  });
  const { types, problems } = await loadRegistry(join(folder, 'checks'));
  expect([...types.keys()]).toEqual(['fine']);
  expect(problems).toEqual([
    expect.stringMatching(/^checks\/broken\.ts: cannot be loaded: /),
    'checks/empty.ts: has no default export; expected `export default` of a CheckType',
    'checks/no-prepare.ts: `prepare` is missing; expected a function (options, target)',
    'checks/no-schema.ts: `options` is missing or not a zod object schema; expected z.strictObject({ … })',
    'checks/no-summary.ts: `summary` is missing; expected text for the docs',
    'checks/no-type.ts: `type` is missing or not made of lower-case letters, digits and hyphens',
    'checks/other-name.ts: `type` is "fine"; expected "other-name", the file\'s own name',
    'checks/taken.ts: the option `name` is reserved, because every check has it; expected another name',
    'checks/text.ts: the default export is a string; expected a CheckType object',
  ]);
});
