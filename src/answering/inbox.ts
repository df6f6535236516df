import type { Addresses } from '../channels/shared/addresses.ts';
import type { Person } from '../core/person.ts';
import type { Clock } from '../core/clock.ts';
import { isMessage, type Effect, type Message, type Receipt } from '../core/effect.ts';
import type { HumanAction } from '../core/human-action.ts';
import type { Incident } from '../core/incident.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { typedReply, type TypedReply } from '../core/reply-words.ts';
import { incidentName } from '../core/sentence.ts';
import type { Inbox, InboundPress, InboundReply } from '../channels/channel.ts';
import type { Store } from '../store/store.ts';
import { say } from '../text/say.ts';
import type { Answered, AnswerDesk } from './answer-desk.ts';
import { readable } from './answer-links.ts';
import { outsider } from './outsider.ts';

/** How many messages of one incident are searched for the one that a reply refers to. */
const LOOKED_THROUGH = 100;
/** How many characters of a code are shown when a person has to choose. */
const SHORT_CODE = 4;
/** A phone that answers automatically is told how to reply only once per this interval, not each time. */
const HELP_EVERY_MS = 10 * 60_000;

export interface InboxPorts {
  clock: Clock;
  config(): Pick<Addresses, 'people' | 'channels'>;
  answers: AnswerDesk;
  store: Pick<Store, 'effects' | 'incident' | 'inbound' | 'bundledWith'>;
  keeper: { get(id: string): Incident | undefined; open(): Incident[] };
  /** Records that a call has been handled. */
  remember(id: string): Promise<void>;
  /** A provider's delivery receipt for a message that it has accepted. */
  onReceipt(channel: string, remoteId: string, receipt: Receipt): Promise<void>;
}

/** A message that a person has received, and all incidents it was about. */
interface Had {
  code: string;
  incidents: Incident[];
}

/** Takes inbound replies, button presses and receipts from the channels; replies and presses go to the answer desk. */
export function makeInbox(ports: InboxPorts): Inbox {
  const { answers, config, clock, store } = ports;
  const helpedAt = new Map<string, number>();
  const underWay = new Map<string, Promise<string>>();

  const take = async (said: InboundReply): Promise<string> => {
    // Idempotency key: a repeated call means what it meant the first time.
    const once = `${said.channel} ${said.id}`;
    if (await store.inbound(once)) return say('sms.already-done');
    const people = peopleAt(said, config());
    // Texting a stranger costs money and helps nobody.
    if (people.length === 0) return '';
    const typed = typedReply(said.text);
    if (!typed) return help(said.from);
    const lists = await Promise.all(
      people.map(async (person) => ({ person, had: await messagesTo(person.id, said.channel, ports) })),
    );
    // If several people share the phone, the reply is from the one who was sent messages on it.
    const { person, had } = lists.find((one) => one.had.length > 0) ?? lists[0]!;
    const chosen = choose(had, typed.which);
    const outcomes: Answered[] = [];
    for (const incident of typeof chosen === 'string' ? [] : chosen) {
      const action = { is: typed.action };
      const name = `${once} ${incident.id}`;
      outcomes.push(await answers.take({ incident: incident.id, by: person.id, action, once: name }));
    }
    // Recorded whatever the outcome: the same call repeated does nothing.
    await ports.remember(once);
    if (chosen === 'none') return say('sms.no-open-pages');
    if (chosen === 'unclear') return whichOne(typed, had);
    return inWords(typed.action, chosen, outcomes);
  };

  const help = (from: string): string => {
    const now = clock.now();
    if (now - (helpedAt.get(from) ?? -Infinity) < HELP_EVERY_MS) return '';
    helpedAt.set(from, now);
    return say('sms.not-understood');
  };

  return {
    receipt: ports.onReceipt,
    reply(said) {
      const key = `${said.channel} ${said.id}`;
      const known = underWay.get(key);
      if (known) return known;
      const work = take(said).finally(() => underWay.delete(key));
      underWay.set(key, work);
      return work;
    },
    async press({ channel, incident, code, from, name, action, id }) {
      const [person] = peopleAt({ channel, from }, config());
      const by = person?.id ?? outsider(name ?? from, config().people);
      const wanted: HumanAction =
        typeof action === 'string'
          ? { is: action }
          : { is: 'estimate', at: clock.now() + action.estimateMinutes * 60_000 };
      const bundled = code === undefined ? [] : await store.bundledWith(code);
      const all = [...new Set([incident, ...bundled.map((effect) => effect.incident)])];
      const outcomes: Answered[] = [];
      for (const [n, one] of all.entries()) {
        const once = n === 0 ? `${channel} ${id}` : `${channel} ${id} ${one}`;
        outcomes.push(await answers.take({ incident: one, by, action: wanted, once }));
      }
      const about = outcomes.flatMap((outcome) => (outcome.is === 'unknown' ? [] : [outcome.incident]));
      return inWords(wanted.is, about, outcomes);
    },
  };
}

/** The people who have that address on the channel. */
function peopleAt(
  { channel, from }: Pick<InboundPress | InboundReply, 'channel' | 'from'>,
  config: Pick<Addresses, 'people' | 'channels'>,
): Person[] {
  const fields = config.channels.get(channel)?.type.addresses ?? [];
  return [...config.people.values()].filter(({ addresses }) =>
    fields.some(({ key }) => addresses[key] === from),
  );
}

/** What a person has been sent on a channel about open incidents, newest first. */
async function messagesTo(person: string, channel: string, { store, keeper }: InboxPorts): Promise<Had[]> {
  const found: { effect: Effect<Message>; incident: Incident }[] = [];
  for (const incident of keeper.open()) {
    for (const kind of ['page', 'notice'] as const) {
      const query = { incident: incident.id, kinds: [kind], limit: LOOKED_THROUGH };
      for (const effect of (await store.effects(query)).items) {
        if (!isMessage(effect)) continue;
        const { person: to, via, text, occasion } = effect.content;
        const isCall = occasion.is !== 'progress' && occasion.is !== 'status' && occasion.is !== 'vendor';
        if (to === person && via === channel && text !== undefined && isCall)
          found.push({ effect, incident });
      }
    }
  }
  const had = new Map<string, Had>();
  for (const { effect, incident } of found.sort((a, b) => b.effect.createdAt - a.effect.createdAt)) {
    const code = effect.content.bundledCode ?? effect.content.code;
    const known = had.get(code);
    if (!known) had.set(code, { code, incidents: [incident] });
    else if (!known.incidents.includes(incident)) known.incidents.push(incident);
  }
  // Several messages about the same incidents count as one choice.
  const seen = new Set<string>();
  return [...had.values()].filter(({ incidents }) => {
    const key = incidents
      .map(({ id }) => id)
      .sort()
      .join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function choose(had: readonly Had[], which: string | undefined): Incident[] | 'none' | 'unclear' {
  if (had.length === 0) return 'none';
  if (which === 'ALL')
    return [
      ...new Map(had.flatMap(({ incidents }) => incidents.map((one) => [one.id, one] as const))).values(),
    ];
  const fitting =
    which === undefined ? had : had.filter(({ code }) => readable(code).startsWith(readable(which)));
  return fitting.length === 1 ? fitting[0]!.incidents : 'unclear';
}

function whichOne({ action }: TypedReply, had: readonly Had[]): string {
  const digit = { acknowledge: 1, resolve: 2, escalate: 3 }[action];
  const shown = had.slice(0, 3).map(({ code, incidents }) => {
    const choice = code.slice(0, SHORT_CODE);
    const incident = neutraliseLine(incidentName(incidents[0]!), 24);
    return incidents.length > 1
      ? say('sms.choice-more', { digit, code: choice, incident, count: incidents.length - 1 })
      : say('sms.choice', { digit, code: choice, incident });
  });
  return say('sms.which-one', { choices: shown.join(', '), digit, all: 'ALL', count: had.length });
}

function inWords(
  action: HumanAction['is'],
  incidents: readonly Incident[],
  outcomes: readonly Answered[],
): string {
  const [first] = outcomes;
  const name = incidents[0] ? neutraliseLine(incidentName(incidents[0]), 40) : '';
  const incident = incidents.length > 1 ? say('sms.incidents', { count: incidents.length }) : name;
  if (!first || first.is === 'unknown') return say('sms.incident-not-found');
  if (outcomes.every(({ is }) => is === 'over')) return say('sms.already-resolved', { incident });
  if (first.is === 'done' && first.because === 'nothing-to-escalate')
    return say('sms.no-one-left', { incident });
  if (first.is === 'done' && first.because === 'no-vendor') return say('sms.no-vendor', { incident });
  return say(`sms.done-${action}`, { incident });
}

/** An inbox that ignores everything, for the command line. */
export const NO_INBOX: Inbox = {
  receipt: async () => {},
  reply: async () => '',
  press: async () => '',
};
