// One file although it is long: a helpdesk is one plugin, with everything that its vendor's API requires.
import { z } from 'zod';
import { mapDone, type Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { PRIORITIES } from '../core/target.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskType } from './helpdesk.ts';
import { helpdeskApi, isMissing } from './shared/call-api.ts';
import { createUse, type CallUse } from './shared/call-budget.ts';
import { guarded } from './shared/guarded.ts';
import { isGenuineCall } from './shared/genuine.ts';
import { httpSettings, mapping, secret, serverUrl, statusOf, waitingOn } from './shared/settings.ts';
import {
  cutLineBytes,
  isEntry,
  keyedSubject,
  keyedText,
  keyOfSubject,
  marker,
} from './shared/ticket-words.ts';

const settings = z
  .strictObject({
    url: serverUrl
      .refine((url) => !/\/REST\b/i.test(url), 'the URL of the web interface, without /REST/2.0')
      .describe('URL of the web interface, such as https://rt.example or https://example/rt.'),
    user: z.string().min(1).describe('The Watchdesk user; what it does never counts as human work.'),
    password: secret.optional().describe('Password of the Watchdesk user.'),
    token: secret.optional().describe('Authentication token, instead of the password.'),
    queue: z.string().min(1).default('General').describe('Queue in which tickets are opened.'),
    requester: z
      .string()
      .min(1)
      .optional()
      .describe('Requestor of the tickets, unless the customer has its own `requester`.'),
    key_field: z
      .string()
      .regex(/^[\w .-]+$/, 'the name of a custom field, such as watchdesk_key')
      .default('watchdesk_key')
      .describe('Custom field of tickets (enter one value) that holds the incident key.'),
    fields: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .default({})
      .describe('Additional custom fields.'),
    ...mapping<string | number>(z.union([z.string(), z.number()]), {
      priorities: { urgent: 100, high: 75, medium: 50, low: 0 },
      statuses: { open: 'open', pending: 'stalled', resolved: 'resolved' },
      pending: [],
      resolved: ['rejected', 'deleted'],
    }),
    ...httpSettings({ lag: '0s', callsPerMinute: 600 }),
  })
  .refine((given) => (given.password === undefined) !== (given.token === undefined), {
    message: 'exactly one of `password` and `token`',
  });

type Settings = z.output<typeof settings>;

const secretsOf = ({ password, token, webhook_secret }: Settings): string[] =>
  [password, token, webhook_secret].filter((one) => one !== undefined);

interface Reference {
  id: string;
  EmailAddress?: string;
  Name?: string;
  RealName?: string;
}

interface Ticket {
  id: number | string;
  Subject: string;
  Status: string;
  Priority: string;
  Owner: Reference;
  Requestor?: Reference[];
  CustomFields: { name: string; values: string[] }[] | '';
  Created: string;
  LastUpdated: string;
  /** In a list the bare id, otherwise a reference. */
  EffectiveId?: string | Reference;
}

interface Transaction {
  Type: string;
  Field: string;
  Creator: Reference;
  Created: string;
}

interface Listed<Item> {
  items: Item[];
}

/** In bytes. */
const SUBJECT_LIMIT = 200;
const PER_PAGE = 100;
const MOST_PAGES = 30;
const DAY_MS = 86_400_000;
const PEOPLE = 'fields[Owner]=Name,RealName&fields[Requestor]=EmailAddress';
const LIST_FIELDS = `fields=Subject,Status,Priority,Owner,Requestor,CustomFields,Created,LastUpdated,EffectiveId&${PEOPLE}`;
/** Not people: nobody in particular, and the system itself. */
const NO_HUMANS = ['Nobody', 'RT_System'];
const ACTS: Record<string, HumanAct['what']> = {
  Comment: 'noted',
  Correspond: 'replied',
  Take: 'assigned',
  Give: 'assigned',
  Steal: 'assigned',
  SetWatcher: 'assigned',
  Status: 'changed',
  Set: 'changed',
};

/** Request Tracker 5, REST 2: https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html */
export default {
  type: 'request-tracker',
  product: 'Request Tracker',
  summary: 'Request Tracker 5; a custom field holds the incident key.',
  setup: `1. Under _Admin → Custom Fields → Create_, add a field named \`watchdesk_key\` of type "Enter one value" that applies to
   tickets, then apply it to the queue.
2. Create a separate user for Watchdesk with the rights SeeQueue, ShowTicket, ShowTicketComments, CreateTicket,
   ModifyTicket, ReplyToTicket, CommentOnTicket, SeeCustomField and ModifyCustomField; for \`people\` also
   ReassignTicket.
3. Priorities are numbers from 0 to 100. A ticket at 100 or above is urgent, which RT shows as High.
4. To be notified of changes immediately, add a scrip (on transaction, user-defined action) whose code sends a POST to
   \`https://watch.example.com/hooks/helpdesk/request-tracker\` with \`webhook_secret\` in the header
   \`X-Watchdesk-Secret\`.`,
  example: `type: request-tracker
url: https://rt.acme.example
user: watchdesk
password: \${RT_PASSWORD}
queue: General`,
  settings,
  capabilities: {
    keyIn: 'a custom field (`key_field`), read back after creation; the end of the subject if it was dropped',
    lookUp: 'a search in its database, which shows a new ticket immediately',
    doubles: 'merged into the oldest',
    publicReply: true,
    assignee: 'the user name; the Watchdesk user needs the right ReassignTicket, the assignee OwnTicket',
    humanActs: 'the history, except entries of the Watchdesk user, the system and the requestors',
    whose: 'requestor email address',
    changes: 'listing tickets by `LastUpdated`',
    deleted: 'status `deleted`, or 404 after shredding',
    webhook: 'a scrip that sends the header `X-Watchdesk-Secret`',
    inspects: 'credentials, queue, key field; not the statuses, which the API does not list',
    worstCase:
      'Two at first, if a request stays in transit longer than the lookup waits; the duplicate search merges them within 24 hours.',
  },
  secrets: secretsOf,
  create(given: Settings, { now }) {
    const service = 'Request Tracker';
    const basic = Buffer.from(`${given.user}:${given.password}`).toString('base64');
    const api = helpdeskApi(given, {
      service,
      base: `${given.url}/REST/2.0`,
      headers: { authorization: given.token === undefined ? `Basic ${basic}` : `token ${given.token}` },
      secrets: secretsOf(given),
      now,
    });
    const urlOf = (id: string | number) => `${given.url}/Ticket/Display.html?id=${id}`;
    const reading = (ticket: Ticket): TicketReading => {
      const { id, Subject, Status, Priority, Owner, Requestor = [], CustomFields, EffectiveId } = ticket;
      const requester = [Requestor].flat().map(({ EmailAddress, id: name }) => EmailAddress || name)[0];
      const field =
        CustomFields === '' ? undefined : CustomFields.find(({ name }) => name === given.key_field);
      const effective = typeof EffectiveId === 'object' ? EffectiveId.id : EffectiveId;
      return {
        remoteId: String(id),
        url: urlOf(id),
        key: field?.values[0] ?? keyOfSubject(Subject),
        subject: Subject,
        status: statusOf(given, Status),
        ...waitingOn(given, Status),
        priority: PRIORITIES.find((one) => Number(Priority) >= Number(given.priorities[one])),
        assignee:
          NO_HUMANS.includes(Owner.id) || Owner.id === given.user ? undefined : Owner.RealName || Owner.id,
        ...(!NO_HUMANS.includes(Owner.id) && { assigneeId: Owner.id }),
        ...(requester?.includes('@') && { requester: requester.toLowerCase() }),
        createdAt: Date.parse(ticket.Created),
        updatedAt: Date.parse(ticket.LastUpdated),
        ...(effective !== undefined && String(effective) !== String(id) && { mergedInto: String(effective) }),
      };
    };
    const search = (query: string, more: string, use: CallUse) =>
      api.get<Listed<Ticket>>(`/tickets?query=${encodeURIComponent(query)}&${LIST_FIELDS}&${more}`, use);
    const readTicket = (remoteId: string, use: CallUse) =>
      api.get<Ticket>(`/ticket/${remoteId}?${PEOPLE}`, use);
    const put = (remoteId: string, body: unknown) =>
      api.call<string[]>({ method: 'PUT', path: `/ticket/${remoteId}`, body, use: 'change' });
    const write = async (remoteId: string, how: 'comment' | 'correspond', text: string, key: string) => {
      const body = { Content: how === 'comment' ? keyedText(text, key) : text, ContentType: 'text/plain' };
      const made = await api.call({
        method: 'POST',
        path: `/ticket/${remoteId}/${how}`,
        body,
        use: 'change',
      });
      return mapDone(made, () => remoteId);
    };
    /** RT silently drops a field that it does not know: the key goes into the subject then. */
    const keepKey = async (remoteId: string, key: string, subject: string): Promise<string[]> => {
      const back = await readTicket(remoteId, 'urgent');
      if (back.is !== 'done' || reading(back.value).key === key) return [];
      const renamed = await put(remoteId, {
        Subject: keyedSubject(subject, key, SUBJECT_LIMIT, cutLineBytes),
      });
      const where =
        renamed.is === 'done' ? 'it is in the subject instead' : 'and it is not in the subject either';
      return [`${service} did not save the incident key in the custom field ${given.key_field}: ${where}.`];
    };

    return guarded(service, {
      adapter: 'request-tracker',
      place: given.url,
      indexLagMs: given.index_lag,
      async create({ key, subject, body, priority, customer }) {
        const requestor = customer?.requester ?? given.requester;
        const made = await api.call<{ id?: string | number }>({
          method: 'POST',
          path: '/ticket',
          body: {
            Queue: given.queue,
            Subject: cutLineBytes(subject, SUBJECT_LIMIT),
            Content: body,
            ContentType: 'text/plain',
            Priority: given.priorities[priority],
            CustomFields: { ...given.fields, [given.key_field]: key },
            ...(requestor !== undefined && { Requestor: requestor }),
          },
          use: createUse(priority),
        });
        if (made.is !== 'done') return made;
        const id = made.value?.id;
        if (id === undefined)
          return { is: 'ambiguous', why: `the response from ${service} contains no ticket` };
        const remarks = await keepKey(String(id), key, subject);
        return { is: 'done', value: { remoteId: String(id), url: urlOf(id), remarks } };
      },
      async findAll(key) {
        const query = `CF.{${given.key_field}} = '${key}' OR Subject LIKE '${marker(key)}'`;
        const found = await search(query, `orderby=id&per_page=${PER_PAGE}`, 'urgent');
        return mapDone(found, ({ items }) => items.map(reading).filter((ticket) => ticket.key === key));
      },
      note: (remoteId, { key, text }) => write(remoteId, 'comment', text, key),
      reply: (remoteId, { key, text }) => write(remoteId, 'correspond', text, key),
      async hasEntry(remoteId, key, reply) {
        for (let page = 1; page <= MOST_PAGES; page++) {
          const path = `/ticket/${remoteId}/attachments?fields=Content&per_page=${PER_PAGE}&page=${page}`;
          const listed = await api.get<Listed<{ Content?: string }>>(path, 'urgent');
          if (listed.is !== 'done') return listed;
          const { items } = listed.value;
          if (items.some(({ Content = '' }) => holds(Content, key, reply)))
            return { is: 'done', value: true };
          if (items.length < PER_PAGE) break;
        }
        return { is: 'done', value: false };
      },
      async update(remoteId, { status, priority }): Promise<Outcome<string>> {
        const wanted = status && given.statuses[status];
        const there = await readTicket(remoteId, 'change');
        if (there.is !== 'done') return there;
        // Setting any status would restore a ticket that somebody has deleted.
        if (there.value.Status === 'deleted')
          return { is: 'permanent', why: `ticket ${remoteId} is deleted` };
        const done = await put(remoteId, {
          ...(wanted !== undefined && { Status: wanted }),
          ...(priority && { Priority: given.priorities[priority] }),
        });
        if (done.is !== 'done' || wanted === undefined) return mapDone(done, () => remoteId);
        // RT returns 200 with a sentence for a status that it does not have.
        const back = await readTicket(remoteId, 'change');
        if (back.is !== 'done') return back;
        if (back.value.Status === wanted) return { is: 'done', value: remoteId };
        const said = Array.isArray(done.value) ? done.value.join(' ') : '';
        return {
          is: 'permanent',
          why: `${service} left the status at ${back.value.Status}: ${neutraliseLine(said, 200)}`,
        };
      },
      async assign(remoteId, to) {
        const done = await put(remoteId, { Owner: to });
        if (done.is !== 'done') return done;
        // RT returns 200 with a sentence for a change that it has not made.
        const back = await readTicket(remoteId, 'change');
        if (back.is !== 'done' || back.value.Owner.id === to) return mapDone(back, () => remoteId);
        const said = Array.isArray(done.value) ? done.value.join(' ') : '';
        return {
          is: 'permanent',
          why: `${service} left ticket ${remoteId} with ${back.value.Owner.id}: ${neutraliseLine(said, 200)}`,
        };
      },
      async read(remoteId) {
        const read = await readTicket(remoteId, 'look');
        if (isMissing(read)) return { is: 'done', value: null };
        return mapDone(read, (ticket) => {
          if (ticket.Status === 'deleted') return null;
          // Asked for a merged ticket, RT returns the one that it was merged into.
          const is = reading(ticket);
          return is.remoteId === remoteId ? is : { ...is, mergedInto: is.remoteId };
        });
      },
      async humanActs(remoteId, sinceMs) {
        const ticket = await readTicket(remoteId, 'look');
        if (ticket.is !== 'done') return ticket;
        const others = new Set([
          given.user,
          ...NO_HUMANS,
          ...(ticket.value.Requestor ?? []).map(({ id }) => id),
        ]);
        const path = `/ticket/${remoteId}/history?fields=Type,Field,Creator,Created&fields[Creator]=Name,RealName&per_page=${PER_PAGE}`;
        const acts: HumanAct[] = [];
        for (let page = 1; page <= MOST_PAGES; page++) {
          const listed = await api.get<Listed<Transaction>>(`${path}&page=${page}`);
          if (listed.is !== 'done') return listed;
          for (const { Type, Field, Creator, Created } of listed.value.items) {
            const at = Date.parse(Created);
            const what = Field === 'Owner' ? 'assigned' : ACTS[Type];
            if (what && at > sinceMs && !others.has(Creator.id)) {
              acts.push({ at, by: Creator.RealName || Creator.id, what });
            }
          }
          if (listed.value.items.length < PER_PAGE) break;
        }
        return { is: 'done', value: acts };
      },
      async changedSince(sinceMs) {
        // RT reads dates in our user's time zone, whichever it is: asks from two days earlier, and drops what is too
        // old.
        const day = new Date(sinceMs - 2 * DAY_MS).toISOString().slice(0, 10);
        const all: TicketReading[] = [];
        for (let page = 1; page <= MOST_PAGES; page++) {
          const more = `orderby=LastUpdated&order=DESC&per_page=${PER_PAGE}&page=${page}`;
          const listed = await search(`LastUpdated > '${day}'`, more, 'look');
          if (listed.is !== 'done') return listed;
          all.push(...listed.value.items.map(reading));
          if (listed.value.items.length < PER_PAGE || all.at(-1)!.updatedAt < sinceMs) break;
        }
        const tickets = all.filter(({ updatedAt }) => updatedAt >= sinceMs).toReversed();
        return { is: 'done', value: { tickets, isComplete: true } };
      },
      async closeDouble(remoteId, kept) {
        const done = await put(remoteId, { MergeInto: kept.remoteId });
        if (done.is !== 'done') return done;
        const back = await readTicket(remoteId, 'change');
        if (back.is !== 'done') return back;
        const merged = reading(back.value);
        if (merged.mergedInto === kept.remoteId || merged.remoteId === kept.remoteId)
          return { is: 'done', value: remoteId };
        const said = Array.isArray(done.value) ? done.value.join(' ') : '';
        return {
          is: 'permanent',
          why: `${service} did not merge ticket ${remoteId}: ${neutraliseLine(said, 200)}`,
        };
      },
      async inspect() {
        const queue = await api.get<{ TicketCustomFields?: { name: string }[] }>(
          `/queue/${encodeURIComponent(given.queue)}`,
        );
        if (isMissing(queue))
          return { is: 'done', value: [`${service} has no queue ${given.queue} that ${given.user} can see`] };
        if (queue.is !== 'done') return queue;
        const known = (queue.value.TicketCustomFields ?? []).map(({ name }) => name);
        const missing = [given.key_field, ...Object.keys(given.fields)].filter(
          (name) => !known.includes(name),
        );
        return {
          is: 'done',
          value: [
            ...missing.map(
              (name) =>
                `The queue ${given.queue} has no custom field ${name}; add it under Admin, Custom Fields`,
            ),
            ...api.oddities,
          ],
        };
      },
      isGenuine: (headers, body) => isGenuineCall(given.webhook_secret, headers, body),
    });
  },
} satisfies HelpdeskType<Settings>;

/** Content arrives as it is, or in base64, depending on the version. */
const holds = (content: string, key: string, reply?: string): boolean =>
  isEntry(content, key, reply) || isEntry(Buffer.from(content, 'base64').toString('utf8'), key, reply);
