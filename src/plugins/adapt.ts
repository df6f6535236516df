import type { z } from 'zod';
import type { Finding } from '../core/probe-result.ts';
import { unknown } from '../core/probe-result.ts';
import { REASON_NAMES } from '../core/reason.ts';
import { ticketAtHand, ticketTitle } from '../core/incident.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { Outcome } from '../core/effect.ts';
import { optionProblem, type OptionProblem, type Prepared } from '../core/check-type.ts';
import type { Priority } from '../core/target.ts';
import type { Channel, ChannelType, InboundAnswer, OutgoingMessage } from '../paging/channel.ts';
import type { LoadedCheckType } from '../probing/registry.ts';
import type { Helpdesk, HelpdeskType } from '../tickets/helpdesk.ts';
import { guarded } from '../tickets/shared/guarded.ts';
import type { ChannelPlugin, ChannelView, MessageView } from './channel.ts';
import type { CheckPlugin } from './check.ts';
import type { HelpdeskPlugin } from './helpdesk.ts';

// Plugins see views, and what they give back is looked at: a mistake in one must not stop the monitor.

export function adaptedCheck(plugin: CheckPlugin<z.ZodObject>): LoadedCheckType {
  return {
    notes: '',
    examples: [],
    ...plugin,
    isPlugin: true,
    prepare(options, target) {
      const prepared = attempt(() => plugin.prepare(options as never, { ...target }));
      if (prepared.is === 'failed')
        return optionProblem([], `settings that the check type can prepare (it failed: ${prepared.why})`);
      const value = prepared.value as Partial<Prepared> | OptionProblem | undefined;
      if (value?.is === 'problem')
        return optionProblem(Array.isArray(value.path) ? value.path : [], String(value.expected));
      const { subject, secrets, probe } = (value ?? {}) as Partial<Prepared>;
      if (typeof subject !== 'string' || !isTexts(secrets) || typeof probe !== 'function')
        return optionProblem(
          [],
          "a check type whose `prepare` returns { is: 'prepared', subject, secrets: [], probe }; mend the plugin",
        );
      const ready = value as Prepared;
      return { ...ready, is: 'prepared', probe: async (context) => finding(await ready.probe(context)) };
    },
  } as LoadedCheckType;
}

/** A finding that is none says nothing of the target. */
function finding(given: Finding): Finding {
  const { verdict, message } = (given ?? {}) as Partial<Finding>;
  if (typeof message !== 'string') return unknown('the check type returned no finding');
  if (verdict === 'good') return given;
  if (verdict !== 'failed' && verdict !== 'unknown')
    return unknown(`the check type returned the verdict ${neutraliseLine(String(verdict), 40)}`);
  const { reason } = given as { reason?: unknown };
  return REASON_NAMES.some((name) => name === reason)
    ? given
    : unknown(`the check type returned the reason ${neutraliseLine(String(reason), 40)}`);
}

export function adaptedChannel(plugin: ChannelPlugin<z.ZodType>): ChannelType {
  return {
    type: plugin.type,
    summary: plugin.summary,
    setup: plugin.setup ?? '',
    example: '',
    settings: plugin.settings,
    ...(plugin.isCall && { isCall: true }),
    ...(plugin.addresses && { addresses: plugin.addresses }),
    secrets: (settings) => secretsOf(plugin, settings),
    create(settings, { now, publicUrl, inbox, onFault }, name) {
      const { type } = plugin;
      const made = attempt(() => plugin.create(settings, { now, publicUrl, inbox, onFault }, name));
      const given = (made.is === 'done' ? made.value : undefined) as ChannelView | undefined;
      if (typeof given?.send !== 'function') {
        const what = made.is === 'failed' ? made.why : noneOf(made.value, 'channel');
        const why = `the plugin ${type} failed (${what})`;
        return {
          type,
          send: async () => ({ is: 'permanent', why, isOurs: true }),
          inspect: async () => ({ is: 'done', value: [why] }),
        };
      }
      const channel: Channel = {
        type,
        ...(given.takesReplies && { takesReplies: true }),
        send: (message) => outcome(type, sentAs, () => given.send(viewOf(message))),
      };
      if (given.find)
        channel.find = (message, since) =>
          outcome(type, foundAs, () => given.find!(viewOf(message), since), 'temporary');
      if (given.receipt)
        channel.receipt = (id) => outcome(type, receiptIn, () => given.receipt!(id), 'temporary');
      if (given.inspect)
        channel.inspect = (addresses) => outcome(type, textsIn, () => given.inspect!(addresses), 'temporary');
      if (given.hear)
        channel.hear = async (call) => {
          try {
            const heard = (await given.hear!(call)) as InboundAnswer | undefined;
            const isAnswer =
              heard?.is === 'answer' || (heard?.is === 'refused' && Number.isInteger(heard.status));
            return isAnswer ? heard! : { is: 'refused', status: 400, why: 'the plugin gave no answer' };
          } catch (error) {
            onFault(error);
            return { is: 'refused', status: 400, why: 'the plugin failed' };
          }
        };
      if (given.listen)
        channel.listen = () => {
          // It may be asynchronous: then it is stopped as soon as it has begun.
          const begun = Promise.resolve().then(() => given.listen!());
          begun.catch(onFault);
          return () =>
            void begun.then((stop: unknown) => typeof stop === 'function' && stop()).catch(() => {});
        };
      return channel;
    },
  };
}

export function adaptedHelpdesk(plugin: HelpdeskPlugin<z.ZodType>): HelpdeskType {
  const unsaid = '';
  return {
    type: plugin.type,
    summary: plugin.summary,
    setup: plugin.setup ?? '',
    example: '',
    settings: plugin.settings,
    capabilities: {
      keyIn: unsaid,
      lookUp: unsaid,
      doubles: unsaid,
      publicReply: unsaid,
      assignee: unsaid,
      humanActs: unsaid,
      whose: unsaid,
      changes: unsaid,
      deleted: unsaid,
      webhook: unsaid,
      inspects: unsaid,
      worstCase: unsaid,
    },
    secrets: (settings) => secretsOf(plugin, settings),
    create(settings, { now, publicUrl }) {
      const { type } = plugin;
      const made = attempt(() => plugin.create(settings, { now, publicUrl }));
      const given = (made.is === 'done' ? made.value : undefined) as Partial<Helpdesk> | undefined;
      const why = made.is === 'failed' ? made.why : noneOf(made.value, 'helpdesk');
      return guarded(type, helpdeskOf(type, given, why));
    },
  };
}

/** What has to be there; the rest is left out where the plugin leaves it out. */
const NEEDED = ['create', 'findAll', 'note', 'update', 'assign'] as const;
const OPTIONAL = [
  'reply',
  'hasEntry',
  'read',
  'humanActs',
  'changedSince',
  'closeDouble',
  'inspect',
] as const;
/** Whether it was done stands nowhere when the answer cannot be read. */
const ONCE = new Set<string>(['create', 'note', 'reply']);

/** Methods are called on the plugin's own object: it may be an instance of a class. */
function helpdeskOf(type: string, given: Partial<Helpdesk> | undefined, why: string): Helpdesk {
  type Method = readonly [string, (...args: unknown[]) => Promise<Outcome<unknown>>];
  const methods = [...NEEDED, ...OPTIONAL].flatMap((name): Method[] => {
    const method = given?.[name] as ((...args: unknown[]) => Promise<Outcome<unknown>>) | undefined;
    if (typeof method !== 'function') {
      if ((OPTIONAL as readonly string[]).includes(name)) return [];
      const missing = given ? `it has no \`${name}\`` : why;
      return [[name, async () => ({ is: 'temporary', why: `the plugin ${type} failed (${missing})` })]];
    }
    const doubt = ONCE.has(name) ? 'ambiguous' : 'temporary';
    const valueOf = METHODS[name] ?? anyOf;
    return [
      [name, (...args: unknown[]) => outcome(type, valueOf, () => method.apply(given, args), doubt)] as const,
    ];
  });
  const { place, indexLagMs, readsAs, isGenuine } = given ?? {};
  return {
    ...Object.fromEntries(methods),
    adapter: type,
    place: typeof place === 'string' ? place : type,
    indexLagMs: Number.isFinite(indexLagMs) ? indexLagMs! : 0,
    ...(readsAs && {
      readsAs: (priority: Priority) => {
        const read = attempt(() => readsAs.call(given, priority));
        return read.is === 'done' ? read.value : priority;
      },
    }),
    isGenuine: (headers, body) => {
      const said = attempt(() => isGenuine?.call(given, headers, body));
      return said.is === 'done' && said.value === true;
    },
  } as Helpdesk;
}

export const viewOf = (message: OutgoingMessage): MessageView => {
  const { incident, owner, occasion: _occasion, card: _card, ...rest } = message;
  if (!incident) return rest;
  const { id, target, customer, priority, status, reason, message: why, startedAt } = incident;
  const ticket = ticketAtHand(incident);
  return {
    ...rest,
    incident: {
      id,
      target,
      ...(customer !== undefined && { customer }),
      priority,
      status: status.is,
      reason,
      message: why,
      startedAt,
      ...(ticket && { ticket: { name: ticketTitle(ticket), url: ticket.url } }),
      ...(owner !== undefined && { owner }),
    },
  };
};

type Attempt<Value> = { is: 'done'; value: Value } | { is: 'failed'; why: string };

function attempt<Value>(work: () => Value): Attempt<Value> {
  try {
    return { is: 'done', value: work() };
  } catch (error) {
    return { is: 'failed', why: inWords(error) };
  }
}

/** What `create` returned in place of what it should. */
function noneOf(value: unknown, what: string): string {
  if (!(value instanceof Promise)) return `its \`create\` returned no ${what}`;
  value.catch(() => {});
  return `its \`create\` is asynchronous; expected a ${what} at once`;
}

const inWords = (error: unknown): string =>
  neutraliseLine(error instanceof Error ? error.message : String(error), 120);

const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** What it says is done, is done: an id may be a number, or be left out. */
const sentAs = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const foundAs = (value: unknown): unknown => (value === null ? null : sentAs(value) || undefined);
const textsIn = (value: unknown): unknown => (isTexts(value) ? value : undefined);
const receiptIn = (value: unknown): unknown =>
  isText((value as { is?: unknown } | undefined)?.is) ? value : undefined;
/** A ticket without its id could never be found again. */
const ticketIn = (value: unknown): unknown => {
  const { remoteId, url, ...more } = (value ?? {}) as { remoteId?: unknown; url?: unknown };
  const id = sentAs(remoteId);
  return id === '' ? undefined : { ...more, remoteId: id, url: isText(url) ? url : '' };
};
const listIn = (value: unknown): unknown => (Array.isArray(value) ? value : undefined);
/** Of all that is not looked at: `done` without a value stands for what was asked about. */
const anyOf = (value: unknown): unknown => (value === undefined ? '' : value);
const METHODS: Readonly<Record<string, (value: unknown) => unknown>> = {
  create: ticketIn,
  findAll: listIn,
  humanActs: listIn,
  inspect: textsIn,
  changedSince: (value) =>
    listIn((value as { tickets?: unknown } | undefined)?.tickets) ? value : undefined,
  hasEntry: (value) => (typeof value === 'boolean' ? value : undefined),
  read: (value) =>
    value === null || isText((value as { remoteId?: unknown } | undefined)?.remoteId) ? value : undefined,
};

/**
 * What a plugin gives back, if it is an outcome. One that throws, or returns something else, leaves open whether it was done:
 * `doubt`, by default that it may have been.
 */
async function outcome<Value>(
  type: string,
  /** The value as it is wanted; undefined when it is none. */
  valueOf: (value: unknown) => unknown,
  work: () => Promise<Outcome<Value>>,
  doubt: 'ambiguous' | 'temporary' = 'ambiguous',
): Promise<Outcome<Value>> {
  let given: Partial<Extract<Outcome<Value>, { is: 'temporary' }>> | undefined;
  try {
    given = (await work()) as typeof given;
  } catch (error) {
    return { is: doubt, why: `the plugin ${type} failed (${inWords(error)})` };
  }
  const why = isText(given?.why) ? given!.why! : `the plugin ${type} did not say why`;
  switch (given?.is as Outcome<Value>['is'] | undefined) {
    case 'done':
      const value = valueOf((given as { value?: unknown }).value);
      if (value !== undefined) return { is: 'done', value: value as Value };
      return { is: doubt, why: `the plugin ${type} returned \`done\` without the value that was expected` };
    case 'temporary': {
      const wait = Number(given!.retryAfterMs);
      return { is: 'temporary', why, ...(wait > 0 && Number.isFinite(wait) && { retryAfterMs: wait }) };
    }
    case 'permanent':
    case 'ambiguous':
      return { ...(given as unknown as Extract<Outcome<Value>, { is: 'permanent' }>), why };
    default:
      return { is: doubt, why: `the plugin ${type} returned no outcome` };
  }
}

function secretsOf(
  { settings, secrets }: { settings: z.ZodType; secrets?(settings: never): readonly string[] },
  given: unknown,
): string[] {
  const told = attempt(() => secrets?.(given as never) ?? []);
  const own = told.is === 'done' && Array.isArray(told.value) ? told.value : [];
  return [...marked(settings, given), ...own].filter((one) => typeof one === 'string' && one !== '');
}

interface Def {
  shape?: Record<string, z.ZodType>;
  catchall?: z.ZodType;
  innerType?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  items?: z.ZodType[];
  rest?: z.ZodType | null;
  left?: z.ZodType;
  right?: z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
  options?: z.ZodType[];
  getter?(): z.ZodType;
}

const MOST_DEPTH = 40;

/** Texts that stand where the schema says `.meta({ secret: true })`, however deep. */
function marked(schema: z.ZodType, value: unknown, isSecret = false, depth = 0): string[] {
  if (depth > MOST_DEPTH || value === undefined || value === null) return [];
  const isHere = isSecret || (schema.meta?.() as { secret?: boolean } | undefined)?.secret === true;
  if (isHere && typeof value === 'string') return [value];
  const def = ((schema as { _zod?: { def?: Def } })._zod?.def ?? {}) as Def;
  const within = (below: z.ZodType | null | undefined, part: unknown) =>
    below ? marked(below, part, isHere, depth + 1) : [];
  const same = [
    def.innerType,
    def.in,
    def.out,
    def.left,
    def.right,
    def.getter?.(),
    optionOf(def.options, value),
  ];
  const found = same.flatMap((one) => within(one, value));
  if (typeof value !== 'object') return found;
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  for (const [key, part] of entries) {
    const index = def.items && Number(key);
    const below =
      def.element ??
      def.valueType ??
      (index === undefined ? undefined : (def.items![index] ?? def.rest)) ??
      def.shape?.[String(key)] ??
      def.catchall;
    if (below) found.push(...within(below, part));
    else if (isHere && typeof part === 'string') found.push(part);
  }
  return found;
}

/** The one of several that took the value: of the others nothing is a secret. */
function optionOf(options: z.ZodType[] | undefined, value: unknown): z.ZodType | undefined {
  return options?.find((one) => one.safeParse(value).success) ?? options?.[0];
}
