import { z } from 'zod';
import { helpdeskBase } from '../../src/config/build-helpdesks.ts';
import type { Capabilities, HelpdeskType } from '../../src/tickets/helpdesk.ts';
import { ANSWERS } from '../../src/tickets/shared/answers.ts';
import { optionRows } from './option-rows.ts';

const TABLE: [keyof Capabilities, string][] = [
  ['keyIn', 'Incident key is stored in'],
  ['lookUp', 'Lookup after a lost response'],
  ['doubles', 'Duplicates are'],
  ['publicReply', 'Public replies'],
  ['assignee', 'Value in `people`'],
  ['humanActs', 'Human activity is read from'],
  ['whose', 'Customer is identified by'],
  ['changes', 'Changes are listed by'],
  ['deleted', 'A deleted ticket appears as'],
  ['webhook', 'Webhooks'],
  ['inspects', '`validate --online` checks'],
  ['worstCase', 'Exactly one ticket, in the worst case'],
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

## Setup

${type.setup}

\`\`\`yaml
helpdesk:
${type.example.replace(/^/gm, '  ')}
\`\`\`

\`watchdesk validate --online\` checks this config against the helpdesk.

## Capabilities

${table(['', ''], [...facts, ['Lag window (`index_lag`)', lagOf(type)]])}

## Settings

In addition to these, every helpdesk takes the [common settings](README.md#settings-of-every-helpdesk).

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

Each helpdesk is one file in \`src/tickets/\`; a new file there is a new helpdesk. [Tickets](../tickets.md) explains how
tickets are opened, reopened and moved to the desk when a helpdesk is down.

${table(
  ['helpdesk', ''],
  types.map(({ type, summary }) => [`[\`${type}\`](${type}.md)`, summary]),
)}

## Settings of every helpdesk

${table(['setting', 'value', 'default', 'meaning'], [])}
${optionRows(z.strictObject(helpdeskBase)).join('\n')}

## What each can do and promises

${table(['', ...names], [...facts, lags])}

If a helpdesk has no idempotency key of its own, a create whose response is lost is looked up by our key, and only posted
again after the lag window. If the first request is still in transit after that, it creates a second ticket,
which the search for duplicates ends within 24 hours. Where the table says "exactly one", even that cannot happen.

## How responses are handled

This applies to every helpdesk. "Once" means requests that must not be repeated: a new ticket or a note. "Repeatable" means all
others. The receiver of \`webhook\` recognises repeated requests by the idempotency key, so there everything is repeatable.

${table(['status', 'once', 'repeatable', 'what the operator sees'], answers)}
| 2xx that is not JSON, too long, or contains no ticket | in doubt | tried again | check the URL and the credentials |
| no connection, name not found, certificate rejected | tried again | tried again | no connection, and why |
| connection cut, timeout | in doubt | tried again | no response, and why |
| 400 or 422 for a new ticket with optional fields | tried again with fewer fields | – | a note lists what was not set |

In doubt: looked up by our key, and only posted again once it is certain that the ticket does not exist.
`;
}

const word = (outcome: string): string =>
  ({ temporary: 'tried again', permanent: 'final', ambiguous: 'in doubt' })[outcome]!;
