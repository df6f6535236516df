import { calledInTicket } from '../core/called-in.ts';
import type { FreshTicket } from '../core/chores.ts';
import { isTicketOrder, type Effect, type TicketOrder } from '../core/effect.ts';
import { failingTargets, type Incident } from '../core/incident.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { openingWords } from '../core/open-incident.ts';
import { reportedInTicket } from '../core/reported-in.ts';
import type { Target } from '../core/target.ts';
import { ticketBody, ticketSubject } from '../core/ticket-text.ts';
import type { Outbox } from '../delivery/outbox.ts';
import { incidentRulesOf, type IncidentSettings } from './incident-rules.ts';

export interface IncidentTicketsPorts {
  config(): IncidentSettings;
  outbox: Pick<Outbox, 'live' | 'liveOf'>;
  now(): number;
  /** All watched targets, including the monitor's own. */
  targets(): readonly Target[];
}

/** The content of an incident's ticket, and how far its delivery to the helpdesk has got. */
export class IncidentTickets {
  readonly #ports: IncidentTicketsPorts;

  constructor(ports: IncidentTicketsPorts) {
    this.#ports = ports;
  }

  /** The ticket as it would be opened now; undefined when none of its targets is watched any more. */
  of(incident: Incident): FreshTicket | undefined {
    const { helpdeskFor, wording, updates } = incidentRulesOf(this.#ports.config());
    const { helpdesk } = incident;
    if (incident.reason === 'called-in') return { ...calledInTicket(incident, wording), helpdesk };
    if (incident.reason === 'reported-in') return { ...reportedInTicket(incident, wording), helpdesk };
    // Includes the monitor's own target; for a storm, any target that still fails will do.
    const named = [incident.target, ...failingTargets(incident)];
    const targets = this.#ports.targets();
    const target = named.flatMap((name) => targets.find((one) => one.name === name) ?? [])[0];
    if (!target) return undefined;
    const { name, holdAfterMs, isForCustomer } = helpdeskFor(target, incident.priority);
    const words = isForCustomer
      ? openingWords(incident, target, { updates, wording }, this.#ports.now())
      : { subject: ticketSubject(incident, target), body: ticketBody(incident, target, wording) };
    return {
      ...words,
      helpdesk: name,
      holdAfterMs,
    };
  }

  /** Which effects of an incident are in progress. */
  liveOf(incident: string): { opensTicket: boolean; pages: boolean } {
    const live = this.#ports.outbox.liveOf(incident);
    return {
      opensTicket: live.some(({ kind }) => kind === 'ticket.open'),
      pages: live.some(({ kind }) => kind === 'page'),
    };
  }

  /** Whether effects on its ticket are in progress. A pending search for duplicate tickets does not count. */
  isAtWork(incident: string): boolean {
    const live = this.#ports.outbox.liveOf(incident);
    return live.some((effect) => isTicketOrder(effect) && (isTicketWork(effect) || mayBeOnItsWay(effect)));
  }

  /** Since when a ticket has been opening in that helpdesk without confirmation that it exists. */
  openingSince(helpdesk: string): number | undefined {
    const live = this.#ports.outbox.live();
    const since = live.flatMap((effect) => {
      const isThere =
        isTicketOrder(effect) && effect.kind === 'ticket.open' && effect.content.helpdesk === helpdesk;
      return isThere && mayBeOnItsWay(effect) ? [effect.state.since] : [];
    });
    return since.length === 0 ? undefined : Math.max(...since);
  }

  /** The helpdesk's last error, when it has not accepted the ticket. */
  whyNone(incident: string): string | undefined {
    const live = this.#ports.outbox.liveOf(incident);
    const effect = live.find(({ kind }) => kind === 'ticket.open');
    const why = effect && 'why' in effect.state ? effect.state.why : undefined;
    return why ? neutraliseLine(why, 120) : undefined;
  }
}

/** Whether the effect leaves traces on the ticket that no human made; the search for duplicates leaves none. */
export const isTicketWork = ({ kind }: Effect<TicketOrder>): boolean => kind !== 'ticket.sweep';

type OnItsWay = Extract<Effect['state'], { is: 'sending' | 'ambiguous' }>;

const mayBeOnItsWay = <One extends Effect>(effect: One): effect is One & { state: OnItsWay } =>
  effect.state.is === 'sending' || effect.state.is === 'ambiguous';
