import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { PRIORITIES } from '../core/target.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType } from './helpdesk.ts';
import { type ApiOutcome, helpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { guarded } from './shared/guarded.ts';
import { header, hmac, isEqual } from '../outside/signature.ts';
import { httpSettings, secret, serverUrl } from './shared/settings.ts';

const settings = z.strictObject({
  url: serverUrl.describe('URL that receives every request as a POST.'),
  secret: secret.describe(
    'Signs the requests, and the calls from the receiver unless `webhook_secret` is set.',
  ),
  reads: z.boolean().default(false).describe('The receiver also answers queries: find, read, changes.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
    .default({})
    .meta({ secret: true })
    .describe('Additional headers.'),
  ...httpSettings({ lag: '0s', callsPerMinute: 600 }),
});

type Settings = z.output<typeof settings>;

const secretsOf = ({ secret: shared, headers, webhook_secret }: Settings): string[] =>
  [shared, webhook_secret, ...Object.values(headers)].filter((one) => one !== undefined);

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const remoteTicket = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  url: z.string().default(''),
  label: z.string().optional(),
});
const ticket = remoteTicket.extend({
  key: z.string().nullish(),
  subject: z.string().default(''),
  status: z.enum(['open', 'pending', 'resolved']),
  /** A priority that we do not know counts as none. */
  priority: z.enum(PRIORITIES).nullish().catch(null),
  /** Whom a pending ticket waits on. */
  waiting_on: z.enum(['customer', 'third-party']).nullish().catch(null),
  assignee: z.string().nullish(),
  assignee_id: z.string().nullish(),
  /** The customer of the ticket. */
  requester: z.string().nullish().catch(null),
  company: z.union([z.string(), z.number()]).nullish().catch(null),
  created_at: time,
  updated_at: time,
  merged_into: z.string().nullish(),
  /** What people have done, in the response to `ticket.read`. */
  acts: z
    .array(z.object({ at: time, by: z.string(), what: z.enum(['replied', 'noted', 'assigned', 'changed']) }))
    .default([]),
});
type Told = z.output<typeof ticket>;

/** Any other helpdesk, by our own signed JSON contract with an idempotency key: docs/webhook.md */
export default {
  type: 'webhook',
  summary: 'Any other helpdesk, through a documented JSON contract with signatures and idempotency keys.',
  setup: `Write a receiver that implements [the contract](../webhook.md), and give both sides the same secret.`,
  example: `type: webhook
url: https://tickets.acme.example/watchdesk
secret: \${TICKETS_SECRET}
reads: true`,
  settings,
  capabilities: {
    keyIn: '`key` in `ticket.create`; the receiver stores it',
    lookUp: 'not needed: the receiver deduplicates by `Idempotency-Key`',
    doubles: 'impossible if the receiver implements the contract',
    publicReply: true,
    assignee: 'any identifier; the receiver gets it as `assignee` in `ticket.update`',
    humanActs: '`acts`, with `reads`',
    whose: '`company` and `requester`',
    changes: '`tickets.changed`, with `reads`',
    deleted: '404 to `ticket.read`, with `reads`',
    webhook: 'signed in the same way as the requests of Watchdesk',
    inspects: 'a response to `ping`',
    worstCase: 'Exactly one, if the receiver deduplicates by `Idempotency-Key`.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const api = helpdeskApi(given, {
      service: 'the webhook',
      base: given.url,
      headers: Object.fromEntries(
        Object.entries(given.headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      secrets: secretsOf(given),
      now,
    });
    const send = <Answer>(
      event: string,
      order: object,
      { idempotencyKey, use }: { idempotencyKey?: string; use: CallUse },
    ): Promise<ApiOutcome<Answer>> => {
      const body = { event, ...order };
      const stamp = String(Math.trunc(now() / 1_000));
      const signature = hmac('sha256', given.secret, `${stamp}.${JSON.stringify(body)}`, 'hex');
      return api.call<Answer>({
        method: 'POST',
        path: '',
        body,
        headers: {
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
          'x-watchdesk-timestamp': stamp,
          'x-watchdesk-signature': `sha256=${signature}`,
        },
        use,
        // The receiver deduplicates by idempotency key.
        isRepeatable: true,
        ignoresBody: event !== 'ticket.create' && !isQuestion(event),
      });
    };
    const ask = <Answer>(event: string, order: object, use: CallUse) => send<Answer>(event, order, { use });
    const understood = <Schema extends z.ZodType>(
      schema: Schema,
      outcome: ApiOutcome<unknown>,
    ): Outcome<z.output<Schema>> => {
      if (outcome.is !== 'done') return outcome;
      const parsed = schema.safeParse(outcome.value);
      if (parsed.success) return { is: 'done', value: parsed.data };
      const [issue] = parsed.error.issues;
      return {
        is: 'temporary',
        why: `the webhook's response is invalid: ${issue!.path.join('.')}: ${issue!.message}`,
      };
    };
    const tell = async (
      event: string,
      remoteId: string,
      order: object,
      key?: string,
    ): Promise<Outcome<string>> =>
      mapDone(
        await send(event, { id: remoteId, ...order }, { idempotencyKey: key, use: 'change' }),
        () => remoteId,
      );

    return guarded('the webhook', {
      adapter: 'webhook',
      place: given.url,
      indexLagMs: given.index_lag,
      async create({ orderId, key, subject, body, priority, customer }) {
        const use = createUse(priority);
        const made = await send(
          'ticket.create',
          { key, subject, body, priority, customer: customer ?? null },
          { idempotencyKey: orderId, use },
        );
        return mapDone(understood(remoteTicket, made), ({ id, url, label }) => ({
          remoteId: id,
          url,
          ...(label !== undefined && { label }),
        }));
      },
      async findAll(key) {
        // Without queries nothing can be looked up, and need not be: the order is sent again with the same key.
        if (!given.reads) return { is: 'done', value: [] };
        const found = understood(
          z.object({ tickets: z.array(ticket) }),
          await ask('ticket.find', { key }, 'urgent'),
        );
        return mapDone(found, ({ tickets }) => tickets.map(readingOf).filter((one) => one.key === key));
      },
      note: (remoteId, { key, text }) => tell('ticket.note', remoteId, { text, public: false }, key),
      reply: (remoteId, { key, text }) => tell('ticket.note', remoteId, { text, public: true }, key),
      update: (remoteId, change) => tell('ticket.update', remoteId, change),
      assign: (remoteId, to) => tell('ticket.update', remoteId, { assignee: to }),
      ...(given.reads && {
        async read(remoteId: string) {
          const read = await ask('ticket.read', { id: remoteId }, 'look');
          if (isMissing(read)) return { is: 'done', value: null } as const;
          return mapDone(understood(ticket, read), readingOf);
        },
        async humanActs(remoteId: string, sinceMs: number): Promise<Outcome<HumanAct[]>> {
          const read = understood(ticket, await ask('ticket.read', { id: remoteId }, 'look'));
          return mapDone(read, ({ acts }) => acts.filter(({ at }) => at > sinceMs));
        },
        async changedSince(sinceMs: number) {
          const since = new Date(sinceMs).toISOString();
          const told = understood(
            z.object({ tickets: z.array(z.unknown()) }),
            await ask('tickets.changed', { since }, 'look'),
          );
          return mapDone(told, ({ tickets }) => ({
            tickets: goodOf(tickets).sort((a, b) => a.updatedAt - b.updatedAt),
            isComplete: true,
          }));
        },
      }),
      async inspect() {
        const answered = await send('ping', {}, { use: 'look' });
        return mapDone(answered, () => api.oddities);
      },
      /** A call from the receiver is signed as ours are, and no older than five minutes. */
      isGenuine(headers, body) {
        const stamp = header(headers, 'x-watchdesk-timestamp');
        const age = now() / 1_000 - Number(stamp);
        if (stamp === '' || !(Math.abs(age) <= 300)) return false;
        const expected = hmac('sha256', given.webhook_secret ?? given.secret, `${stamp}.${body}`, 'hex');
        return isEqual(header(headers, 'x-watchdesk-signature'), `sha256=${expected}`);
      },
    });
  },
} satisfies HelpdeskType<Settings>;

const isQuestion = (event: string): boolean =>
  ['ticket.find', 'ticket.read', 'tickets.changed'].includes(event);

/** One malformed ticket must not keep the others from being read. */
const goodOf = (tickets: readonly unknown[]): TicketReading[] =>
  tickets.flatMap((one) => {
    const parsed = ticket.safeParse(one);
    return parsed.success ? [readingOf(parsed.data)] : [];
  });

const readingOf = (told: Told): TicketReading => ({
  remoteId: told.id,
  ...(told.label !== undefined && { label: told.label }),
  url: told.url,
  key: told.key ?? undefined,
  subject: told.subject,
  status: told.status,
  priority: told.priority ?? undefined,
  ...(told.status === 'pending' && told.waiting_on && { waitingOn: told.waiting_on }),
  assignee: told.assignee ?? undefined,
  ...((told.assignee_id ?? told.assignee) && { assigneeId: (told.assignee_id ?? told.assignee)! }),
  ...(told.requester && { requester: told.requester.toLowerCase() }),
  ...(told.company != null && { companies: [told.company] }),
  createdAt: told.created_at,
  updatedAt: told.updated_at,
  mergedInto: told.merged_into ?? undefined,
});
