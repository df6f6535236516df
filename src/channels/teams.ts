import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { ticketAtHand, ticketTitle } from '../core/incident.ts';
import { neutralise, neutraliseLine } from '../core/neutralise.ts';
import { clockTimeSeenFrom } from '../core/wording.ts';
import { say } from '../text/say.ts';
import type { ChannelType, OutgoingMessage } from './channel.ts';
import { callTimeout } from './shared/call-timeout.ts';
import { postJson } from './shared/post-json.ts';

const settings = z.strictObject({
  workflows: z
    .record(
      z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,79}$/u),
      z
        .string()
        .regex(/^https?:\/\/\S+$/, 'the URL of a workflow, as Teams shows it')
        .refine((url) => URL.canParse(url), 'the URL of a workflow, as Teams shows it')
        .meta({ secret: true }),
    )
    .refine((given) => Object.keys(given).length > 0, 'at least one workflow')
    .describe('URLs of workflows, by a name of your own: each posts to one channel or chat.'),
  timeout: callTimeout,
});

type Settings = z.output<typeof settings>;

const SERVICE = 'Teams';
const SHORTEST_SIGNATURE = 16;
/** A card may have 28 KB: https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams */
const MOST_TEXT = 8_000;

/** Adaptive Cards through a workflow: https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook */
export default {
  type: 'teams',
  summary: 'Cards in Microsoft Teams, through a workflow that Teams makes for a channel or chat.',
  setup: `1. In Teams, open _Workflows_ from the menu of the channel (or of a chat), choose _Send webhook alerts to a channel_ (or _to a
   chat_), and copy the URL that it shows. Who has that URL can post there: it is a secret.
2. Put it under \`workflows\` with a name, and give that name to the team or person: \`teams.support-team.teams: support\`.
3. Mobilise the team by it: \`{ mobilise: support-team, via: [teams] }\`.

A workflow only takes messages, so the card's buttons open the page on which the incident is acknowledged, escalated or resolved.
Teams cannot be asked whether a message whose response was lost has arrived; it is sent again and says so.`,
  example: `teams:
  type: teams
  workflows: { support: '\${TEAMS_SUPPORT_URL}' }`,
  settings,
  addresses: [
    {
      key: 'teams',
      schema: z.string().min(1),
      description: 'Name of a workflow of the channel.',
      isForTeams: true,
    },
  ],
  // The signature alone is secret, too: a response may repeat a part of the URL.
  secrets: ({ workflows }: Settings) =>
    Object.values(workflows).flatMap((url) => [
      url,
      ...[...new URL(url).searchParams.values()].filter((value) => value.length >= SHORTEST_SIGNATURE),
    ]),
  create(given: Settings, { now }) {
    return {
      type: 'teams',
      async send(message): Promise<Outcome<string>> {
        const url = given.workflows[message.address];
        if (url === undefined)
          return { is: 'permanent', why: say('channels.workflow-missing', { workflow: message.address }) };
        const sent = await postJson({
          service: SERVICE,
          url,
          body: envelope(card(message, now())),
          timeoutMs: given.timeout,
          errorIn: (answer) => (answer as { error?: { message?: string } } | undefined)?.error?.message,
        });
        return mapDone(sent, () => message.code);
      },
      async inspect(names): Promise<Outcome<string[]>> {
        const missing = names.filter((name) => given.workflows[name] === undefined);
        return {
          is: 'done',
          value: missing.map((workflow) => say('channels.workflow-missing', { workflow })),
        };
      },
    };
  },
} satisfies ChannelType<Settings>;

const envelope = (content: object) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
});

function card({ subject, text, incident, link, kind, timeZone }: OutgoingMessage, now: number) {
  const ticket = incident && ticketAtHand(incident);
  const facts = [
    incident && { title: say('channels.target'), value: plain(incident.target) },
    incident?.customer && { title: say('channels.customer'), value: plain(incident.customer) },
    incident && {
      title: say('channels.since'),
      value: `${clockTimeSeenFrom(incident.startedAt, now, timeZone)} (${timeZone})`,
    },
    ticket && { title: say('channels.ticket'), value: plain(ticketTitle(ticket)) },
  ].filter(Boolean);
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      {
        type: 'TextBlock',
        text: plain(subject),
        wrap: true,
        weight: 'Bolder',
        size: 'Medium',
        color: kind === 'page' ? 'Attention' : 'Default',
      },
      ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : []),
      { type: 'TextBlock', text: paragraphs(text), wrap: true },
    ],
    actions: [
      {
        type: 'Action.OpenUrl',
        title: say(kind === 'page' ? 'channels.button-respond' : 'channels.button-open'),
        url: link,
      },
    ],
    msteams: { width: 'Full' },
  };
}

/** A card renders some Markdown: its characters are escaped, to be shown as they are. */
const plain = (text: string): string => withoutMarkdown(neutraliseLine(text, 400));

/** A card joins lines that have no empty line between them. */
const paragraphs = (text: string): string =>
  neutralise(text, MOST_TEXT)
    .split(/\n+/)
    .map((line) => withoutMarkdown(line))
    .join('\n\n');

const withoutMarkdown = (line: string): string =>
  line
    .replace(/[\\`*_[\]()<~|]/g, '\\$&')
    .replace(/^(\s*)([-+#>])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2');
