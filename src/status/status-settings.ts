import type { MaintenanceScope } from '../core/maintenance.ts';
import type { Priority } from '../core/target.ts';

export interface StatusComponent {
  name: string;
  scope: MaintenanceScope;
}

export interface StatusSettings {
  title: string;
  listen?: { host: string; port: number };
  /** URL of the page, without a trailing slash. */
  url: string;
  components: readonly StatusComponent[];
  priorities: readonly Priority[];
  /** Name of the channel that mails subscribers. */
  subscribe?: string;
  takesReports: boolean;
  phone?: string;
}
