import type { ChannelType } from '../../src/paging/channel.ts';
import { optionRows } from './option-rows.ts';

/** The documentation page of a channel type, made from its code alone. */
export function channelPage({ type, summary, setup, example, settings, addressKeys }: ChannelType): string {
  const rows = optionRows(settings);
  const table = ['| setting | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const where = addressKeys
    ? `It reaches people at their ${addressKeys.map((key) => `\`${key}\``).join(', or else ')}.`
    : 'It needs no address.';
  return `<!-- Made by \`npm run docs\` from src/paging/${type}.ts; change it there. -->

# \`${type}\`

${summary} ${where}

## Setup

\`\`\`yaml
channels:
${example.replace(/^/gm, '  ')}
\`\`\`

${setup}

## Settings

${rows.length === 0 ? 'None.' : table}
`;
}

export function channelIndex(types: readonly ChannelType[]): string {
  const rows = types.map(
    ({ type, summary, addressKeys = [] }) =>
      `| [\`${type}\`](${type}.md) | ${summary} | ${addressKeys.map((key) => `\`${key}\``).join(', ')} |`,
  );
  return `<!-- Made by \`npm run docs\`. -->

# Channels

Channels reach people. A channel has a name, which escalation steps refer to (\`via: [sms]\`), and a type. Channels that are used
but not configured print to the terminal. \`npm run watchdesk -- validate --online\` checks the config against every provider, and
\`npm run watchdesk -- page maria --test\` sends a test page and reports the result.

| type | | address under \`people\` |
| --- | --- | --- |
${rows.join('\n')}

Each type is one file in \`src/paging/\`; a new file there is a new type. Who is reached when, and in which order: [On call](../on-call.md).
Every page has a link to answer it. For a number that customers can call, see [Hotline](../hotline.md).
`;
}
