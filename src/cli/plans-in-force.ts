import type { Config } from '../config/config.ts';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import { withOverrides } from '../on-call/roster.ts';
import { isThere, openStore } from '../store/open-store.ts';
import { StoreError } from '../store/store.ts';
import { complain } from './print.ts';
import { THIS_PROCESS } from './this-process.ts';

export interface PlansInForce {
  schedules: ReadonlyMap<string, OnCallSchedule>;
  /** Maintenance windows besides those of the config. */
  windows: readonly MaintenanceWindow[];
}

/** The schedules and windows including what people have planned in the running monitor, if its store can be read. */
export async function plansInForce(config: Config): Promise<PlansInForce> {
  if (!isThere(config.store)) return { schedules: config.schedules, windows: [] };
  try {
    const store = await openStore(config.store, { exclusive: false, ...THIS_PROCESS });
    const { overrides, windows } = await store.load(Date.now());
    await store.close();
    return { schedules: withOverrides(config.schedules, overrides), windows };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(`Overrides and maintenance added in the running monitor are not included: ${error.message}`);
    return { schedules: config.schedules, windows: [] };
  }
}
