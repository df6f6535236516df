import { ticketAtHand, ticketName, type Incident } from '../core/incident.ts';
import { reportedAgain, reportedIn, reportTarget, type CriticalReport } from '../core/reported-in.ts';
import { bareTarget } from '../core/target.ts';
import type { OutsideReportPorts } from '../incidents/outside-reports.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';

/** Most new incidents of this kind within an hour; further reports are added to the last one. */
const REPORTS_AN_HOUR = 5;
const LOUD_AGAIN_MS = 600_000;
const MAX_REMEMBERED = 1_000;

/** Takes reports of critical problems: no report of an outage is ever rejected. */
export class ReportDesk {
  readonly #ports: OutsideReportPorts;
  readonly #loudAt = new Map<string, number>();
  #taking: Promise<unknown> = Promise.resolve();

  constructor(ports: OutsideReportPorts) {
    this.#ports = ports;
  }

  /** Resolves when durable, with the id of the incident. `form`: id of the submitted form, which counts once. */
  take(report: CriticalReport, form: string): Promise<string | undefined> {
    // One at a time: each first looks up whether its form has been taken.
    const next = this.#taking.then(() => this.#take(report, form));
    this.#taking = next.catch(() => {});
    return next;
  }

  async #take(report: CriticalReport, form: string): Promise<string | undefined> {
    const { keeper, store, clock, telling, newId, config } = this.#ports;
    const once = `report ${form}`;
    const target = reportTarget(report);
    if ((await store.inbound(once)) !== undefined)
      return keeper.openOf(target, 'urgent')?.id ?? this.#crowd()?.id;
    const now = clock.now();
    const inbound = [{ id: once, at: now }];
    const current = keeper.openOf(target, 'urgent') ?? this.#crowd();
    if (current) {
      await keeper.decide(
        current.id,
        (one) => reportedAgain(one, report, now, telling(), this.#isLoud(current.id, now)),
        {
          inbound,
        },
      );
      return current.id;
    }
    const { escalation, ackExpiresMs, helpdeskFor } = incidentRulesOf(config());
    const rules = {
      ...telling(),
      escalation: escalation['urgent'] ?? [],
      ackExpiresMs,
      helpdesk: helpdeskFor(bareTarget(target), 'urgent'),
      newId,
    };
    const decision = reportedIn(report, now, rules);
    await keeper.begin(decision, { inbound });
    return decision.incident.id;
  }

  /** The number of its ticket, if it has one. */
  ticketOf(incident: string): string | undefined {
    const found = this.#ports.keeper.get(incident);
    const ticket = found?.reason === 'reported-in' ? ticketAtHand(found) : undefined;
    return ticket && ticketName(ticket);
  }

  /** Repeated reports, from one sender or from many, must not page every minute. */
  #isLoud(incident: string, now: number): boolean {
    const last = this.#loudAt.get(incident);
    if (last !== undefined && now - last < LOUD_AGAIN_MS) return false;
    if (this.#loudAt.size > MAX_REMEMBERED) this.#loudAt.clear();
    this.#loudAt.set(incident, now);
    return true;
  }

  #crowd(): Incident | undefined {
    const { keeper, clock } = this.#ports;
    const since = clock.now() - 3_600_000;
    const reports = keeper.open().filter((one) => one.reason === 'reported-in' && one.openedAt > since);
    return reports.length < REPORTS_AN_HOUR ? undefined : reports.at(-1);
  }
}
