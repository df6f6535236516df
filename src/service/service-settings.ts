import type { Alarm } from '../core/service/alarm.ts';
import type { ServiceLevel } from '../core/service/promise.ts';

/** The SLA settings of the config. */
export interface ServiceSettings {
  levels: readonly ServiceLevel[];
  alarms: readonly Alarm[];
}

/** Name of the hours that have no calendar. */
export const ALWAYS_NAME = 'always';
