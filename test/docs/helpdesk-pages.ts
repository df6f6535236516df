import { z } from 'zod';
import { helpdeskBase } from '../../src/config/build-helpdesks.ts';
import type { Capabilities, HelpdeskType } from '../../src/tickets/helpdesk.ts';
import { ANSWERS } from '../../src/tickets/shared/answers.ts';
import { optionRows } from './option-rows.ts';

const TABLE: [keyof Capabilities, string][] = [
  ['keyIn', 'Our key is kept in'],
  ['lookUp', 'A lost answer is looked up by'],
  ['doubles', 'Doubles are'],
  ['publicReply', 'Public replies'],
  ['assignee', 'In `people` stands'],
  ['humanActs', 'What humans did is read from'],
  ['whose', 'Whose ticket it is is known by'],
  ['changes', 'Changes are listed by'],
  ['deleted', 'A deleted ticket shows as'],
  ['webhook', 'Webhooks'],
  ['inspects', '`validate --online` checks'],
  ['worstCase', 'Exactly one, in the worst case'],
];

const cell = (value: string | boolean): string => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? '–' : value.replaceAll('|', '\\|');
};

/** How long a new ticket may be missing where it is looked up, unless the config says otherwise. */
function lagOf(type: HelpdeskType): string {
  const { properties = {} } = z.toJSONSchema(type.settings, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { default?: unknown }>;
  };
  const lag = properties['index_lag']?.default;
  return lag === undefined ? '0s' : String(lag);
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The documentation page of a helpdesk, made from its code alone. */
export function helpdeskPage(type: HelpdeskType): string {
  const facts = TABLE.map(([key, label]) => [label, cell(type.capabilities[key])]);
  return `<!-- Made by \`npm run docs\` from src/tickets/${type.type}.ts; change it there. -->

# \`${type.type}\`

${type.summary}

## Before

${type.setup}

\`\`\`yaml
helpdesk:
${type.example.replace(/^/gm, '  ')}
\`\`\`

\`watchdesk validate --online\` says what does not fit.

## What it can do

${table(['', ''], [...facts, ['Lag window (`index_lag`)', lagOf(type)]])}

## Settings

Beside these, every helpdesk takes [what is said of it as a whole](README.md#settings-of-every-helpdesk).

${optionRows(type.settings).length === 0 ? 'None.' : table(['setting', 'value', 'default', 'meaning'], []) + '\n' + optionRows(type.settings).join('\n')}
`;
}

/** What all helpdesks have, and how they differ. */
export function helpdeskIndex(types: readonly HelpdeskType[]): string {
  const names = types.map(({ type }) => `[\`${type}\`](${type}.md)`);
  const facts = TABLE.map(([key, label]) => [
    label,
    ...types.map(({ capabilities }) => cell(capabilities[key])),
  ]);
  const lags = ['Lag window (`index_lag`)', ...types.map(lagOf)];
  const answers = ANSWERS.map(({ statuses, once, repeatable, advice }) => [
    statuses,
    word(once),
    word(repeatable),
    advice,
  ]);
  return `<!-- Made by \`npm run docs\` from src/tickets/; change it there. -->

# Helpdesks

One file each in \`src/tickets/\`; a new file there is a new helpdesk. How tickets come about, come back and fall
back is told in [Tickets](../tickets.md).

${table(
  ['helpdesk', ''],
  types.map(({ type, summary }) => [`[\`${type}\`](${type}.md)`, summary]),
)}

## Settings of every helpdesk

${table(['setting', 'value', 'default', 'meaning'], [])}
${optionRows(z.strictObject(helpdeskBase)).join('\n')}

## What each can do and promises

${table(['', ...names], [...facts, lags])}

Without an idempotency key of the helpdesk's own, a create whose answer is lost is looked up by our key, the lag
window is waited out, and only then it is posted again. What is still on its way after that makes a second ticket,
which the sweep ends within 24 hours: for a while there are two. Where "exactly one" is written, even that cannot be.

## What answers mean

The same for every helpdesk. "Once" is what must not be done twice, a new ticket or a note; "repeatable" is everything
else. The receiver of \`webhook\` tells by the idempotency key what it has done: there everything is repeatable.

${table(['status', 'once', 'repeatable', 'what the operator is told'], answers)}
| 2xx that is no JSON, too long, or names no ticket | in doubt | tried again | look at the URL and the credentials |
| no connection, name not found, certificate refused | tried again | tried again | no connection, and why |
| cut connection, no answer in time | in doubt | tried again | no answer, and why |
| 400 or 422 for a new ticket with extras | asked for with less | – | what was left out stands in a note |

In doubt: looked up by our key, and only posted again once it certainly is not there.
`;
}

const word = (outcome: string): string =>
  ({ temporary: 'tried again', permanent: 'final', ambiguous: 'in doubt' })[outcome]!;
