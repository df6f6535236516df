import type { Calendar } from '../core/hours.ts';
import type { Person } from '../core/person.ts';
import type { IncidentSettings } from '../incidents/incident-rules.ts';
import type { ServiceSettings } from '../service/service-settings.ts';
import type { DeskSettings } from './desk-settings.ts';
import { ALWAYS_NAME } from '../service/service-settings.ts';
import type { Clock } from '../core/clock.ts';
import type { TellingRules } from '../core/customer-updates.ts';
import type { Directory } from '../core/directory.ts';
import type { DeskReason } from '../core/desk/desk-action.ts';
import type { DeskTicket } from '../core/desk/desk-ticket.ts';
import type { Effect } from '../core/effect.ts';
import type { Incident } from '../core/incident.ts';
import type { NewCode } from '../core/new-code.ts';
import { ALWAYS } from '../core/service/business-time.ts';
import type { ClockName, HoursOf } from '../core/service/promise.ts';
import { factsOfReading } from '../core/service/reading-facts.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import { ticketName, type TicketReference } from '../core/incident.ts';
import { dueAt } from '../core/service/clocks.ts';
import type { Customer, Priority } from '../core/target.ts';
import { DESK } from '../core/ticket-route.ts';
import type { IncidentKeeper } from '../incidents/incident-keeper.ts';
import { incidentWord } from '../service/incident-word.ts';
import { NewOwners } from '../service/new-owners.ts';
import { ServiceKeeper, type ServicePolicy } from '../service/service-keeper.ts';
import type { FileStore } from '../store/file-store.ts';
import type { Change, Mark, Store } from '../store/store.ts';
import { Attachments } from './attachments.ts';
import { Bugs } from './bugs.ts';
import { Desk, promiseId, wordOf } from './desk.ts';
import { shiftService, type ServiceTicket } from '../core/service/service-ticket.ts';
import { DeskLinks } from './desk-links.ts';

/** Settings of the desk and of the SLA clocks of its tickets. */
export interface OfficeSettings extends IncidentSettings {
  deskSettings: DeskSettings;
  service: ServiceSettings;
  /** Business hours, by name. */
  calendars: ReadonlyMap<string, Calendar>;
  customers: ReadonlyMap<string, Customer>;
  people: ReadonlyMap<string, Person>;
}

export interface OfficePorts {
  clock: Clock;
  config(): OfficeSettings;
  keeper: IncidentKeeper;
  store: Store;
  commit(change: Change): Promise<void>;
  enqueue(effects: readonly Effect[]): void;
  directory: Directory;
  newId: NewCode;
  newCode: NewCode;
  /** Key of signed links; available when the first link is made. */
  linkKey(): string;
  telling(): TellingRules;
  /** A ticket of the desk has changed: whoever follows it is to read it now. */
  onDesk(ticket: DeskTicket, because: DeskReason): void;
  onPromise(clock: ClockName, priority: Priority, outcome: 'kept' | 'missed'): void;
  files: FileStore;
  onAttachmentTrouble(why: string): void;
  onFault(error: unknown): void;
}

const TOLD_IN_ONE_TURN = 500;

/** Where tickets are worked on: the desk and the SLA clocks, by the policy of the config. */
export class Office {
  readonly desk: Desk;
  readonly service: ServiceKeeper;
  readonly links: DeskLinks;
  readonly attachments: Attachments;
  readonly bugs: Bugs;
  readonly #newOwners: NewOwners;
  readonly #ports: OfficePorts;

  constructor(ports: OfficePorts) {
    this.#ports = ports;
    const { clock, config, directory, store, commit, onFault } = ports;
    this.links = new DeskLinks(() => ({ publicUrl: config().publicUrl, key: ports.linkKey() }));
    this.attachments = new Attachments(
      ports.files,
      () => config().deskSettings.attachments,
      ports.onAttachmentTrouble,
    );
    this.bugs = new Bugs({
      tracker: () => config().deskSettings.rules.bugs,
      now: () => clock.now(),
      commit,
      enqueue: ports.enqueue,
      isKnown: async (id) => (await store.effect(id)) !== undefined,
      url: (number) => this.links.desk(number),
      act: (number, by, action) => this.desk.act(number, by, action),
    });
    this.#newOwners = new NewOwners(directory);
    this.service = new ServiceKeeper(
      {
        clock,
        store,
        keeper: ports.keeper,
        commit,
        ringing: async ({ ticket }) => ({
          ...ports.telling(),
          ackExpiresMs: config().ackExpiresMs,
          newId: ports.newId,
          assignee: await this.#assigneeOf(ticket),
          requester: await this.#requesterOf(ticket),
          urgentEscalation: config().escalation['urgent'] ?? [],
          mailVia: directory.mailChannel(),
        }),
        closing: () => ports.telling(),
        reassign: async ({ ticket: { adapter, helpdesk, remoteId }, assignee }, rule) => {
          if (adapter !== DESK) return this.#newOwners.choose(helpdesk, rule, assignee);
          await this.desk.reassign(Number(remoteId), rule);
          return undefined;
        },
        onCounted: ports.onPromise,
        onFault,
      },
      policyOf(config()),
    );
    this.desk = new Desk({
      clock,
      store: store.desk,
      commit,
      enqueue: ports.enqueue,
      newCode: ports.newCode,
      rules: () => config().deskSettings.rules,
      hooks: () => config().deskSettings.hooks,
      mailVia: () => directory.mailChannel(),
      membersOf: directory.membersOf,
      onCall: directory.onCall,
      nameOf: directory.nameOf,
      takesMail: () => config().deskSettings.mail !== undefined,
      hasMail: (person) => config().people.get(person)?.addresses['email'] !== undefined,
      planOf: (customer) => this.customer(customer)?.plan,
      links: {
        portal: (number) => (config().deskSettings.portal.isOpen ? this.links.portal(number) : undefined),
        desk: (number) => this.links.desk(number),
        rating: (number, score) => this.links.rating(number, score),
      },
      heard: (word) => this.service.take(word),
      onChange: ports.onDesk,
      onFault,
    });
  }

  /** `setBackMs`: how far the clock was set back while Watchdesk was not running. */
  async restore(marks: readonly Mark[], setBackMs: number): Promise<void> {
    const open = await this.#ports.store.serviceTickets({ isOpen: true });
    this.service.restore(setBackMs === 0 ? open : open.map((ticket) => shiftService(ticket, setBackMs)));
    this.desk.restoreTurns(marks);
    this.#newOwners.restore(marks);
  }

  async start(): Promise<void> {
    this.desk.start();
    await this.service.start();
    await this.#tellAll();
  }

  /** Starts SLA clocks for desk tickets that have none: from an older version, or a policy without SLAs. */
  async #tellAll(): Promise<void> {
    if (!this.#hasPromises) return;
    const { store } = this.#ports;
    let tickets = await store.desk.unclosed(0, TOLD_IN_ONE_TURN);
    while (tickets.length > 0) {
      for (const ticket of tickets) await this.#tell(ticket);
      const isLast = tickets.length < TOLD_IN_ONE_TURN;
      if (isLast) return;
      // There may be thousands: other requests are served in between.
      await new Promise(setImmediate);
      tickets = await store.desk.unclosed(tickets.at(-1)!.number, TOLD_IN_ONE_TURN);
    }
  }

  async #tell(ticket: DeskTicket): Promise<void> {
    const { store, config } = this.#ports;
    const id = promiseId(ticket);
    if (await this.service.known(id)) return;
    const entries = await store.desk.entries(ticket.number);
    const planOf = (customer: string) => config().customers.get(customer)?.plan;
    await this.service.hear(wordOf(ticket, entries, { planOf, deskUrl: this.links.desk(ticket.number) }));
  }

  /** Called after a clock step. */
  async shift(byMs: number): Promise<void> {
    this.desk.apply();
    await this.service.shift(byMs);
  }

  wake(): void {
    this.desk.apply();
    this.service.wake();
  }

  async apply(): Promise<void> {
    await this.service.apply(policyOf(this.#ports.config()));
    this.desk.apply();
    await this.#tellAll();
  }

  /** The SLA state of a ticket of the desk. */
  promisedFor(ticket: Pick<DeskTicket, 'key' | 'number'>): ServiceTicket | undefined {
    return this.service.get(promiseId(ticket));
  }

  /** The SLA deadlines of open tickets. */
  deadlines() {
    return this.service.open().flatMap((ticket) =>
      this.service.clocks(ticket).flatMap((one) => {
        const at = one.state.is === 'running' ? dueAt(one) : undefined;
        if (at === undefined) return [];
        const { helpdesk } = ticket.ticket;
        const { customer = '', priority } = ticket;
        const name = ticketName(ticket.ticket) || ticket.id;
        return [{ ticket: name, helpdesk, customer, priority, clock: one.clock, at }];
      }),
    );
  }

  stop(): void {
    this.desk.stop();
    this.service.stop();
  }

  customer(name: string): Customer | undefined {
    return this.#ports.config().customers.get(name);
  }

  /** An incident has changed: the SLA clocks of its ticket are told. */
  decided(incident: Incident): void {
    if (!this.#hasPromises) return;
    const known = this.service.get(incident.id);
    const word = incidentWord(incident, known, (customer) => this.customer(customer)?.plan);
    if (word) void this.service.hear(word).catch(this.#ports.onFault);
  }

  /** True if tickets of that type of helpdesk are to be reported here; the desk reports its own at once. */
  wantsReadings(adapter: string): boolean {
    return (
      adapter !== DESK && (this.#hasPromises || this.#ports.config().deskSettings.rules.bugs !== undefined)
    );
  }

  /** A helpdesk's ticket as it is there, and what people have done to it. */
  async heard(
    helpdesk: { name: string; adapter: string; place: string },
    reading: TicketReading,
    acts: readonly HumanAct[],
  ): Promise<void> {
    if (reading.key?.startsWith('bug-')) return this.bugs.heard(reading);
    if (!this.#hasPromises) return;
    const { remoteId, label, url, key, subject, priority, createdAt } = reading;
    const id = key ?? `${helpdesk.name} ${remoteId}`;
    const known = await this.service.known(id);
    const customer = known?.customer ?? this.customerOf(reading)?.name;
    const ticket: TicketReference = {
      adapter: helpdesk.adapter,
      helpdesk: helpdesk.name,
      place: helpdesk.place,
      remoteId,
      ...(label !== undefined && { label }),
      url,
    };
    await this.service.hear({
      id,
      ticket,
      subject,
      openedAt: createdAt,
      assignee: reading.assigneeId ?? reading.assignee ?? '',
      customer,
      plan: customer === undefined ? undefined : this.customer(customer)?.plan,
      priority: priority ?? known?.priority ?? 'medium',
      facts: factsOfReading(reading, acts, known),
    });
  }

  /** True if there is any SLA at all: without one, helpdesks are asked for no more than incidents need. */
  get #hasPromises(): boolean {
    return this.service.policy.levels.length > 0;
  }

  /** The customer of a ticket, by company or by requester. */
  customerOf({ requester, companies = [] }: TicketReading): Customer | undefined {
    const named = new Set(companies.map((one) => String(one).toLowerCase()));
    const customers = [...this.#ports.config().customers.values()];
    const isNamed = ({ company, name }: Customer) =>
      [company, name].some((one) => one !== undefined && named.has(String(one).toLowerCase()));
    // The company comes first: a partner may ask on behalf of another customer.
    return (
      customers.find(isNamed) ??
      customers.find(
        (one) => requester !== undefined && (one.requester === requester || isOf(one, requester)),
      )
    );
  }

  async #requesterOf({ adapter, remoteId }: TicketReference): Promise<string | undefined> {
    return adapter === DESK ? (await this.desk.ticket(Number(remoteId)))?.requester?.email : undefined;
  }

  async #assigneeOf({ adapter, remoteId }: TicketReference): Promise<string | undefined> {
    if (adapter !== DESK) return undefined;
    const { directory, config } = this.#ports;
    const assignee = (await this.desk.ticket(Number(remoteId)))?.assignee;
    const person = assignee === undefined ? undefined : directory.personCalled(assignee);
    return person !== undefined && config().people.get(person)?.addresses['email'] !== undefined
      ? person
      : undefined;
  }
}

/** True if a mail address belongs to that customer. */
export function isOf({ contact, users = [], domains = [] }: Customer, address: string): boolean {
  const email = address.toLowerCase();
  const domain = email.slice(email.lastIndexOf('@') + 1);
  return (
    contact?.toLowerCase() === email ||
    users.some((user) => user.email?.toLowerCase() === email) ||
    domains.some((one) => one.toLowerCase() === domain)
  );
}

function policyOf({ service, calendars }: OfficeSettings): ServicePolicy {
  const hoursOf: HoursOf = (name) => {
    if (name === ALWAYS_NAME) return ALWAYS;
    const calendar = calendars.get(name);
    return calendar && { is: 'calendar', calendar };
  };
  return {
    ...service,
    hoursOf,
    fingerprintOf: (name) => calendars.get(name)?.fingerprint ?? name,
  };
}
