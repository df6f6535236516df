import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import { neutralise, neutraliseLine } from '../core/neutralise.ts';
import { say } from '../text/say.ts';
import type { ChannelType, OutgoingMessage } from './channel.ts';
import { callTimeout } from './shared/call-timeout.ts';
import { parsed, postJson } from './shared/post-json.ts';

const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;

const settings = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^\s?#]*[^\s/?#]$/, 'a URL without a trailing slash, such as https://ntfy.sh')
      .default('https://ntfy.sh')
      .describe('The server.'),
    token: z
      .string()
      .min(6)
      .optional()
      .meta({ secret: true })
      .describe('Access token (`tk_…`) of an account.'),
    user: z.string().min(1).optional().describe('User name, with `password`, in place of `token`.'),
    password: z.string().min(1).optional().meta({ secret: true }),
    timeout: callTimeout,
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    message: '`user` together with `password`',
  });

type Settings = z.output<typeof settings>;

const SERVICE = 'ntfy';
/** Enough for some hours of a topic's history. */
const ANSWER_LIMIT = 4 * 1024 * 1024;
/** Longer messages become a file: https://docs.ntfy.sh/publish/#limitations */
const MOST_BYTES = 4_000;

/** Push notifications: https://docs.ntfy.sh/publish/#publish-as-json */
export default {
  type: 'ntfy',
  summary: 'Push notifications by ntfy, on ntfy.sh or a server of your own, with a button to acknowledge.',
  setup: `1. Choose a topic for each person that nobody can guess (or protect it with an account and access control), and subscribe
   to it in the app.
2. Give people their topic: \`people.maria.ntfy: maria-7f3a9c\`; a team may have one, too.
3. \`validate --online\` shows whether the account may publish to the topics.

Pages come with the highest priority, so that they sound at night; in the app, allow ntfy to override _Do not disturb_. The
button _Acknowledge_ works without opening a page. A message whose response was lost is found by its code in the topic's
history and not sent twice.`,
  example: `ntfy:
  type: ntfy
  url: https://ntfy.example.com
  token: \${NTFY_TOKEN}`,
  settings,
  addresses: [
    {
      key: 'ntfy',
      schema: z.string().regex(TOPIC, 'a topic of letters, digits, hyphens and underscores, at most 64'),
      description: 'Topic in ntfy.',
      isForTeams: true,
    },
  ],
  secrets: ({ token, password }: Settings) => [token, password].filter((one) => one !== undefined),
  create(given: Settings) {
    const headers: Record<string, string> =
      given.token !== undefined
        ? { authorization: `Bearer ${given.token}` }
        : given.user !== undefined
          ? { authorization: `Basic ${Buffer.from(`${given.user}:${given.password}`).toString('base64')}` }
          : {};
    const call = (method: 'GET' | 'POST', path: string, body?: unknown) =>
      postJson({
        service: SERVICE,
        url: given.url + path,
        method,
        headers,
        body,
        timeoutMs: given.timeout,
        answerLimit: ANSWER_LIMIT,
        errorIn: (answer) => (answer as { error?: string } | undefined)?.error,
      });
    return {
      type: 'ntfy',
      async send(message): Promise<Outcome<string>> {
        const sent = await call('POST', '/', publication(message));
        if (sent.is !== 'done') return sent;
        const { id } = (parsed(sent.value) ?? {}) as { id?: unknown };
        if (typeof id === 'string') return { is: 'done', value: id };
        return { is: 'ambiguous', why: say('channels.unexpected-response', { service: SERVICE }) };
      },
      async find({ address, code }, since): Promise<Outcome<string | null>> {
        const from = Math.floor(since / 1_000) - 60;
        const listed = await call('GET', `/${address}/json?poll=1&since=${from}`);
        if (listed.is !== 'done') return listed;
        const lines = listed.value.split('\n').filter((line) => line.trim() !== '');
        const all = lines.map((line) => parsed(line) as { id?: string; click?: string; message?: string });
        // An error page of a proxy lists no messages, and proves nothing.
        if (all.some((one) => typeof one?.id !== 'string'))
          return { is: 'temporary', why: say('channels.unexpected-response', { service: SERVICE }) };
        const found = all.find((one) => `${one.click ?? ''} ${one.message ?? ''}`.includes(code));
        return { is: 'done', value: found?.id ?? null };
      },
      async inspect(topics): Promise<Outcome<string[]>> {
        const findings: string[] = [];
        for (const topic of topics) {
          const may = await call('GET', `/${topic}/auth`);
          if (may.is === 'permanent')
            findings.push(say('channels.topic-refused', { service: SERVICE, topic }));
          else if (may.is !== 'done') return may;
        }
        return { is: 'done', value: findings };
      },
    };
  },
} satisfies ChannelType<Settings>;

function publication({ address, subject, text, link, kind, code }: OutgoingMessage) {
  const isPage = kind === 'page';
  return {
    topic: address,
    title: neutraliseLine(subject, 200),
    message: cut(`${neutralise(text, MOST_BYTES)}${text.includes(code) ? '' : `\n${link}`}`),
    priority: isPage ? 5 : 3,
    tags: [isPage ? 'rotating_light' : 'information_source'],
    click: link,
    actions: [
      // The link identifies the recipient, and each of its actions works once.
      ...(isPage
        ? [
            {
              action: 'http',
              label: say('channels.button-acknowledge'),
              url: link,
              method: 'POST',
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
              body: 'action=acknowledge',
              clear: true,
            },
          ]
        : []),
      { action: 'view', label: say('channels.button-open'), url: link },
    ],
  };
}

/** Cuts to the limit in bytes, never within a character. */
function cut(text: string): string {
  let shown = text;
  while (Buffer.byteLength(shown) > MOST_BYTES) shown = `${shown.slice(0, -100)}…`;
  return shown;
}
