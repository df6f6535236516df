import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { OnCallSchedule, PlannedOverride } from '../core/on-call.ts';
import { MaintenancePlan } from '../maintenance/maintenance-plan.ts';
import { Roster } from '../on-call/roster.ts';
import type { Change } from '../store/store.ts';

export interface PlanningSettings {
  windows: readonly MaintenanceWindow[];
  schedules: ReadonlyMap<string, OnCallSchedule>;
}

export interface PlanningPorts {
  append(change: Change): Promise<void>;
  /** A maintenance window has opened or closed, or may have. */
  onWindows(): void;
  onChange(): void;
}

/** What people plan at run time: maintenance windows and on-call overrides. */
export class Planning {
  readonly windows = new MaintenancePlan();
  readonly roster = new Roster();
  readonly #ports: PlanningPorts;

  constructor(ports: PlanningPorts) {
    this.#ports = ports;
  }

  /** Sets the config's windows and schedules; what people have planned is kept. */
  set configured({ windows, schedules }: PlanningSettings) {
    this.windows.configured = windows;
    this.roster.configured = schedules;
  }

  /** Plans a maintenance window; durable when it resolves. */
  async planWindow(window: MaintenanceWindow): Promise<void> {
    await this.#ports.append({ windows: [window] });
    this.windows.add(window);
    this.#ports.onWindows();
    this.#ports.onChange();
  }

  /** Ends a planned maintenance window at once. Returns false when there is none with that id. */
  async endWindow(id: string): Promise<boolean> {
    if (!this.windows.remove(id)) return false;
    await this.#ports.append({ removedWindows: [id] });
    this.#ports.onWindows();
    this.#ports.onChange();
    return true;
  }

  /** Plans an on-call override; durable when it resolves. */
  async planOverride(override: PlannedOverride): Promise<void> {
    await this.#ports.append({ overrides: [override] });
    this.roster.add(override);
    this.#ports.onChange();
  }

  /** Removes an override. Returns false when there is none with that id. */
  async endOverride(id: string): Promise<boolean> {
    if (!this.roster.remove(id)) return false;
    await this.#ports.append({ removedOverrides: [id] });
    this.#ports.onChange();
    return true;
  }

  /** Removes windows and overrides that have ended. */
  prune(now: number): void {
    for (const id of this.windows.over(now)) void this.endWindow(id);
    for (const id of this.roster.over(now)) void this.endOverride(id);
  }
}
