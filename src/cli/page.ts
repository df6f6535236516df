import { randomBytes } from 'node:crypto';
import { ANSWER_KEY, AnswerLinks } from '../answering/answer-links.ts';
import { NO_INBOX } from '../answering/inbox.ts';
import { claim, effectId, settle, type Effect, type Message, type Outcome } from '../core/effect.ts';
import { codeFrom } from '../core/new-code.ts';
import { nearest } from '../config/explain-issues.ts';
import { resolveAddressee } from '../delivery/addressee.ts';
import { messageDeliverer } from '../delivery/message-deliverer.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import { StoreError, type Store } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';
import { readConfig } from './read-config.ts';

/** Sends a test page to a person or to whoever is on call, and says what came of it. */
export async function page(
  to: string,
  options: { config: string; via: string; json?: boolean },
): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { config } = read;
  const { via } = options;
  const channel = config.channels.get(via);
  if (!channel) {
    complain(`There is no channel "${via}". Known: ${[...config.channels.keys()].join(', ')}.`);
    return EXIT.usage;
  }
  const is = config.people.has(to) ? 'person' : config.schedules.has(to) ? 'schedule' : undefined;
  if (is === undefined) {
    const known = [...config.people.keys(), ...config.schedules.keys()];
    const near = nearest(to, known);
    complain(
      `There is no person or schedule "${to}".${near ? ` Did you mean "${near}"?` : ` Known: ${known.join(', ') || 'none'}.`}`,
    );
    return EXIT.usage;
  }
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
    content: { is: 'message', to: { is, name: to }, via, code, occasion: { is: 'test' } },
  };
  let store: Store;
  try {
    store = sqliteStore(config.storePath, { exclusive: false });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
  const key = await store.mark(ANSWER_KEY);
  const links = new AnswerLinks(typeof key === 'string' ? key : code);
  const show = ({ recipient, text }: { recipient: string; text: string }) => {
    if (!options.json) print(`${via} to ${recipient}: ${text}`);
  };
  const deliverer = messageDeliverer(
    via,
    channel.type.create(
      channel.settings,
      { now: Date.now, show, publicUrl: config.publicUrl, inbox: NO_INBOX, onFault: () => {} },
      via,
    ),
    {
      incidentOf: () => undefined,
      addressee: (message) => resolveAddressee(message, config, Date.now()),
      publicUrl: config.publicUrl,
      token: (of) => links.tokenOf(of),
      now: Date.now,
    },
  );
  const prepared = deliverer.prepare(draft, 0);
  if (prepared.is !== 'ready') {
    complain(`Not sent: ${prepared.why}.`);
    await store.close();
    return EXIT.failed;
  }
  const claimed = claim(prepared.effect, now, deliverer.deadlineMs);
  await store.commit({ newEffects: [claimed] });
  const outcome = await deliverer.attempt(claimed);
  const simple: Outcome<string> =
    outcome.is === 'done' ? { is: 'done', value: outcome.value.remoteId } : outcome;
  // Nobody tries a test again: whatever is not done is over.
  const final: Outcome<string> = simple.is === 'done' ? simple : { is: 'permanent', why: simple.why };
  await store.commit({ effects: [settle(claimed, final, Date.now(), 0)] });
  await store.close();
  const why = simple.is === 'done' ? undefined : simple.why;
  const reached = channel.type.type === 'console' ? 'printed here only; nobody is reached' : 'accepted';
  if (options.json) printJson({ to, via, outcome: simple.is === 'done' ? 'accepted' : simple.is, why, code });
  else if (why === undefined) print(`Test page to ${to} by ${via}: ${reached}.`);
  else complain(`Test page to ${to} by ${via} failed: ${why}.`);
  return why === undefined ? EXIT.well : EXIT.failed;
}
