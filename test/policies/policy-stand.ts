import { createHmac } from 'node:crypto';
import type { DeskAction } from '../../src/core/desk/desk-action.ts';
import { actorName, type DeskTicket } from '../../src/core/desk/desk-ticket.ts';
import type { NewDeskTicket } from '../../src/core/desk/new-ticket.ts';
import type { HumanAction } from '../../src/core/human-action.ts';
import type { MailTaken } from '../../src/mail/mail-desk.ts';
import { Night, tcpTargets, type NightPlan } from '../support/night.ts';

export const STAFF = `
people:
  maria: { name: Maria, sms: "+12895550101", voice: "+12895550101", email: maria@provider.example }
  devon: { name: Devon, sms: "+12895550102", email: devon@provider.example }
  ines: { name: Ines, sms: "+12895550103", email: ines@provider.example }
on_call:
  operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: devon }
  support-manager: { timezone: America/Toronto, layers: [{ rotation: [ines], start: 2026-01-05T09:00, every: 1 week }], fallback: devon }
  on-call: { timezone: America/Toronto, layers: [{ rotation: [devon], start: 2026-01-05T09:00, every: 1 week }], fallback: maria }
`;

const CHANNELS = `
teams:
  support-team: { slack: "#support", members: [devon, ines] }
  front-line: { members: [maria, devon, ines] }
  escalation: { slack: "#escalation", members: [maria, devon] }
helpdesk: { type: desk, poll: 10m }
channels: { sms: { type: console }, voice: { type: console }, slack: { type: console }, email: { type: email, host: 127.0.0.1, from: "Support <support@provider.example>" } }
`;

const SELDOM = 'defaults: { interval: 10m, retry_interval: 20s, failures: 3, recoveries: 1 }\n';

export const MAIL_IN = `mail: { host: 127.0.0.1, user: x, password: yyyyyy, address: support@provider.example, tls: none, every: 15m, authserv_id: mx.provider.example }`;

const VENDOR = ', vendor: { name: Line Co, email: noc@line.example }';

/** Two customers, each with a target that is asked every minute. */
const TARGETS = (plans: readonly [string, string]) => ({
  acme: `customer: { name: Acme, plan: ${plans[0]}, contact: it@acme.example, domains: [acme.example], phones: ["+12895550999"], pin: "4711" }\n${tcpTargets(['shop'], () => VENDOR)}`,
  globex: `customer: { name: Globex, plan: ${plans[1]}, contact: it@globex.example, domains: [globex.example], phones: ["+12895550888"] }\n${tcpTargets(['mail']).replace('10.0.0.1', '10.0.0.2')}`,
});

export interface PolicyPlan {
  policy: string;
  /** Of Acme and of Globex. */
  plans: readonly [string, string];
  zone: string;
  /** Local time of the zone. */
  from: string;
  more?: string;
  /** More files of targets, by name. */
  files?: Record<string, string>;
  /** Targets are asked so seldom that a week passes quickly. */
  isLong?: boolean;
  helpdesks?: NightPlan['helpdesks'];
}

/** A provider that works by one of the policies, with time driven by hand. */
export class PolicyStand {
  readonly night: Night;
  readonly zone: string;
  readonly #lines: { at: number; text: string }[] = [];
  #mails = 0;

  private constructor(night: Night, zone: string) {
    this.night = night;
    this.zone = zone;
  }

  static async begin({
    policy,
    plans,
    zone,
    from,
    more = '',
    files,
    isLong,
    helpdesks,
  }: PolicyPlan): Promise<PolicyStand> {
    const start = Temporal.PlainDateTime.from(from).toZonedDateTime(zone).epochMilliseconds;
    const night = await Night.begin(
      {
        policy,
        timeZone: zone,
        staff: STAFF,
        more: CHANNELS + (isLong ? SELDOM : '') + more,
        targets: { ...TARGETS(plans), ...files },
        ...(helpdesks && { helpdesks }),
      },
      start,
    );
    return new PolicyStand(night, zone);
  }

  get desk() {
    return this.night.components.office.desk;
  }

  /** Goes on to that time of the zone; the second of two by its offset. */
  async until(local: string): Promise<void> {
    const at = /[+-]\d\d:\d\d$/.test(local)
      ? Temporal.Instant.from(local).epochMilliseconds
      : Temporal.PlainDateTime.from(local).toZonedDateTime(this.zone).epochMilliseconds;
    await this.night.clock.turn(at - this.night.clock.now());
  }

  async minutes(count: number): Promise<void> {
    await this.night.minutes(count);
  }

  down(host: 'shop' | 'mail'): void {
    this.night.world.stand(host === 'shop' ? '10.0.0.1' : '10.0.0.2', 'refusing');
  }

  up(host: 'shop' | 'mail'): void {
    this.night.world.stand(host === 'shop' ? '10.0.0.1' : '10.0.0.2', 'well');
  }

  /** A ticket that somebody opens in the portal. */
  async portal(
    given: Partial<NewDeskTicket> & { subject: string },
    name = 'Ann',
    customer = 'Acme',
  ): Promise<DeskTicket> {
    const email = `${name.toLowerCase()}@${customer.toLowerCase()}.example`;
    const ticket = await this.night.settled(
      this.desk.open(
        {
          body: 'as it says',
          customer,
          requester: { name, email, verifiedBy: 'portal' },
          ...given,
          origin: given.origin ?? 'portal',
        },
        { is: 'requester', name, verifiedBy: 'portal' },
      ),
    );
    await this.night.clock.turn(3_000);
    return ticket;
  }

  async mail(
    subject: string,
    body = 'as it says',
    from = 'Ann <ann@acme.example>',
    headers: Record<string, string> = {},
  ): Promise<MailTaken> {
    const lines = {
      From: from,
      To: 'support@provider.example',
      Subject: subject,
      'Message-ID': `<${++this.#mails}@x.example>`,
      ...headers,
    };
    const source = `${Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\r\n')}\r\n\r\n${body}\r\n`;
    const taken = await this.night.settled(this.night.components.mail.take(Buffer.from(source)));
    await this.night.clock.turn(3_000);
    return taken;
  }

  /** The provider of telephony calls: somebody has pressed a key, or what comes behind it. */
  async call(what: string, fields: Record<string, string>, round = 1): Promise<string> {
    const url = `http://127.0.0.1:8080/hooks/hotline/${what}?n=${round}`;
    const all: Record<string, string> = { CallSid: `CA${'1'.repeat(32)}`, From: '+12895550999', ...fields };
    const text = Object.keys(all)
      .sort()
      .reduce((sum, name) => sum + name + all[name], url);
    const signature = createHmac('sha1', 'a-token-for-the-test').update(text).digest('base64');
    const answer = await this.night.settled(
      this.night.components.hotline.hear({
        what,
        url,
        query: { n: String(round) },
        headers: { 'x-twilio-signature': signature },
        body: new URLSearchParams(all).toString(),
      }),
    );
    await this.night.clock.turn(3_000);
    return answer?.is === 'answer' ? answer.body : JSON.stringify(answer);
  }

  async agent(number: number, action: DeskAction, id = 'devon'): Promise<DeskTicket> {
    const acted = await this.night.settled(this.desk.act(number, { is: 'agent', id }, action));
    await this.night.clock.turn(3_000);
    if (acted.is === 'refused') throw new Error(acted.why);
    return acted.ticket;
  }

  async answer(number: number, text: string, name = 'Ann'): Promise<void> {
    await this.night.settled(
      this.desk
        .act(number, { is: 'requester', name, verifiedBy: 'portal' }, { is: 'answer', text })
        .then(() => {}),
    );
    await this.night.clock.turn(3_000);
  }

  /** What somebody does with the incident of a target. */
  async act(target: string, by: string, action: HumanAction): Promise<void> {
    const incident = this.night.components.keeper.open().find((one) => one.target === target)!;
    await this.night.settled(this.night.components.keeper.act(incident, by, action).then(() => {}));
    await this.night.clock.turn(3_000);
  }

  async ticket(number: number): Promise<DeskTicket> {
    return (await this.desk.ticket(number))!;
  }

  async clock(number: number, name: string): Promise<string | undefined> {
    return (await this.clocks(number)).find((line) => line.startsWith(name) && !line.includes('stopped'));
  }

  async clocks(number: number): Promise<string[]> {
    const ticket = await this.ticket(number);
    const service = this.night.components.office.service.get(ticket.key ?? `desk ${number}`)!;
    return this.night.components.office.service
      .clocks(service)
      .map(
        ({ clock, state, usedMs, limitMs }) =>
          `${clock} ${state.is} ${Math.round(usedMs / 60_000)} of ${limitMs / 60_000} min`,
      );
  }

  /** What was sent to somebody by some channel, as `Sun 25 03:01 text`. */
  sent(to: string): string[] {
    return this.night.sent
      .filter((one) => one.to === to)
      .map(({ at, text }) => `${this.stamp(at)} ${short(text)}`);
  }

  /** Everything that came of it, in order: what stands in tickets, and what was sent. */
  async timeline(): Promise<string[]> {
    const lines = [...this.#lines];
    for (let number = 1; number <= (await this.night.store.desk.lastNumber()); number++) {
      for (const { at, event, by, text } of await this.night.store.desk.entries(number)) {
        // Notes of the monitor tell the team what the pages tell already.
        if (event === 'automatic-answer' || (event === 'note' && by.is === 'monitor')) continue;
        const what = event === 'assigned' || event === 'state' ? ` ${text}` : '';
        lines.push({ at, text: `ticket ${number} ${event}${what} by ${actorName(by)}` });
      }
    }
    for (const { at, to, subject, text } of this.night.sent) {
      lines.push({ at, text: `${to}: ${to.startsWith('email ') ? short(subject) : short(text)}` });
    }
    return lines.sort((a, b) => a.at - b.at).map(({ at, text }) => `${this.stamp(at)} ${text}`);
  }

  stamp(at: number): string {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.zone);
    const day = local.toLocaleString('en', { weekday: 'short' });
    return `${day} ${String(local.day).padStart(2, '0')} ${local.toPlainTime().toString({ smallestUnit: 'minute' })}`;
  }
}

/** Up to what differs from run to run. */
const short = (text: string): string =>
  text
    .replace(/ (Ticket \d+\.)? ?https?:\/\/.*$/s, '')
    .replace(/\. Ticket .*$/s, '')
    .replace(/: connection refused.*$/s, '')
    .replace(/\n.*$/s, '')
    .replace(/\.$/, '');
