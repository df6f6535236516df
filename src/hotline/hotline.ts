import type { IncidentSettings } from '../incidents/incident-rules.ts';
import type { HotlineSettings } from './hotline-settings.ts';
import { isEqual } from '../outside/signature.ts';
import { calledAgain, calledIn, callRecorded, callTarget, type PhoneCall } from '../core/called-in.ts';
import { isOpenAt, opensAt } from '../core/hours.ts';
import { ticketAtHand, ticketName, type Incident } from '../core/incident.ts';
import { bareTarget, type Customer } from '../core/target.ts';
import type { OutsideReportPorts } from '../incidents/outside-reports.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';
import type { InboundAnswer, InboundCall } from '../channels/channel.ts';
import { isFromTwilio, twiml, xml } from '../channels/shared/twilio-api.ts';
import { language } from '../text/language.ts';
import { say } from '../text/say.ts';
import type { PhoneHours } from './hotline-settings.ts';
import type { Change, Mark } from '../store/store.ts';
import { PinGuard } from './pin-guard.ts';

/** How often the menu is read out before a silent caller is treated as not urgent. */
const MENU_TIMES = 2;
/** PIN attempts allowed in one call. */
const PIN_TIMES = 3;
const KEY_WAIT_S = 6;
/** How often the call waits two seconds for the ticket number. */
const NUMBER_TRIES = 8;

/** What Twilio sends for callers who hide their number: the words spelled on a phone keypad. */
const HIDDEN = new Set(['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253']);
/** Most new incidents from unknown callers within an hour; further calls are added to the last one. */
const STRANGERS_AN_HOUR = 5;

export interface HotlinePorts extends OutsideReportPorts {
  commit(change: Pick<Change, 'marks'>): Promise<void>;
  config(): IncidentSettings & {
    hotline?: HotlineSettings | undefined;
    customers: ReadonlyMap<string, Customer>;
  };
}

/** A phone number with a menu: 9 reports an urgent problem. https://www.twilio.com/docs/voice/twiml */
export class Hotline {
  readonly #ports: HotlinePorts;
  readonly #pins = new PinGuard();
  #taking: Promise<unknown> = Promise.resolve();

  constructor(ports: HotlinePorts) {
    this.#ports = ports;
  }

  /** Takes up how many wrong PINs the last run heard. */
  restore(marks: readonly Mark[]): void {
    this.#pins.restore(marks);
  }

  /** Returns undefined when no hotline is configured. */
  async hear(call: InboundCall): Promise<InboundAnswer | undefined> {
    const { hotline } = this.#ports.config();
    if (!hotline) return undefined;
    const account = { account_sid: hotline.accountSid, auth_token: hotline.authToken };
    if (!isFromTwilio(account, call))
      return { is: 'refused', status: 401, why: 'not signed by this account' };
    const fields = new URLSearchParams(call.body);
    const sid = fields.get('CallSid') ?? '';
    if (!/^CA[0-9a-f]{32}$/i.test(sid)) return { is: 'refused', status: 400, why: 'no CallSid' };
    const from = fields.get('From') ?? '';
    const number = /^\+[1-9]\d{6,14}$/.test(from) && !HIDDEN.has(from) ? from : undefined;
    const phoneCall: PhoneCall = { number, customer: this.#customerOf(number), id: sid };
    const round = Math.min(99, Number(call.query['n']) || 0);
    const incident = call.query['incident'] ?? '';
    switch (call.what) {
      case 'start':
        return this.#menu(phoneCall, 0);
      case 'key':
        if (fields.get('Digits') !== '9') return this.#notUrgent(phoneCall, round);
        return this.#mayAskPin(phoneCall) ? this.#askPin(0) : this.#urgent(phoneCall);
      case 'pin':
        return this.#pin(phoneCall, fields.get('Digits') ?? '', round);
      case 'number':
        return this.#number(incident, round);
      case 'recording':
        return this.#recording(incident, fields);
      default:
        return { is: 'refused', status: 404, why: `nothing at ${call.what}` };
    }
  }

  #menu({ customer }: PhoneCall, round: number): InboundAnswer {
    const { greeting, language } = this.#settings;
    const calendar = this.#hoursOf(customer);
    const now = this.#now();
    const isOpen = isOpenNow(calendar, now);
    const hello = customer ? [greeting, say('hotline.hello', { customer: customer.name })] : [greeting];
    const isClosed = calendar === 'never' ? [] : [say('hotline.closed')];
    const words = [
      ...(round === 0 ? hello : []),
      ...(isOpen ? [] : [...isClosed, this.#opening(calendar, now)]),
      say('hotline.urgent'),
      ...(isOpen ? [say('hotline.anything-else')] : []),
    ].join(' ');
    return twiml(
      `<Gather input="dtmf" numDigits="1" timeout="${KEY_WAIT_S}" actionOnEmptyResult="true" method="POST" action="${this.#url('key', { n: round + 1 })}"><Say language="${language}">${xml(words)}</Say></Gather>`,
    );
  }

  #askPin(round: number): InboundAnswer {
    const { language } = this.#settings;
    const words = say(round === 0 ? 'hotline.enter-pin' : 'hotline.pin-incorrect');
    return twiml(
      `<Gather input="dtmf" finishOnKey="#" timeout="${KEY_WAIT_S}" actionOnEmptyResult="true" method="POST" action="${this.#url('pin', { n: round + 1 })}"><Say language="${language}">${xml(words)}</Say></Gather>`,
    );
  }

  #mayAskPin({ customer }: PhoneCall): boolean {
    return customer?.pin !== undefined && this.#pins.mayTry(customer.name, this.#ports.clock.now());
  }

  /** A caller without a PIN can still report: no report of an outage is ever rejected. */
  #pin(call: PhoneCall, digits: string, round: number): InboundAnswer | Promise<InboundAnswer> {
    const { customer } = call;
    if (customer?.pin === undefined || digits === '' || !this.#mayAskPin(call)) return this.#urgent(call);
    if (isEqual(digits, customer.pin)) return this.#urgent({ ...call, isVerified: true });
    // Nobody waits for the disk: the caller reports an outage.
    void this.#ports.commit({ marks: [this.#pins.wrong(customer.name, this.#ports.clock.now())] });
    return round < PIN_TIMES && this.#mayAskPin(call) ? this.#askPin(round) : this.#urgent(call);
  }

  /** The caller pressed nothing, or a key other than 9. */
  #notUrgent(call: PhoneCall, round: number): InboundAnswer {
    if (round < MENU_TIMES) return this.#menu(call, round);
    const { forwardTo } = this.#settings;
    const calendar = this.#hoursOf(call.customer);
    const now = this.#now();
    if (!isOpenNow(calendar, now)) {
      const words = [this.#opening(calendar, now), say('hotline.goodbye')].join(' ');
      return twiml(`${this.#spoken(words)}<Hangup/>`);
    }
    if (forwardTo !== undefined)
      return twiml(`${this.#spoken(say('hotline.one-moment'))}<Dial>${xml(forwardTo)}</Dial>`);
    return twiml(`${this.#spoken(say('hotline.email-us-today'))}<Hangup/>`);
  }

  /** Stored before the caller hears anything: when told that the incident is open, it must be open. */
  #urgent(call: PhoneCall): Promise<InboundAnswer> {
    // One at a time: each first looks up whether its call has been taken.
    const next = this.#taking.then(() => this.#takeUrgent(call));
    this.#taking = next.catch(() => {});
    return next;
  }

  async #takeUrgent(call: PhoneCall): Promise<InboundAnswer> {
    const { keeper, store, clock, telling, newId, config } = this.#ports;
    const once = `hotline ${call.id}`;
    const inbound = [{ id: once, at: clock.now() }];
    const isRepeated = (await store.inbound(once)) !== undefined;
    const current = keeper.openOf(callTarget(call), 'urgent') ?? this.#crowd(call);
    if (!current && !isRepeated) {
      const { escalation, ackExpiresMs, helpdeskFor } = incidentRulesOf(config());
      const rules = {
        ...telling(),
        escalation: escalation['urgent'] ?? [],
        ackExpiresMs,
        helpdesk: helpdeskFor(bareTarget(callTarget(call), call.customer), 'urgent'),
        newId,
      };
      await keeper.begin(calledIn(call, clock.now(), rules), { inbound });
    } else if (current && !isRepeated) {
      await keeper.decide(current.id, (one) => calledAgain(one, call, clock.now(), telling()), { inbound });
    }
    const incident = keeper.openOf(callTarget(call), 'urgent') ?? this.#crowd(call);
    const next = this.#url('number', { incident: incident?.id ?? '', n: 0 });
    const words = say('hotline.ticket-opened');
    const recording = this.#url('recording', { incident: incident?.id ?? '' });
    return twiml(
      `${this.#spoken(words)}<Record maxLength="${this.#settings.longestMessageS}" finishOnKey="#" playBeep="true" method="POST" action="${next}" recordingStatusCallback="${recording}" recordingStatusCallbackMethod="POST"/><Redirect method="POST">${next}</Redirect>`,
    );
  }

  /** Many unknown callers at once open one more incident, not one each. */
  #crowd({ customer }: PhoneCall): Incident | undefined {
    const { keeper, clock } = this.#ports;
    if (customer) return undefined;
    const since = clock.now() - 3_600_000;
    const strangers = keeper
      .open()
      .filter((one) => one.reason === 'called-in' && one.customer === undefined && one.openedAt > since);
    return strangers.length < STRANGERS_AN_HOUR ? undefined : strangers.at(-1);
  }

  #number(incident: string, tries: number): InboundAnswer {
    const found = this.#ports.keeper.get(incident);
    const ticket = found && ticketAtHand(found);
    if (ticket) {
      const number = [...ticketName(ticket)].join('. ');
      return twiml(`${this.#spoken(say('hotline.ticket-number', { number }))}<Hangup/>`);
    }
    if (tries >= NUMBER_TRIES || !found) {
      return twiml(`${this.#spoken(say('hotline.number-follows'))}<Hangup/>`);
    }
    const next = this.#url('number', { incident, n: tries + 1 });
    return twiml(`<Pause length="2"/><Redirect method="POST">${next}</Redirect>`);
  }

  async #recording(incident: string, fields: URLSearchParams): Promise<InboundAnswer> {
    const { keeper, store, clock } = this.#ports;
    const sid = fields.get('RecordingSid') ?? '';
    const url = fields.get('RecordingUrl') ?? '';
    if (!/^RE[0-9a-f]{32}$/i.test(sid) || !/^https?:\/\//.test(url)) {
      return { is: 'refused', status: 400, why: 'no recording' };
    }
    const once = `recording ${sid}`;
    if (!(await store.inbound(once))) {
      const seconds = Number(fields.get('RecordingDuration')) || 0;
      const inbound = [{ id: once, at: clock.now() }];
      await keeper.decide(incident, (one) => callRecorded(one, { url, seconds }, clock.now()), { inbound });
    }
    return twiml('');
  }

  #hoursOf(customer: Customer | undefined): PhoneHours {
    const { plans, hours } = this.#settings;
    return plans.get(customer?.plan ?? '') ?? hours ?? 'always';
  }

  #opening(calendar: PhoneHours, now: Temporal.Instant): string {
    if (typeof calendar === 'string') return say('hotline.email-us');
    const opens = opensAt(calendar, now)?.toZonedDateTimeISO(calendar.timeZone);
    if (!opens) return say('hotline.email-us');
    const today = now.toZonedDateTimeISO(calendar.timeZone).toPlainDate();
    const isToday = opens.toPlainDate().equals(today);
    const time = opens.toPlainTime().toString({ smallestUnit: 'minute' });
    if (isToday) return say('hotline.opens-today', { time });
    const day = opens.toLocaleString(language(), { weekday: 'long' });
    return say('hotline.opens-on', { day, time });
  }

  #customerOf(number: string | undefined): Customer | undefined {
    if (number === undefined) return undefined;
    const theirs = [...this.#ports.config().customers.values()].filter(
      ({ phones = [], users = [] }) => phones.includes(number) || users.some(({ phone }) => phone === number),
    );
    // A number shared by several customers identifies none of them.
    return theirs.length === 1 ? theirs[0] : undefined;
  }

  get #settings() {
    return this.#ports.config().hotline!;
  }

  #now = (): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(this.#ports.clock.now());

  #spoken = (text: string): string => `<Say language="${this.#settings.language}">${xml(text)}</Say>`;

  #url(what: string, query: Record<string, string | number>): string {
    const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return xml(`${this.#ports.config().publicUrl}/hooks/hotline/${what}?${text.toString()}`);
  }
}

const isOpenNow = (hours: PhoneHours, now: Temporal.Instant): boolean =>
  typeof hours === 'string' ? hours === 'always' : isOpenAt(hours, now);
