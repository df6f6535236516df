import { format } from 'prettier';
import { DASHBOARDS } from '../../dashboards/code/all-dashboards.ts';
import { dashboardJson } from '../../dashboards/code/dashboard.ts';
import { targetsJsonSchema, watchdeskJsonSchema } from '../../src/config/json-schema.ts';
import type { Catalogue } from '../../src/config/config.ts';
import { channelIndex, channelPage } from './channel-pages.ts';
import { checkPage } from './check-page.ts';
import { policiesPage } from './policies-page.ts';
import { holidaysPage } from './holidays-page.ts';
import { helpdeskIndex, helpdeskPage } from './helpdesk-pages.ts';

/** Every file that is made from the code, by its path from the project's root. */
export async function generatedFiles({
  checkTypes: types,
  helpdeskTypes,
  channelTypes,
}: Catalogue): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const json = (value: unknown) => format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
  for (const [name, type] of types) {
    files.set(
      `docs/checks/${name}.md`,
      await format(checkPage(type), { parser: 'markdown', printWidth: 110, singleQuote: true }),
    );
  }
  const list = [...types.values()].map(({ type, summary }) => `| [\`${type}\`](${type}.md) | ${summary} |`);
  const index = `<!-- Made by \`npm run docs\`. -->\n\n# Check types\n\nEach type is one file in \`checks/\`; a new file there is a new type ([how](../check-types.md)).\n\n| type | what success means |\n| --- | --- |\n${list.join('\n')}\n`;
  files.set('docs/checks/README.md', await format(index, { parser: 'markdown', printWidth: 110 }));
  const markdown = (text: string) => format(text, { parser: 'markdown', printWidth: 110, singleQuote: true });
  for (const type of helpdeskTypes.values()) {
    files.set(`docs/helpdesks/${type.type}.md`, await markdown(helpdeskPage(type)));
  }
  files.set('docs/helpdesks/README.md', await markdown(helpdeskIndex([...helpdeskTypes.values()])));
  for (const type of channelTypes.values()) {
    files.set(`docs/channels/${type.type}.md`, await markdown(channelPage(type)));
  }
  files.set('docs/channels/README.md', await markdown(channelIndex([...channelTypes.values()])));
  files.set('docs/policies.md', await markdown(policiesPage()));
  files.set('docs/holidays.md', await markdown(await holidaysPage()));
  for (const dashboard of DASHBOARDS) {
    files.set(`dashboards/grafana/${dashboard.slug}.json`, await json(dashboardJson(dashboard)));
  }
  files.set('config/schema/watchdesk.json', await json(watchdeskJsonSchema(helpdeskTypes, channelTypes)));
  files.set('config/schema/targets.json', await json(targetsJsonSchema(types)));
  return files;
}
