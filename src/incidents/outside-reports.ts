import type { Clock } from '../core/clock.ts';
import type { TellingRules } from '../core/customer-updates.ts';
import type { Store } from '../store/store.ts';
import type { IncidentKeeper } from './incident-keeper.ts';
import type { IncidentSettings } from './incident-rules.ts';

/** Ports for opening incidents on behalf of outsiders: the hotline, and the form for critical problems. */
export interface OutsideReportPorts {
  clock: Clock;
  config(): IncidentSettings;
  keeper: Pick<IncidentKeeper, 'begin' | 'decide' | 'get' | 'open' | 'openOf'>;
  store: Pick<Store, 'inbound'>;
  telling(): TellingRules;
  newId: () => string;
}
