import type { OfficeSettings } from '../desk/office.ts';
import { hash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { QUICK } from '../core/desk/desk-rules.ts';
import { isNotFor } from '../core/desk/desk-action.ts';
import { isOver, type DeskTicket, type VerifiedBy } from '../core/desk/desk-ticket.ts';
import { authenticityOf, type IncomingMail } from '../core/mail/incoming-mail.ts';
import { numberInSubject, plainSubject, routeMail, type MailRoute } from '../core/mail/mail-route.ts';
import { trimQuote, type Trimmed } from '../core/mail/trim-quote.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { Customer } from '../core/target.ts';
import type { User } from '../core/user.ts';
import { deskNumber } from '../core/desk/desk-subject.ts';
import { isOf, type Office } from '../desk/office.ts';
import type { Store } from '../store/store.ts';
import { say } from '../text/say.ts';
import { FloodGuard } from './flood-guard.ts';
import type { ParsedMail } from './parse-mail.ts';

/** Bytes of a ticket's history that a mail is compared with: nobody quotes more than that without a quote mark. */
const MOST_QUOTED = 400_000;

export interface MailDeskPorts {
  clock: Clock;
  config(): Pick<OfficeSettings, 'deskSettings' | 'customers' | 'people'>;
  office: Pick<Office, 'desk' | 'attachments'>;
  store: Pick<Store, 'messageByCode' | 'desk' | 'inbound'>;
  /** Parses a mail; rejects with an UnreadableMail when that is impossible. */
  read(source: Uint8Array): Promise<ParsedMail>;
  /** Records an automatic answer, so that no second one is sent. */
  remember(id: string): Promise<void>;
  /** The portal user with that address. */
  userOf(address: string): User | undefined;
}

const MOST_UNREADABLE_AN_HOUR = 5;
/** Most notes on one ticket about further unreadable mails. */
const MOST_NOTED = 20;
/** More tickets than that in an hour are a flood of another kind. */
const MOST_RESTORED = 500;
/** Before the idempotency key of a ticket about a mail that could not be read. */
const UNREADABLE = 'unreadable ';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `from` and `id`: so that a dropped mail can be found. */
export type MailTaken = (MailRoute | { is: 'known' } | { is: 'unreadable' }) & { from?: string; id?: string };

/** Turns mails into new tickets, answers, notes, or nothing. */
export class MailDesk {
  readonly #ports: MailDeskPorts;
  #unreadable: { at: number; number: number; noted: number }[] = [];
  readonly #floods = new FloodGuard();

  constructor(ports: MailDeskPorts) {
    this.#ports = ports;
  }

  /** Reads from the tickets of the last hour what the last run counted towards a flood. */
  async restore(): Promise<void> {
    const now = this.#ports.clock.now();
    const { items } = await this.#ports.store.desk.list({ limit: MOST_RESTORED });
    const recent = items.filter(({ createdAt }) => createdAt > now - HOUR_MS).reverse();
    this.#floods.restore(recent, now);
    for (const { number, createdAt: at, key } of recent)
      if (key?.startsWith(UNREADABLE)) this.#unreadable.push({ at, number, noted: 0 });
  }

  /** Takes a mail as received. Everything in it is durable when it resolves; taken twice it does nothing. */
  async take(source: Uint8Array): Promise<MailTaken> {
    const { store, office, config } = this.#ports;
    const { mail, files, print } = await this.#ports.read(source);
    // Devices reuse one Message-ID, so the key also covers the text and the attachments.
    const key = `mail ${mail.messageId} ${print}`;
    const told = { from: mail.from.address, id: mail.messageId };
    if (await store.desk.entryByKey(key)) return { is: 'known', ...told };
    const settings = config().deskSettings.mail!;
    const customer = this.#customerOf(mail.from.address);
    const authenticity = authenticityOf(mail, settings.authservId);
    const isProven = authenticity === 'proven';
    const route = routeMail(mail, {
      own: settings.address,
      byCode: (await this.#byCode(mail.references)) ?? (await this.#byMessageId(mail)),
      byNumber: await this.#byNumber(mail, customer),
      returned: await this.#byCode(mail.report?.messageIds ?? []),
      flood: isProven ? undefined : await this.#floodOf(mail.from.address, customer?.name),
    });
    if (route.is === 'dropped') return { ...route, ...told };
    const isVerified = isProven && (customer !== undefined || this.#knows(mail.from.address));
    const verifiedBy: VerifiedBy = isVerified ? 'mail' : 'no';
    if (route.is === 'bounced') {
      await this.#returned(route.number, mail, key);
      return { ...route, ...told };
    }
    if (route.is === 'new') {
      const { rules } = config().deskSettings;
      const priority = rules.defaultPriority.mail ?? 'medium';
      if (verifiedBy === 'no' && !rules.unverified.mayOpen.includes(priority))
        return { is: 'dropped', why: 'not-allowed', ...told };
      const { kept, remarks } = await office.attachments.keep(files);
      const mayBe = !isNotFor({ requester: { name: '', verifiedBy } }, rules.types[0], rules);
      const isFormal = rules.opensTickets.includes('mail') && mayBe;
      const name = nameOf(mail);
      const replyTo = mail.replyTo?.address === settings.address ? undefined : mail.replyTo?.address;
      const isRepeated = !(await this.#isFirstToday(mail));
      const ticket = await office.desk.open(
        {
          subject: plainSubject(mail.subject) || mail.text.slice(0, 80) || say('mail.no-subject'),
          // A first mail is shown whole: what looks like a quotation in it is what it is about.
          body: [mail.text, ...remarks].join('\n\n'),
          ...(customer && { customer: customer.name }),
          requester: { name, email: mail.from.address, ...(replyTo && { replyTo }), verifiedBy },
          origin: 'mail',
          ...(!isFormal && { type: QUICK }),
          attachments: kept,
          entryKey: key,
          mailId: mail.messageId,
        },
        { is: 'requester', name, verifiedBy },
        { isQuiet: route.isQuiet || !isFormal || isRepeated },
      );
      if (!isProven) {
        const { number } = ticket;
        const at = this.#ports.clock.now();
        this.#floods.note({ at, number, address: mail.from.address, customer: customer?.name });
      }
      return { ...route, ...told };
    }
    const ticket = await office.desk.living(route.number);
    if (!ticket) return { is: 'dropped', why: 'no-sender', ...told };
    const { kept, remarks } = await office.attachments.keep(files);
    const { text, quoted } = await this.#trimmed(mail.text, ticket);
    await this.#say(
      ticket,
      mail,
      {
        text: [text, ...remarks].join('\n\n'),
        ...(quoted !== undefined && { quoted }),
        attachments: kept,
        key,
        mailId: mail.messageId,
      },
      { isVerified, isRefuted: authenticity === 'refuted', isMachine: route.isMachine, customer },
    );
    return { ...route, ...told };
  }

  /** A mail that cannot be parsed, however often it is tried: opens a ticket, because people have to look. */
  async unreadable(source: Uint8Array, why: string): Promise<MailTaken> {
    const head = Buffer.from(source.subarray(0, 4_000)).toString('latin1');
    const line = (name: string) =>
      neutraliseLine(new RegExp(`^${name}:(.*)$`, 'im').exec(head)?.[1] ?? say('mail.unknown'), 120);
    const now = this.#ports.clock.now();
    this.#unreadable = this.#unreadable.filter(({ at }) => at > now - 3_600_000);
    // Many such mails fill one ticket, not the queue.
    const last = this.#unreadable.at(-1);
    if (last && this.#unreadable.length >= MOST_UNREADABLE_AN_HOUR) {
      const text = say('mail.another-unreadable', { from: line('From'), subject: line('Subject') });
      if (last.noted < MOST_NOTED) {
        last.noted++;
        await this.#ports.office.desk.act(last.number, { is: 'monitor' }, { is: 'note', text });
      }
      return { is: 'unreadable' };
    }
    const ticket = await this.#ports.office.desk.open(
      {
        key: `${UNREADABLE}${source.length} ${hash('sha256', source.subarray(0, 65_536)).slice(0, 24)}`,
        subject: say('mail.unreadable', { subject: line('Subject') }),
        body: [
          say('mail.unreadable-from', { from: line('From') }),
          say('mail.unreadable-why', { why: neutraliseLine(why, 300) }),
          '',
          say('mail.unreadable-kept'),
        ].join('\n'),
        origin: 'agent',
        priority: 'medium',
      },
      { is: 'policy' },
    );
    this.#unreadable.push({ at: now, number: ticket.number, noted: 0 });
    return { is: 'unreadable' };
  }

  /** Adds a mail to a ticket in its sender's name. What cannot be trusted becomes a note, and changes nothing. */
  async #say(
    ticket: DeskTicket,
    mail: IncomingMail,
    words: {
      text: string;
      quoted?: string;
      mailId: string;
      attachments: Awaited<ReturnType<Office['attachments']['keep']>>['kept'];
      key: string;
    },
    {
      isVerified,
      isRefuted,
      isMachine,
      customer,
    }: { isVerified: boolean; isRefuted: boolean; isMachine: boolean; customer: Customer | undefined },
  ): Promise<void> {
    const { desk } = this.#ports.office;
    const name = nameOf(mail);
    const { address } = mail.from;
    const person = this.#personOf(address);
    const note = (why: 'automatic' | 'refuted' | 'unverified' | 'third-party') =>
      desk.act(
        ticket.number,
        { is: 'monitor' },
        { is: 'note', ...words, text: `${say(`mail.note-${why}`, { name, address })}\n\n${words.text}` },
      );
    if (isMachine) return void (await note('automatic'));
    if (isRefuted) return void (await note('refuted'));
    if (person !== undefined) {
      if (!isVerified) return void (await note('unverified'));
      await desk.act(ticket.number, { is: 'agent', id: person }, { is: 'reply', ...words });
      return;
    }
    const isTheirs =
      ticket.requester?.email === address || (customer !== undefined && customer.name === ticket.customer);
    if (!isTheirs) return void (await note('third-party'));
    await desk.act(
      ticket.number,
      { is: 'requester', name, verifiedBy: isVerified ? 'mail' : 'no' },
      { is: 'answer', ...words },
    );
  }

  /** Removes what repeats the ticket, when that is certain. */
  async #trimmed(text: string, ticket: DeskTicket): Promise<Trimmed> {
    const { entries } = await this.#ports.store.desk.trailEnd(ticket.number, { mostBytes: MOST_QUOTED });
    const known = [ticket.subject, ticket.body, ...entries.map((entry) => entry.text)].join('\n');
    return trimQuote(text, { own: this.#ports.config().deskSettings.mail!.address, known });
  }

  /** A mail of ours has bounced: whoever works on the ticket must know that it was not read. */
  async #returned(number: number, { report, text }: IncomingMail, key: string): Promise<void> {
    const failed = (report?.recipients ?? []).filter(({ hasFailed }) => hasFailed);
    const whom = failed.map(({ address }) => neutraliseLine(address, 120)).join(', ');
    const why = neutraliseLine(failed[0]?.why || text, 300) || say('mail.returned-no-reason');
    const said =
      whom === '' ? say('mail.returned', { why }) : say('mail.returned-from', { recipients: whom, why });
    const { desk } = this.#ports.office;
    const ticket = await desk.living(number);
    if (!ticket) return;
    await desk.act(ticket.number, { is: 'monitor' }, { is: 'said', event: 'not-told', text: said, key });
  }

  /**
   * True if no mail with that content, apart from numbers, has come from that address within a day: two machines that
   * answer each other would go on for ever, each with another number in its text.
   */
  async #isFirstToday({ from, subject, text }: IncomingMail): Promise<boolean> {
    const now = this.#ports.clock.now();
    const content = `${plainSubject(subject)} ${text.slice(0, 500)}`.replace(/[\d\s]+/g, ' ').toLowerCase();
    const print = hash('sha256', `${from.address} ${content}`).slice(0, 24);
    const day = Math.floor(now / DAY_MS);
    const id = (on: number) => `automatic-answer ${print} ${on}`;
    for (const that of [day, day - 1]) {
      const answered = await this.#ports.store.inbound(id(that));
      if (answered && answered.at > now - DAY_MS) return false;
    }
    await this.#ports.remember(id(day)).catch(() => {});
    return true;
  }

  /** The ticket of an earlier mail that this one refers to, whoever sent it. */
  async #byMessageId({ references, messageId }: IncomingMail): Promise<number | undefined> {
    const { store, office } = this.#ports;
    for (const id of references) {
      const number = await store.desk.ticketOfMail(id);
      if (number !== undefined) return number;
    }
    // A scanner sends every page under one Message-ID: the pages join one ticket until it is done.
    const number = await store.desk.ticketOfMail(messageId);
    const ticket = number === undefined ? undefined : await office.desk.living(number);
    return ticket && !isOver(ticket) ? ticket.number : undefined;
  }

  async #byCode(messageIds: readonly string[]): Promise<number | undefined> {
    for (const id of messageIds) {
      const code = /^([0-9a-z]{6,20})@/i.exec(id)?.[1];
      if (code === undefined) continue;
      const effect = await this.#ports.store.messageByCode(code.toUpperCase());
      const number = effect && deskNumber(effect.incident);
      if (number !== undefined) return number;
    }
    return undefined;
  }

  /** A ticket number can be guessed: it counts only from people whom the ticket concerns. */
  async #byNumber(mail: IncomingMail, customer: Customer | undefined): Promise<number | undefined> {
    const named = mail.references.flatMap((id) => /^ticket\.(\d{1,12})@/.exec(id)?.[1] ?? []).map(Number)[0];
    const number = named ?? numberInSubject(mail.subject);
    const ticket = number === undefined ? undefined : await this.#ports.office.desk.living(number);
    if (!ticket) return undefined;
    const { address } = mail.from;
    const concerns =
      ticket.requester?.email === address ||
      (customer !== undefined && customer.name === ticket.customer) ||
      this.#personOf(address) !== undefined;
    return concerns ? ticket.number : undefined;
  }

  #customerOf(address: string): Customer | undefined {
    const { customers } = this.#ports.config();
    const user = this.#ports.userOf(address);
    if (user?.customer !== undefined) return customers.get(user.customer);
    return [...customers.values()].find((one) => isOf(one, address));
  }

  #knows(address: string): boolean {
    return this.#personOf(address) !== undefined || this.#ports.userOf(address) !== undefined;
  }

  #personOf(address: string): string | undefined {
    return [...this.#ports.config().people.values()].find(
      ({ addresses }) => addresses['email']?.toLowerCase() === address,
    )?.id;
  }

  /** In a flood, returns the ticket that one more mail joins instead of opening another. */
  #floodOf(address: string, customer: string | undefined): Promise<number | undefined> {
    return this.#lastGoing(this.#floods.floodOf(address, customer, this.#ports.clock.now()));
  }

  /** A ticket that is over takes no more text; when all are over, another is opened. */
  async #lastGoing(tickets: readonly { number: number }[]): Promise<number | undefined> {
    for (const { number } of tickets.toReversed()) {
      const ticket = await this.#ports.office.desk.living(number);
      if (ticket !== undefined && !isOver(ticket)) return number;
    }
    return undefined;
  }
}

const nameOf = ({ from }: IncomingMail): string => neutraliseLine(from.name || from.address, 80);
