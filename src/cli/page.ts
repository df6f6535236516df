import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_KEY, AnswerLinks } from '../answering/answer-links.ts';
import { NO_INBOX } from '../answering/inbox.ts';
import type { Config } from '../config/config.ts';
import { nearest } from '../config/explain-issues.ts';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../core/duration.ts';
import {
  claim,
  effectId,
  settle,
  type Effect,
  type Message,
  type Outcome,
  type Recipient,
} from '../core/effect.ts';
import { codeFrom } from '../core/new-code.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import { resolveAddressee } from '../delivery/addressee.ts';
import { messageDeliverer } from '../delivery/message-deliverer.ts';
import { directoryOf } from '../on-call/directory.ts';
import { openStore } from '../store/open-store.ts';
import { StoreError, type Store } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';
import { readConfig } from './read-config.ts';
import { THIS_PROCESS } from './this-process.ts';
import { plansInForce } from './plans-in-force.ts';

const ASK_EVERY_MS = 1_000;

export interface PageOptions {
  config: string;
  via?: string;
  wait: string;
  json?: boolean;
}

interface Tried {
  to: string;
  via: string;
  outcome: string;
  why?: string;
  code: string;
}

/** Sends a test page to a person or to the person on call, by their preferred channels, and prints the outcome. */
export async function page(to: string, options: PageOptions): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { config } = read;
  if (!DURATION_PATTERN.test(options.wait)) {
    complain(`--wait ${options.wait}: expected ${DURATION_EXPECTED}.`);
    return EXIT.usage;
  }
  if (options.via !== undefined && !config.channels.has(options.via)) {
    complain(`There is no channel "${options.via}". Known: ${[...config.channels.keys()].join(', ')}.`);
    return EXIT.usage;
  }
  const { schedules } = await plansInForce(config);
  const is = config.people.has(to) ? 'person' : schedules.has(to) ? 'schedule' : undefined;
  if (is === undefined) {
    const known = [...config.people.keys(), ...schedules.keys()];
    const near = nearest(to, known);
    complain(
      `There is no person or schedule "${to}".${near ? ` Did you mean "${near}"?` : ` Known: ${known.join(', ') || 'none'}.`}`,
    );
    return EXIT.usage;
  }
  const recipient: Recipient = { is, name: to };
  const directory = directoryOf({ config: () => config, schedules: () => schedules, now: Date.now });
  const ways = options.via === undefined ? directory.ways(recipient).map(({ via }) => via) : [options.via];
  let store: Store;
  try {
    store = await openStore(config.store, { exclusive: false, ...THIS_PROCESS });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
  const tried: Tried[] = [];
  for (const via of new Set(ways)) {
    tried.push(await send(recipient, via, { config, schedules, store, options }));
  }
  await store.close();
  for (const one of tried) if (!options.json) tell(one, config);
  // Scripts have always read a single result as one object.
  if (options.json) printJson(tried.length === 1 ? tried[0] : tried);
  if (tried.length === 0)
    complain(`No channel reaches ${to}: add an address under \`people\`, such as \`sms\` or \`email\`.`);
  const isReached = ({ via, why }: Tried) =>
    why === undefined && config.channels.get(via)!.type.type !== 'console';
  const hasFailed = tried.some(({ why }) => why !== undefined);
  return !hasFailed && tried.some(isReached) ? EXIT.well : EXIT.failed;
}

interface Means {
  config: Config;
  schedules: ReadonlyMap<string, OnCallSchedule>;
  store: Store;
  options: PageOptions;
}

async function send(
  to: Recipient,
  via: string,
  { config, schedules, store, options }: Means,
): Promise<Tried> {
  const { type, settings } = config.channels.get(via)!;
  const now = Date.now();
  const code = codeFrom(randomBytes(10));
  const incident = `test-${code}`;
  const draft: Effect<Message> = {
    id: effectId(incident, 'notice', 1),
    incident,
    kind: 'notice',
    n: 1,
    lane: `${via}/${incident}`,
    createdAt: now,
    attempts: 0,
    state: { is: 'pending', dueAt: now },
    content: { is: 'message', to, via, code, occasion: { is: 'test' } },
  };
  const key = await store.mark(ANSWER_KEY);
  const links = new AnswerLinks(() => (typeof key === 'string' ? key : code));
  const show = ({ recipient, text }: { recipient: string; text: string }) => {
    if (!options.json) print(`${via} to ${recipient}: ${text}`);
  };
  const { publicUrl } = config;
  const ports = { now: Date.now, show, publicUrl, inbox: NO_INBOX, onFault: () => {} };
  const deliverer = messageDeliverer(via, type.create(settings, ports, via), {
    incidentOf: () => undefined,
    addressee: (message) => resolveAddressee(message, { ...config, schedules }, Date.now()),
    publicUrl,
    token: (of) => links.tokenOf(of),
    nameOf: (person) => config.people.get(person)?.name ?? person,
    now: Date.now,
  });
  const prepared = deliverer.prepare(draft, 0);
  if (prepared.is !== 'ready') return { to: to.name, via, outcome: 'not sent', why: prepared.why, code };
  const claimed = claim(prepared.effect, now, deliverer.deadlineMs);
  // Only the instance that decides writes to a store that is shared; there the test is not recorded.
  const isRecorded = config.store.is === 'sqlite';
  if (isRecorded) await store.commit({ newEffects: [claimed] });
  const outcome = await deliverer.attempt(claimed);
  const simple: Outcome<string> =
    outcome.is === 'done' ? { is: 'done', value: outcome.value.remoteId } : outcome;
  // A test is never retried: any outcome other than `done` is final.
  const final: Outcome<string> = simple.is === 'done' ? simple : { is: 'permanent', why: simple.why };
  if (isRecorded) await store.commit({ effects: [settle(claimed, final, Date.now(), 0)] });
  if (simple.is !== 'done') return { to: to.name, via, outcome: simple.is, why: simple.why, code };
  const until = now + durationMs(options.wait);
  while (deliverer.receipt && Date.now() < until) {
    await sleep(Math.min(ASK_EVERY_MS, until - Date.now()));
    const receipt = await deliverer.receipt(claimed, simple.value);
    if (receipt.is !== 'done' || receipt.value.is === 'under-way') continue;
    if (receipt.value.is === 'delivered') return { to: to.name, via, outcome: 'delivered', code };
    return { to: to.name, via, outcome: 'undelivered', why: receipt.value.why, code };
  }
  return { to: to.name, via, outcome: 'accepted', code };
}

function tell({ to, via, outcome, why }: Tried, { channels }: Config): void {
  if (why !== undefined) complain(`Test page to ${to} via ${via} failed: ${why}.`);
  else if (channels.get(via)!.type.type === 'console') {
    print(`Test page to ${to} via ${via}: printed here only, not sent to anyone.`);
    print(`  Channel ${via} is not configured. Add it under \`channels\` (see docs/channels).`);
  } else print(`Test page to ${to} via ${via}: ${outcome}.`);
}
