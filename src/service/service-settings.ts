import type { Alarm } from '../core/service/alarm.ts';
import type { ServiceLevel } from '../core/service/promise.ts';

/** What the config says of promises. */
export interface ServiceSettings {
  levels: readonly ServiceLevel[];
  alarms: readonly Alarm[];
}

/** How hours without a calendar are called. */
export const ALWAYS_NAME = 'always';
