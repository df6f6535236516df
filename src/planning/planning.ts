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
  /** Planned work has begun or ended, or may have. */
  onWindows(): void;
  onChange(): void;
}

/** What people plan ahead while it runs: maintenance windows, and who is on call instead of whom. */
export class Planning {
  readonly windows = new MaintenancePlan();
  readonly roster = new Roster();
  readonly #ports: PlanningPorts;

  constructor(ports: PlanningPorts) {
    this.#ports = ports;
  }

  /** What the config says; what people have planned stays beside it. */
  set configured({ windows, schedules }: PlanningSettings) {
    this.windows.configured = windows;
    this.roster.configured = schedules;
  }

  /** Plans a window; durable when it resolves. */
  async planWindow(window: MaintenanceWindow): Promise<void> {
    await this.#ports.append({ windows: [window] });
    this.windows.add(window);
    this.#ports.onWindows();
    this.#ports.onChange();
  }

  /** Ends a planned window at once. False when there is none of that id. */
  async endWindow(id: string): Promise<boolean> {
    if (!this.windows.remove(id)) return false;
    await this.#ports.append({ removedWindows: [id] });
    this.#ports.onWindows();
    this.#ports.onChange();
    return true;
  }

  /** Changes who is on call for a while; durable when it resolves. */
  async planOverride(override: PlannedOverride): Promise<void> {
    await this.#ports.append({ overrides: [override] });
    this.roster.add(override);
    this.#ports.onChange();
  }

  /** Takes an override back. False when there is none of that id. */
  async endOverride(id: string): Promise<boolean> {
    if (!this.roster.remove(id)) return false;
    await this.#ports.append({ removedOverrides: [id] });
    this.#ports.onChange();
    return true;
  }

  /** Forgets what is over. */
  prune(now: number): void {
    for (const id of this.windows.over(now)) void this.endWindow(id);
    for (const id of this.roster.over(now)) void this.endOverride(id);
  }
}
