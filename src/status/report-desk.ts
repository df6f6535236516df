import { ticketAtHand, ticketName, type Incident } from '../core/incident.ts';
import { reportedAgain, reportedIn, reportTarget, type CriticalReport } from '../core/reported-in.ts';
import { bareTarget } from '../core/target.ts';
import type { OutsideReportPorts } from '../incidents/outside-reports.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';

/** New incidents of this kind within an hour; more reports go to the last one, and page nobody more. */
const REPORTS_AN_HOUR = 5;

/** Takes reports of critical problems: nobody is turned away from reporting an outage. */
export class ReportDesk {
  readonly #ports: OutsideReportPorts;

  constructor(ports: OutsideReportPorts) {
    this.#ports = ports;
  }

  /** Durable when it resolves, with the id of the incident. `form`: of the form that was filled in, which counts once. */
  async take(report: CriticalReport, form: string): Promise<string | undefined> {
    const { keeper, store, clock, telling, newId, config } = this.#ports;
    const once = `report ${form}`;
    const target = reportTarget(report);
    if ((await store.inbound(once)) !== undefined)
      return keeper.openOf(target, 'urgent')?.id ?? this.#crowd()?.id;
    const now = clock.now();
    const inbound = [{ id: once, at: now }];
    const own = keeper.openOf(target, 'urgent');
    const current = own ?? this.#crowd();
    if (current) {
      await keeper.decide(
        current.id,
        (one) => reportedAgain(one, report, now, telling(), own !== undefined),
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

  /** The number of its ticket, once there is one. */
  ticketOf(incident: string): string | undefined {
    const found = this.#ports.keeper.get(incident);
    const ticket = found?.reason === 'reported-in' ? ticketAtHand(found) : undefined;
    return ticket && ticketName(ticket);
  }

  #crowd(): Incident | undefined {
    const { keeper, clock } = this.#ports;
    const since = clock.now() - 3_600_000;
    const reports = keeper.open().filter((one) => one.reason === 'reported-in' && one.openedAt > since);
    return reports.length < REPORTS_AN_HOUR ? undefined : reports.at(-1);
  }
}
