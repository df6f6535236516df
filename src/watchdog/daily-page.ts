import type { Clock, Timer } from '../core/clock.ts';
import { effectId, type Effect, type Message, type Recipient } from '../core/effect.ts';
import type { NewCode } from '../core/new-code.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import { formatDuration } from '../core/duration.ts';
import type { Mark } from '../store/store.ts';
import { language } from '../text/language.ts';
import { say } from '../text/say.ts';

/** How often it checks whether the test page is due; a page missed during a pause is sent afterwards. */
const LOOK_MS = 20_000;
/** A test page with no receipt by then means that the next real page may not arrive either. */
const RECEIPT_WITHIN_MS = 15 * 60_000;
const MARK = 'daily-page';

export interface DailyPageSettings {
  /** Local time of day. */
  at: Temporal.PlainTime;
  timeZone: string;
  to: Recipient;
  via: readonly string[];
}

export interface DailyPagePorts {
  clock: Clock;
  newCode: NewCode;
  /** Stores the pages together with the mark that records them as sent. */
  send(effects: Effect[], mark: Mark): Promise<void>;
  effect(id: string): Promise<Effect | undefined>;
  /** Whether that channel supports delivery receipts. */
  hasReceipts(via: string): boolean;
}

/** What is stored about the last test page. */
interface Last {
  /** Local date on which it was due. */
  date: string;
  sentAt: number;
  effects: string[];
}

/** Sends a test page to a person's phone once a day, and waits for its delivery receipt. */
export class DailyPage {
  readonly #ports: DailyPagePorts;
  #settings: DailyPageSettings | undefined;
  #last: Last | undefined;
  #finding: Finding | undefined;
  #timer: Timer | undefined;

  constructor(ports: DailyPagePorts) {
    this.#ports = ports;
  }

  set settings(settings: DailyPageSettings | undefined) {
    this.#settings = settings;
  }

  restore(marks: readonly Mark[]): void {
    this.#last = marks.find(({ name }) => name === MARK)?.value as Last | undefined;
  }

  start(): void {
    void this.look();
    this.#timer = this.#ports.clock.after(LOOK_MS, () => this.start());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** What the last test page shows about whether pages reach people. */
  finding(): Finding {
    return this.#finding ?? good(say('sms.no-test-page-yet'));
  }

  async look(): Promise<void> {
    const settings = this.#settings;
    if (!settings) return;
    const now = this.#ports.clock.now();
    const due = lastDue(settings, now);
    // The test page of the day on which it is configured is not sent late.
    if (this.#last === undefined) this.#last = { date: due.toString(), sentAt: now, effects: [] };
    if (Temporal.PlainDate.compare(due, Temporal.PlainDate.from(this.#last.date)) > 0) {
      await this.#send(settings, due, now);
    }
    this.#finding = await this.#assess(this.#last, now);
  }

  async #send({ to, via }: DailyPageSettings, due: Temporal.PlainDate, now: number): Promise<void> {
    const incident = `daily-${due.toString()}`;
    const effects = via.map((channel, index): Effect<Message> => {
      const content: Message = {
        is: 'message',
        to,
        via: channel,
        code: this.#ports.newCode(),
        occasion: { is: 'test' },
      };
      return {
        id: effectId(incident, 'page', index + 1),
        incident,
        kind: 'page',
        n: index + 1,
        lane: `${channel}/${incident}`,
        createdAt: now,
        attempts: 0,
        state: { is: 'pending', dueAt: now },
        content,
      };
    });
    this.#last = { date: due.toString(), sentAt: now, effects: effects.map(({ id }) => id) };
    await this.#ports.send(effects, { name: MARK, value: this.#last });
  }

  async #assess({ date, sentAt, effects }: Last, now: number): Promise<Finding> {
    if (effects.length === 0) return good(say('sms.no-test-page-yet'));
    const waits = now - sentAt < RECEIPT_WITHIN_MS;
    for (const id of effects) {
      const effect = (await this.#ports.effect(id)) as Effect<Message> | undefined;
      if (!effect) continue;
      const { state, content } = effect;
      const arrived =
        state.is === 'confirmed' || (state.is === 'accepted' && !this.#ports.hasReceipts(content.via));
      if (arrived || (waits && state.is !== 'dead')) continue;
      const why =
        'why' in state
          ? state.why
          : say('sms.test-page-no-receipt', { duration: formatDuration(now - sentAt) });
      const { to, via: channel } = content;
      const said = say('sms.test-page-failed', { date: dayOf(date), person: to.name, channel, why });
      return failed('receipt', said);
    }
    return good(say('sms.test-page-well', { date: dayOf(date) }));
  }
}

/** `Nov 22` */
const dayOf = (date: string): string =>
  Temporal.PlainDate.from(date).toLocaleString(language(), { month: 'short', day: 'numeric' });

/** The last date on which that time of day has passed, in the time zone. */
function lastDue({ at, timeZone }: DailyPageSettings, now: number): Temporal.PlainDate {
  const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  const today = local.toPlainDate();
  const due = today.toZonedDateTime({ timeZone, plainTime: at });
  return Temporal.ZonedDateTime.compare(due, local) <= 0 ? today : today.subtract({ days: 1 });
}
