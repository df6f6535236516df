import type { ChannelType } from '../../src/paging/channel.ts';
import { optionRows } from './option-rows.ts';

/** The documentation page of a channel type, made from its code alone. */
export function channelPage({ type, summary, setup, example, settings, addressKeys }: ChannelType): string {
  const rows = optionRows(settings);
  const table = ['| setting | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const where = addressKeys
    ? `People are reached at ${addressKeys.map((key) => `\`${key}\``).join(', or else at ')}.`
    : 'People need no address for it.';
  return `<!-- Made by \`npm run docs\` from src/paging/${type}.ts; change it there. -->

# \`${type}\`

${summary} ${where}

## Setting it up

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

How people are reached. A channel has a name, which steps of the escalation use (\`via: [sms]\`), and a type. Those that are named
and not configured print to the terminal. \`npm run watchdesk -- validate --online\` asks every provider whether it fits, and
\`npm run watchdesk -- page maria --test\` sends a test page and says what came of it.

| type | | address under \`people\` |
| --- | --- | --- |
${rows.join('\n')}

One file each in \`src/paging/\`; a new file there is a new type. Who is reached when, and in which order: [On call](../on-call.md).
Every page can be answered by the link in it. And the other way round, a number that customers call: [Hotline](../hotline.md).
`;
}
