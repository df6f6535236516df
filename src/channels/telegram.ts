import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import { neutralise } from '../core/neutralise.ts';
import { say } from '../text/say.ts';
import type { ChannelType, InboundPress, OutgoingMessage } from './channel.ts';
import { callTimeout } from './shared/call-timeout.ts';
import { parsed, postJson } from './shared/post-json.ts';

const settings = z.strictObject({
  bot_token: z
    .string()
    .regex(/^\d{3,20}:[\w-]{10,}$/, 'a bot token, such as 123456:ABC-DEF…')
    .meta({ secret: true })
    .describe('Token of the bot, from @BotFather.'),
  api_url: z
    .string()
    .regex(/^https?:\/\/[^\s?#]*[^\s/?#]$/, 'a URL without a trailing slash')
    .default('https://api.telegram.org')
    .describe('Alternative host with the same API, such as a Bot API server of your own.'),
  timeout: callTimeout,
});

type Settings = z.output<typeof settings>;

const SERVICE = 'Telegram';
/** https://core.telegram.org/bots/api#sendmessage */
const MOST_TEXT = 4_000;
/** How long Telegram holds a poll for new button presses, seconds. */
const POLL_S = 50;
const RETRY_MS = 5_000;
const EMPTY_MS = 1_000;
/** Each update includes the message that the button is on, up to 24 KiB of it. */
const MOST_UPDATES = 20;
const UPDATES_LIMIT = 2 * 1024 * 1024;

const ACTIONS = ['acknowledge', 'escalate', 'resolve'] as const;

const update = z.object({
  update_id: z.number(),
  callback_query: z
    .object({
      id: z.string(),
      from: z.object({
        id: z.number(),
        first_name: z.string().nullish(),
        last_name: z.string().nullish(),
        username: z.string().nullish(),
      }),
      data: z.string().optional(),
    })
    .optional(),
});

/** Telegram's Bot API: https://core.telegram.org/bots/api */
export default {
  type: 'telegram',
  summary: 'Messages by a Telegram bot, with buttons to acknowledge, escalate and resolve.',
  setup: `1. Write \`/newbot\` to [@BotFather](https://t.me/BotFather) and keep the token.
2. Everyone who is to be paged opens the bot and presses _Start_: a bot may not write to people who have not.
3. Give people the id of their chat with it (\`people.maria.telegram: "123456789"\`; [@userinfobot](https://t.me/userinfobot) tells
   one's own), in quotes. A team may have a group: add the bot to it and use the group's id, which begins with a minus.
4. \`validate --online\` shows chats that the bot cannot write to.

Buttons are read by long polling, without an open port; nothing else may read the bot's updates. Whoever presses one in a group
acts as the person with that Telegram id under \`people\`, or else under their Telegram name. Telegram cannot be asked whether a
message whose response was lost has arrived; it is sent again and says so.`,
  example: `telegram:
  type: telegram
  bot_token: \${TELEGRAM_BOT_TOKEN}`,
  settings,
  addresses: [
    {
      key: 'telegram',
      schema: z.string().regex(/^(-?\d{3,20}|@\w{5,32})$/, 'the id of a chat in quotes, such as "123456789"'),
      description: 'Id of the chat with the Telegram bot, in quotes; of a team, that of its group.',
      isForTeams: true,
    },
  ],
  secrets: ({ bot_token }: Settings) => [bot_token],
  create(given: Settings, { inbox, onFault }, name) {
    const call = (
      method: string,
      body: object,
      timeoutMs: number = given.timeout,
      signal?: AbortSignal,
      answerLimit?: number,
    ) =>
      postJson({
        service: SERVICE,
        url: `${given.api_url}/bot${given.bot_token}/${method}`,
        body,
        timeoutMs,
        ...(signal && { signal }),
        ...(answerLimit !== undefined && { answerLimit }),
        errorIn: (answer) => (answer as { description?: string } | undefined)?.description,
        retryAfterMs(answer) {
          const seconds = (answer as { parameters?: { retry_after?: number } } | undefined)?.parameters
            ?.retry_after;
          return typeof seconds === 'number' ? seconds * 1_000 : undefined;
        },
      });
    return {
      type: 'telegram',
      async send(message): Promise<Outcome<string>> {
        const sent = await call('sendMessage', order(message));
        // A chat that is closed to the bot concerns one person; a rejected token concerns everybody.
        if (sent.is === 'permanent' && sent.isOurs && !/unauthorized/i.test(sent.why))
          return { is: 'permanent', why: sent.why };
        if (sent.is !== 'done') return sent;
        const { result } = (parsed(sent.value) ?? {}) as { result?: { message_id?: unknown } };
        if (typeof result?.message_id === 'number') return { is: 'done', value: String(result.message_id) };
        return { is: 'ambiguous', why: say('channels.unexpected-response', { service: SERVICE }) };
      },
      async inspect(chats): Promise<Outcome<string[]>> {
        const findings: string[] = [];
        const hook = await call('getWebhookInfo', {});
        if (hook.is === 'permanent') return { is: 'done', value: [hook.why] };
        if (hook.is !== 'done') return hook;
        const { result } = (parsed(hook.value) ?? {}) as { result?: { url?: string } };
        if (result?.url) findings.push(say('channels.webhook-set'));
        for (const chat of chats) {
          const found = await call('getChat', { chat_id: chat });
          if (found.is === 'permanent')
            findings.push(say('channels.chat-unknown', { service: SERVICE, chat, why: found.why }));
          else if (found.is !== 'done') return found;
        }
        return { is: 'done', value: findings };
      },
      listen() {
        const stop = new AbortController();
        void read(stop.signal).catch(onFault);
        return () => stop.abort();
      },
    };

    /** Polls for button presses; Telegram holds each poll until there is one. */
    async function read(signal: AbortSignal): Promise<void> {
      let offset = 0;
      let told: string | undefined;
      const wait = (ms: number) => pause(ms, undefined, { signal, ref: false }).catch(() => {});
      while (!signal.aborted) {
        const asked = { offset, timeout: POLL_S, limit: MOST_UPDATES, allowed_updates: ['callback_query'] };
        const answer = await call('getUpdates', asked, (POLL_S + 10) * 1_000, signal, UPDATES_LIMIT);
        if (signal.aborted) return;
        const updates = answer.is === 'done' ? updatesIn(answer.value) : undefined;
        if (updates === undefined) {
          const why =
            answer.is === 'done' ? say('channels.unexpected-response', { service: SERVICE }) : answer.why;
          // Reported once: buttons do not work until this is fixed, and nothing else would report it.
          if (why !== told) onFault(new Error(`${name}: ${why}`));
          told = why;
          await wait(RETRY_MS);
          continue;
        }
        told = undefined;
        const before = offset;
        for (const one of updates) {
          // The offset moves on first: an update that is not understood must not block those that follow. Numbers may
          // start again, lower: https://core.telegram.org/bots/api#update
          const { update_id: id } = (one ?? {}) as { update_id?: unknown };
          if (Number.isSafeInteger(id)) offset = (id as number) + 1;
          const known = update.safeParse(one);
          if (known.success) await take(known.data.callback_query).catch(onFault);
        }
        // Telegram holds a poll that finds nothing; a server that responds at once must not be polled without pause.
        if (offset === before) await wait(EMPTY_MS);
      }
    }

    async function take(query: z.output<typeof update>['callback_query']): Promise<void> {
      const [word, incident] = query?.data?.split(' ') ?? [];
      const action = ACTIONS.find((one) => one === word);
      if (!query || action === undefined || incident === undefined) return;
      const { id, from } = query;
      const called = [from.first_name, from.last_name].filter(Boolean).join(' ') || from.username;
      const pressed: InboundPress = {
        channel: name,
        incident,
        from: String(from.id),
        ...(called && { name: called }),
        action,
        id,
      };
      const text = await inbox.press(pressed).catch((error: unknown) => {
        onFault(error);
        return say('channels.press-again');
      });
      await call('answerCallbackQuery', { callback_query_id: id, text: text.slice(0, 200) });
    }
  },
} satisfies ChannelType<Settings>;

/** Undefined for an unexpected response. */
function updatesIn(text: string): unknown[] | undefined {
  const { ok, result } = (parsed(text) ?? {}) as { ok?: unknown; result?: unknown };
  return ok === true && Array.isArray(result) ? result : undefined;
}

function order({ address, text, link, kind, incident }: OutgoingMessage) {
  const buttons =
    kind === 'page' && incident
      ? [
          ACTIONS.map((action) => ({
            text: say(`channels.button-${action}`),
            callback_data: `${action} ${incident.id}`,
          })),
        ]
      : [];
  const isPublic = link.startsWith('https://');
  return {
    chat_id: address,
    // Without a parse mode, nothing in the text is markup.
    text: neutralise(text, MOST_TEXT),
    link_preview_options: { is_disabled: true },
    reply_markup: {
      inline_keyboard: [
        ...buttons,
        ...(isPublic ? [[{ text: say('channels.button-open'), url: link }]] : []),
      ],
    },
  };
}
