import { request } from 'undici';
import { z } from 'zod';
import { isOpen, ticketAtHand, ticketName } from '../core/incident.ts';
import { wasNotSent } from '../core/not-sent.ts';
import { hmac } from '../outside/signature.ts';
import { say } from '../text/say.ts';
import { callTimeout } from './shared/call-timeout.ts';
import type { ChannelType, OutgoingMessage } from './channel.ts';

const settings = z.strictObject({
  url: z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'a URL')
    .describe('URL that receives every message as a POST.'),
  secret: z.string().min(6).meta({ secret: true }).describe('Signs the messages.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
    .default({})
    .meta({ secret: true })
    .describe('Additional headers.'),
  timeout: callTimeout,
});

type Settings = z.output<typeof settings>;

/** Any other way to reach people, by our own signed JSON contract with an idempotency key: docs/channels/webhook.md */
export default {
  type: 'webhook',
  summary: 'Any other way to reach people, through a documented JSON contract.',
  setup: `Write a receiver and give both sides the same secret. Every message is a \`POST\` with JSON:

\`\`\`json
{
  "id": "K7Q2M9XAPC",
  "channel": "pager",
  "kind": "page",
  "occasion": "outage",
  "to": "Maria Chen",
  "address": null,
  "subject": "URGENT shop (Acme Ltd) down since 03:12: connection refused. Ticket Freshdesk 4711.",
  "text": "URGENT shop (Acme Ltd) down since 03:12: connection refused. Ticket Freshdesk 4711. https://watch.example.com/a/…",
  "link": "https://watch.example.com/a/…",
  "incident": {
    "id": "M3XA9K7Q",
    "target": "shop",
    "customer": "Acme Ltd",
    "priority": "urgent",
    "status": "open",
    "open": true,
    "reason": "refused",
    "started_at": "2026-11-22T08:12:00.000Z",
    "ticket": { "id": "4711", "url": "https://help.example/4711" }
  }
}
\`\`\`

| header | |
| --- | --- |
| \`X-Watchdesk-Timestamp\` | seconds since 1970 |
| \`X-Watchdesk-Signature\` | \`sha256=\` and the hex HMAC-SHA256, keyed with \`secret\`, of the timestamp, a dot and the raw body |
| \`Idempotency-Key\` | the \`id\`: drop a second message with the same key, because a message whose response was lost is sent again |

Reject with 401 anything unsigned or older than five minutes. 2xx counts as accepted; 408, 425, 429 and 5xx are retried; anything else is final, and the page goes to the next channel.`,
  example: `pager:
  type: webhook
  url: https://pager.example.com/watchdesk
  secret: \${PAGER_SECRET}`,
  settings,
  secrets: ({ secret, headers }: Settings) => [secret, ...Object.values(headers)],
  create(given: Settings, { now }, name) {
    return {
      type: 'webhook',
      async send(message) {
        const body = JSON.stringify(orderOf(message, name));
        const stamp = String(Math.trunc(now() / 1_000));
        try {
          const answer = await request(given.url, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              'idempotency-key': message.code,
              'x-watchdesk-timestamp': stamp,
              'x-watchdesk-signature': `sha256=${hmac('sha256', given.secret, `${stamp}.${body}`, 'hex')}`,
              ...given.headers,
            },
            body,
            headersTimeout: given.timeout,
            bodyTimeout: given.timeout,
            signal: AbortSignal.timeout(given.timeout),
          });
          await answer.body.dump();
          const { statusCode: status } = answer;
          if (status < 300) return { is: 'done', value: message.code };
          const why = say('api.webhook-returned', { status });
          const isLater = status >= 500 || status === 408 || status === 425 || status === 429;
          const seconds = Number(answer.headers['retry-after']);
          const retryAfterMs = seconds > 0 ? seconds * 1_000 : undefined;
          return isLater ? { is: 'temporary', why, retryAfterMs } : { is: 'permanent', why };
        } catch (error) {
          const { code, name: kind } = error as NodeJS.ErrnoException;
          const why = say(wasNotSent(code) ? 'api.webhook-no-connection' : 'api.webhook-no-response', {
            error: code ?? kind,
          });
          // The receiver deduplicates by idempotency key: sending it again does no harm.
          return { is: 'temporary', why };
        }
      },
    };
  },
} satisfies ChannelType<Settings>;

function orderOf(message: OutgoingMessage, channel: string) {
  const { incident, occasion } = message;
  const ticket = incident && ticketAtHand(incident);
  return {
    id: message.code,
    channel,
    kind: message.kind,
    occasion: occasion.is,
    to: message.recipient,
    address: message.address === '' ? null : message.address,
    subject: message.subject,
    text: message.text,
    link: message.link,
    incident: incident
      ? {
          id: incident.id,
          target: incident.target,
          customer: incident.customer ?? null,
          priority: incident.priority,
          status: incident.status.is,
          open: isOpen(incident),
          reason: incident.reason,
          started_at: new Date(incident.startedAt).toISOString(),
          ticket: ticket ? { id: ticketName(ticket), url: ticket.url } : null,
        }
      : null,
  };
}
