// One file although it is long: a channel is one plugin, here with messages, buttons and live cards.
import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import { say } from '../text/say.ts';
import { callTimeout } from './shared/call-timeout.ts';
import { isSlackSignature } from './shared/slack-signature.ts';
import { slackBlocks, slackText } from './shared/slack-blocks.ts';
import { slackOutcome, slackQuestion } from './shared/slack-errors.ts';
import type { ChannelType, InboundAnswer, InboundPress, OutgoingMessage } from './channel.ts';

/** How many pages of Slack's channel list are searched for a name. */
const MOST_PAGES = 20;
const EVENT = 'watchdesk_message';
/** Delay after a Socket Mode connection could not be opened. */
const RECONNECT_MS = 30_000;

const settings = z.strictObject({
  bot_token: z
    .string()
    .regex(/^xoxb-/, 'a bot token: xoxb-…')
    .meta({ secret: true })
    .describe('Bot user OAuth token.'),
  signing_secret: z
    .string()
    .min(8)
    .optional()
    .meta({ secret: true })
    .describe(
      'Enables buttons through webhooks to /hooks/channel/<name>/interact; needs an address that Slack can reach.',
    ),
  app_token: z
    .string()
    .regex(/^xapp-/, 'an app-level token: xapp-…')
    .optional()
    .meta({ secret: true })
    .describe('Enables buttons through Socket Mode, without an open port.'),
  api_url: z
    .string()
    .regex(/^https?:\/\/[^\s]+\/$/, 'a URL ending with a slash')
    .optional()
    .describe('URL of another host with the same API, such as your own gateway.'),
  timeout: callTimeout,
});

type Settings = z.output<typeof settings>;

const pressed = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string(), username: z.string().optional(), name: z.string().optional() }),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        action_ts: z.string(),
        value: z.string().optional(),
        selected_option: z.object({ value: z.string() }).nullish(),
      }),
    )
    .min(1),
});

/** Slack's Web API: https://docs.slack.dev/apis/web-api/ */
export default {
  type: 'slack',
  summary: 'One live message per incident in a Slack channel, with its timeline in the thread, and buttons.',
  setup: `1. At [api.slack.com/apps](https://api.slack.com/apps), choose _Create New App_ → _From a manifest_, select your workspace, and paste:

   \`\`\`json
   {
     "display_information": { "name": "Watchdesk" },
     "features": { "bot_user": { "display_name": "watchdesk" } },
     "oauth_config": {
       "scopes": {
         "bot": ["chat:write", "channels:read", "channels:history", "groups:read", "groups:history", "im:write", "im:history"]
       }
     },
     "settings": { "interactivity": { "is_enabled": true }, "socket_mode_enabled": true }
   }
   \`\`\`

2. Choose _Install to Workspace_ and copy the _Bot User OAuth Token_ (\`xoxb-…\`, under OAuth & Permissions) to \`bot_token\`.
3. Set up buttons in one of two ways:
   - **Socket Mode**, which needs no open port: under _Basic Information_ → _App-Level Tokens_, create a token with the scope \`connections:write\` (\`xapp-…\`) and copy it to \`app_token\`.
   - **By URL**: turn Socket Mode off, set _Interactivity_ → _Request URL_ to \`https://<your address>/hooks/channel/slack/interact\`, and copy the _Signing Secret_ (Basic Information) to \`signing_secret\`.
4. In the team's channel, type \`/invite @watchdesk\`.
5. Configure the team's channel (\`teams.support-team.slack: "#support"\`), the people (\`people.maria.slack: U012AB3CD\`, from the profile's menu, _Copy member ID_), and mobilise the team: \`{ mobilise: support-team, via: [slack] }\`.
6. \`npm run watchdesk -- validate --online\` shows what is missing.

## What to expect

- One message per incident shows its current state; its thread has the timeline. Recovery, relapse and escalation also appear in the channel.
- Buttons: _Acknowledge_, _Escalate_, _Resolve_ and _Estimated fix_ (which customers see in their next update). Anyone not listed under \`people\` acts under their Slack name.
- A message whose response was lost is found by its metadata and not posted twice.
- Calls that are unsigned, older than five minutes or dated in the future are rejected; a button press that Slack reports twice counts once.`,
  example: `slack:
  type: slack
  bot_token: \${SLACK_BOT_TOKEN}
  app_token: \${SLACK_APP_TOKEN} # or signing_secret: …`,
  settings,
  isLive: true,
  addresses: [
    {
      key: 'slack',
      schema: z.string().min(1),
      description: 'Slack member ID, such as U012AB3CD; of a team, its channel.',
      isForTeams: true,
    },
  ],
  secrets: ({ bot_token, signing_secret, app_token }: Settings) =>
    [bot_token, signing_secret, app_token].filter((one) => one !== undefined),
  create(given: Settings, { now, inbox, onFault }, name) {
    let client: ReturnType<typeof slackClient> | undefined;
    const connect = () => (client ??= slackClient(given));
    const hasButtons = given.signing_secret !== undefined || given.app_token !== undefined;
    /** Ids of Slack channels by the address in the config. */
    const rooms = new Map<string, string>();

    const post = async (
      message: OutgoingMessage,
      thread: Place | undefined,
      isLoud: boolean,
    ): Promise<string> => {
      const { chat } = await connect();
      const isCard = message.card === undefined && message.incident !== undefined;
      const common = {
        text: slackText(message),
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: EVENT, event_payload: { code: message.code } },
      };
      const channel = thread?.channel ?? message.address;
      const posted = thread
        ? await chat.postMessage({
            ...common,
            channel,
            ...(isLoud ? { thread_ts: thread.ts, reply_broadcast: true } : { thread_ts: thread.ts }),
          })
        : isCard
          ? await chat.postMessage({ ...common, channel, blocks: slackBlocks(message, hasButtons, now()) })
          : await chat.postMessage({ ...common, channel });
      rooms.set(message.address, posted.channel!);
      return `${posted.channel}:${posted.ts}`;
    };

    return {
      type: 'slack',
      isLive: true,
      async send(message): Promise<Outcome<string>> {
        const { occasion } = message;
        let card = placeOf(message.card);
        try {
          if (card) {
            const { chat } = await connect();
            const blocks = slackBlocks(message, hasButtons, now());
            await chat.update({ channel: card.channel, ts: card.ts, text: slackText(message), blocks });
          }
        } catch (error) {
          const outcome = slackOutcome(error);
          // Updating twice does no harm, so an ambiguous update is retried.
          if (outcome.is === 'ambiguous') return { is: 'temporary', why: outcome.why };
          if (outcome.is === 'temporary' || outcome.isOurs) return outcome;
          // Somebody has deleted the card: messages continue in the Slack channel.
          card = undefined;
        }
        try {
          const isLoud = occasion.is !== 'progress' || occasion.isLoud;
          return { is: 'done', value: await post(message, card, isLoud) };
        } catch (error) {
          return slackOutcome(error);
        }
      },
      async find(message, since): Promise<Outcome<string | null>> {
        try {
          const { conversations } = await connect();
          const card = placeOf(message.card);
          const channel = card?.channel ?? (await roomOf(message.address));
          if (channel === undefined) return { is: 'done', value: null };
          const query = {
            channel,
            // Slack's clock may differ from ours, by up to a minute.
            oldest: String((Math.min(since, now()) - 60_000) / 1_000),
            include_all_metadata: true,
            limit: 200,
          };
          const { messages = [] } = card
            ? await conversations.replies({ ...query, ts: card.ts })
            : await conversations.history(query);
          const found = messages.find(
            ({ metadata }) =>
              metadata?.event_type === EVENT &&
              (metadata.event_payload as { code?: string } | undefined)?.code === message.code,
          );
          return { is: 'done', value: found?.ts === undefined ? null : `${channel}:${found.ts}` };
        } catch (error) {
          return slackQuestion(error);
        }
      },
      async inspect(addresses): Promise<Outcome<string[]>> {
        try {
          const { auth, conversations } = await connect();
          const { response_metadata } = await auth.test();
          const findings = missingScopes(response_metadata?.scopes, addresses);
          for (const address of addresses.filter((one) => !isMember(one))) {
            const room = await roomOf(address);
            const { channel } = room === undefined ? {} : await conversations.info({ channel: room });
            if (!channel) findings.push(say('slack.room-unknown', { room: address }));
            else if (channel.is_archived) findings.push(say('slack.room-archived', { room: address }));
            else if (!channel.is_member) findings.push(say('slack.not-in-room', { room: address }));
          }
          findings.push(...(await socketProblems(given)));
          for (const member of addresses.filter(isMember)) {
            const known = await conversations.open({ users: member }).catch(slackOutcome);
            if ('is' in known) findings.push(say('slack.member-unknown', { member, why: known.why }));
          }
          if (!hasButtons) findings.push(say('slack.no-buttons'));
          return { is: 'done', value: findings };
        } catch (error) {
          const outcome = slackQuestion(error);
          return outcome.is === 'permanent' ? { is: 'done', value: [outcome.why] } : outcome;
        }
      },
      async hear(call): Promise<InboundAnswer> {
        const secret = given.signing_secret;
        if (secret === undefined || !isSlackSignature(secret, call, now())) {
          return { is: 'refused', status: 401, why: 'not signed by this app, or outside the time window' };
        }
        if (call.what !== 'interact') return { is: 'refused', status: 404, why: `nothing at ${call.what}` };
        const payload = new URLSearchParams(call.body).get('payload') ?? '';
        if (!(await take(parsedJson(payload))))
          return { is: 'refused', status: 400, why: 'not a Watchdesk button' };
        return { is: 'answer', type: 'text/plain', body: '' };
      },
      listen: given.app_token === undefined ? undefined : () => listen(given, take, onFault),
    };

    /** Returns false if this is not a button of ours. */
    async function take(payload: unknown): Promise<boolean> {
      const read = pressed.safeParse(payload);
      if (!read.success) return false;
      const { user, actions } = read.data;
      for (const { action_id, action_ts, value, selected_option } of actions) {
        const [action, incident] = actionOf(action_id, selected_option?.value ?? value ?? '');
        // Links are buttons, too, and require nothing.
        if (action === undefined || incident === undefined) continue;
        await inbox.press({
          channel: name,
          incident,
          from: user.id,
          name: user.name ?? user.username ?? user.id,
          action,
          id: `${action_ts} ${user.id} ${action_id}`,
        });
      }
      return true;
    }

    async function roomOf(address: string): Promise<string | undefined> {
      const known = rooms.get(address);
      if (known !== undefined) return known;
      if (/^[CGD][A-Z0-9]{5,}$/.test(address)) return address;
      const { conversations } = await connect();
      if (isMember(address)) {
        const { channel } = await conversations.open({ users: address });
        return channel?.id;
      }
      const wanted = address.replace(/^#/, '');
      let cursor: string | undefined;
      for (let n = 0; n < MOST_PAGES; n++) {
        const types = 'public_channel,private_channel';
        const page = await conversations.list({
          types,
          limit: 1_000,
          exclude_archived: false,
          ...(cursor && { cursor }),
        });
        const found = page.channels?.find((channel) => channel.name === wanted)?.id;
        if (found !== undefined) return found;
        cursor = page.response_metadata?.next_cursor;
        if (!cursor) return undefined;
      }
      return undefined;
    }
  },
} satisfies ChannelType<Settings>;

interface Place {
  channel: string;
  ts: string;
}

function placeOf(id: string | undefined): Place | undefined {
  const [channel, ts] = id?.split(':') ?? [];
  return channel !== undefined && ts !== undefined ? { channel, ts } : undefined;
}

const isMember = (address: string): boolean => /^[UW][A-Z0-9]{5,}$/.test(address);

/** Only the outbox retries: the client's own retries would send duplicates. */
async function slackClient({ bot_token, api_url, timeout }: Settings) {
  const { WebClient, LogLevel } = await import('@slack/web-api');
  return new WebClient(bot_token, {
    retryConfig: { retries: 0 },
    timeout,
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: silent(LogLevel.ERROR),
    ...(api_url !== undefined && { slackApiUrl: api_url }),
  });
}

/** Errors are reported in outcomes; the library's own log lines may contain secrets. */
const silent = <Level>(level: Level) => ({
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => level,
  setName: () => {},
});

/** Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode */
function listen(
  { app_token, api_url }: Settings,
  take: (payload: unknown) => Promise<boolean>,
  onFault: (error: unknown) => void,
): () => void {
  let stop = async (): Promise<void> => {};
  let isOver = false;
  let again: NodeJS.Timeout | undefined;
  const connect = async () => {
    const { SocketModeClient, LogLevel } = await import('@slack/socket-mode');
    const socket = new SocketModeClient({
      appToken: app_token!,
      logger: silent(LogLevel.ERROR),
      ...(api_url !== undefined && { clientOptions: { slackApiUrl: api_url } }),
    });
    stop = () => socket.disconnect();
    socket.on('interactive', (event: { body: unknown; ack(): Promise<void> }) => {
      // Stored before acknowledging: Slack sends an unacknowledged event again.
      take(event.body)
        .then(() => event.ack())
        .catch(onFault);
    });
    if (!isOver) await socket.start();
    // Stopped while the connection was being opened.
    if (isOver) await socket.disconnect();
  };
  const open = () =>
    void connect().catch((error: unknown) => {
      onFault(error);
      if (!isOver) again = setTimeout(open, RECONNECT_MS).unref();
    });
  open();
  return () => {
    isOver = true;
    clearTimeout(again);
    void stop().catch(() => {});
  };
}

function actionOf(id: string, value: string): [InboundPress['action'] | undefined, string | undefined] {
  const [incident, minutes] = value.split(' ');
  switch (id) {
    case 'wd_acknowledge':
      return ['acknowledge', incident];
    case 'wd_escalate':
      return ['escalate', incident];
    case 'wd_resolve':
      return ['resolve', incident];
    case 'wd_estimate':
      return Number(minutes) > 0 ? [{ estimateMinutes: Number(minutes) }, incident] : [undefined, undefined];
    default:
      return [undefined, undefined];
  }
}

/** Whether button presses can arrive over Socket Mode. */
async function socketProblems({ app_token, api_url, timeout }: Settings): Promise<string[]> {
  if (app_token === undefined) return [];
  try {
    const client = await slackClient({ bot_token: app_token, api_url, timeout });
    await client.apps.connections.open({});
    return [];
  } catch (error) {
    return [say('slack.app-token-rejected', { why: slackQuestion(error).why })];
  }
}

/** The scopes that the bot lacks. */
function missingScopes(given: readonly string[] | undefined, addresses: readonly string[]): string[] {
  // Slack has not reported the scopes: nothing can be said.
  if (given === undefined) return [];
  const wanted = [
    'chat:write',
    'channels:read',
    'channels:history',
    ...(addresses.some(isMember) ? ['im:write', 'im:history'] : []),
  ];
  return wanted
    .filter((scope) => !given.includes(scope))
    .map((scope) => say('slack.scope-missing', { scope }));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
