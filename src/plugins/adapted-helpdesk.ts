import { neutraliseLine } from '../core/neutralise.ts';
import type { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import type { Priority } from '../core/target.ts';
import type { Helpdesk, HelpdeskType } from '../helpdesks/helpdesk.ts';
import { guarded } from '../helpdesks/shared/guarded.ts';
import { attempt, noneOf } from './attempt.ts';
import type { HelpdeskPlugin } from './helpdesk.ts';
import { secretsOf } from './marked-secrets.ts';
import { anyOf, isText, listIn, pluginOutcome, textsIn, ticketIn } from './plugin-outcome.ts';

// Plugins get views, and their return values are validated: a bug in a plugin must not stop the monitor.

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

export function adaptedHelpdesk(plugin: HelpdeskPlugin<z.ZodType>): HelpdeskType {
  const unsaid = '';
  return {
    type: plugin.type,
    ...(typeof plugin.product === 'string' && { product: neutraliseLine(plugin.product, 40) }),
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

/** Required methods; the optional ones are absent if the plugin lacks them. */
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
/** For these, an unreadable answer leaves open whether the action was carried out. */
const ONCE = new Set<string>(['create', 'note', 'reply']);

/** Methods are called on the plugin's own object, which may be an instance of a class. */
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
      [
        name,
        (...args: unknown[]) => pluginOutcome(type, valueOf, () => method.apply(given, args), doubt),
      ] as const,
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
