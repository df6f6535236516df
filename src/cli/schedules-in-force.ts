import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import { withOverrides } from '../on-call/roster.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import { StoreError } from '../store/store.ts';
import { complain } from './print.ts';

/** The schedules with what people have planned in the running monitor, as far as its store can be read from here. */
export async function schedulesInForce(config: Config): Promise<ReadonlyMap<string, OnCallSchedule>> {
  if (!existsSync(config.storePath)) return config.schedules;
  try {
    const store = sqliteStore(config.storePath, { exclusive: false });
    const { overrides } = await store.load(Date.now());
    await store.close();
    return withOverrides(config.schedules, overrides);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(`Overrides added in the running monitor are not included: ${error.message}`);
    return config.schedules;
  }
}
