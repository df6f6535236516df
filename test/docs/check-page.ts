import type { LoadedCheckType } from '../../src/probing/registry.ts';
import { optionRows } from './option-rows.ts';

/** The documentation page of a check type, made from its code alone. */
export function checkPage(type: LoadedCheckType): string {
  const examples = type.examples.map(
    ({ title, yaml }) => `${title}:\n\n\`\`\`yaml\nchecks:\n  - ${yaml}\n\`\`\`\n`,
  );
  return `<!-- Made by \`npm run docs\` from checks/${type.type}.ts; change it there. -->

# \`${type.type}\`

${type.summary}

${type.notes}

## Examples

${examples.join('\n')}
## Options

In addition to these, every check takes \`name\`, \`priority\`, \`interval\`, \`timeout\`, \`failures\`, \`recoveries\` and
\`retry_interval\` ([config](../config.md#checks)).

| option | value | default | meaning |
| --- | --- | --- | --- |
${optionRows(type.options).join('\n')}
`;
}
