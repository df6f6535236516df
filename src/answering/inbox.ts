import type { Config, Person } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { isMessage, type Effect, type Message, type Receipt } from '../core/effect.ts';
import type { HumanAction } from '../core/human-action.ts';
import { isOpen, type Incident } from '../core/incident.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { typedReply, type TypedReply } from '../core/reply-words.ts';
import { incidentName } from '../core/sentence.ts';
import { plural } from '../core/wording.ts';
import type { Inbox, InboundPress, InboundReply } from '../paging/channel.ts';
import type { Store } from '../store/store.ts';
import type { Answered, AnswerDesk } from './answer-desk.ts';
import { readable } from './answer-links.ts';

/** Messages that are looked through for the one that a reply means. */
const LOOKED_THROUGH = 300;
/** Shown of a code when somebody has to choose. */
const SHORT_CODE = 4;

export interface InboxPorts {
  clock: Clock;
  config(): Config;
  answers: AnswerDesk;
  store: Pick<Store, 'effects' | 'incident' | 'inbound'>;
  keeper: { get(id: string): Incident | undefined };
  /** What a provider says of a message that it has accepted. */
  onReceipt(channel: string, remoteId: string, receipt: Receipt): Promise<void>;
}

/** A message that somebody has had, and all outages it was about. */
interface Had {
  code: string;
  incidents: Incident[];
}

/** What comes in over the channels, brought to the desk that takes answers. */
export function makeInbox(ports: InboxPorts): Inbox {
  const { answers, config } = ports;
  return {
    receipt: ports.onReceipt,
    async reply(said) {
      const person = personAt(said, config());
      if (!person) return 'This number is not known here. Nothing was done.';
      const typed = typedReply(said.text);
      if (!typed) return 'Not understood. Reply 1 = I have it, 2 = resolved, 3 = escalate.';
      const had = await messagesTo(person.id, said.channel, ports);
      const chosen = choose(had, typed.which);
      if (chosen === 'none') return 'Nothing that you were paged for is open.';
      if (chosen === 'unclear') return whichOne(typed, had);
      const outcomes: Answered[] = [];
      for (const incident of chosen) {
        const once = `${said.channel} ${said.id} ${incident.id}`;
        const action = { is: typed.action };
        outcomes.push(await answers.take({ incident: incident.id, by: person.id, action, once }));
      }
      return inWords(typed.action, chosen, outcomes);
    },
    async press({ channel, incident, from, name, action, id }) {
      const person = personAt({ channel, from }, config());
      const by = person?.id ?? neutraliseLine(name ?? from, 80);
      const wanted: HumanAction =
        typeof action === 'string'
          ? { is: action }
          : { is: 'estimate', at: ports.clock.now() + action.estimateMinutes * 60_000 };
      const outcome = await answers.take({ incident, by, action: wanted, once: `${channel} ${id}` });
      const about = outcome.is === 'unknown' ? [] : [outcome.incident];
      return inWords(wanted.is, about, [outcome]);
    },
  };
}

/** Who it is at that address of a channel. */
function personAt(
  { channel, from }: Pick<InboundPress | InboundReply, 'channel' | 'from'>,
  config: Config,
): Person | undefined {
  const keys = config.channels.get(channel)?.type.addressKeys ?? [];
  const wanted = from.replace(/^whatsapp:/, '');
  return [...config.people.values()].find((person) => keys.some((key) => person[key] === wanted));
}

/** What a person has been sent on a channel about outages that are open, newest first. */
async function messagesTo(person: string, channel: string, { store, keeper }: InboxPorts): Promise<Had[]> {
  const { items } = await store.effects({ kinds: ['page', 'notice'], limit: LOOKED_THROUGH });
  const had = new Map<string, Had>();
  const theirs = items.filter(
    (effect): effect is Effect<Message> =>
      isMessage(effect) && effect.content.person === person && effect.content.via === channel,
  );
  for (const { content, incident: id } of theirs) {
    if (content.text === undefined) continue;
    const incident = keeper.get(id) ?? (await store.incident(id));
    if (!incident || !isOpen(incident)) continue;
    const code = content.bundledCode ?? content.code;
    const known = had.get(code);
    if (!known) had.set(code, { code, incidents: [incident] });
    else if (!known.incidents.includes(incident)) known.incidents.push(incident);
  }
  // Several messages about the same outages are one question.
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
    const more = incidents.length > 1 ? ` and ${incidents.length - 1} more` : '';
    return `${digit} ${code.slice(0, SHORT_CODE)} = ${neutraliseLine(incidentName(incidents[0]!), 24)}${more}`;
  });
  return `Which one? Reply ${shown.join(', ')}, ${digit} ALL = all ${had.length}.`;
}

const DONE: Record<HumanAction['is'], string> = {
  acknowledge: 'yours now',
  resolve: 'resolved',
  escalate: 'escalated',
  note: 'noted',
  estimate: 'the estimate is noted',
  vendor: 'the vendor is told',
};

function inWords(
  action: HumanAction['is'],
  incidents: readonly Incident[],
  outcomes: readonly Answered[],
): string {
  const [first] = outcomes;
  const name = incidents[0] ? neutraliseLine(incidentName(incidents[0]), 40) : '';
  const what = incidents.length > 1 ? plural(incidents.length, 'outage') : name;
  if (!first || first.is === 'unknown') return 'There is no such outage.';
  if (outcomes.every(({ is }) => is === 'over')) return `${what}: over already, nothing was done.`;
  if (first.is === 'done' && first.because === 'nothing-to-escalate')
    return `${what}: nobody is left to be asked.`;
  if (first.is === 'done' && first.because === 'no-vendor') return `${what} has no vendor.`;
  return `${what}: ${DONE[action]}.`;
}

/** Where nobody listens: on the command line. */
export const NO_INBOX: Inbox = {
  receipt: async () => {},
  reply: async () => '',
  press: async () => '',
};
