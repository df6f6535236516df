import type { Target } from './target.ts';
import { say } from '../text/say.ts';

/** Which targets a window is for; at least one of them is given. */
export interface MaintenanceScope {
  targets?: readonly string[];
  customers?: readonly string[];
  tags?: readonly string[];
  all?: boolean;
}

/** Once, or again and again at the times of a cron expression in a time zone. Times are Unix milliseconds. */
export type MaintenanceTime =
  | { is: 'once'; from: number; to: number }
  | { is: 'recurring'; cron: string; forMs: number; timeZone: string };

/** Planned work: probes go on, nothing is opened. */
export interface MaintenanceWindow {
  id: string;
  name: string;
  scope: MaintenanceScope;
  time: MaintenanceTime;
  /** Who planned it; undefined when it stands in the config. */
  by?: string;
}

/** When a window is open, or was or will be next. */
export interface MaintenanceSpan {
  from: number;
  to: number;
}

export function isInScope({ targets, customers, tags, all }: MaintenanceScope, target: Target): boolean {
  if (all && !target.ours) return true;
  if (targets?.includes(target.name)) return true;
  if (target.customer && customers?.includes(target.customer.name)) return true;
  return target.tags.some((tag) => tags?.includes(tag));
}

/** `edge-router, customer Acme Ltd, tag web` */
export function scopeText({ targets = [], customers = [], tags = [], all }: MaintenanceScope): string {
  if (all) return say('words.scope-everything');
  const parts = [
    ...targets,
    ...customers.map((name) => say('words.scope-customer', { name })),
    ...tags.map((name) => say('words.scope-tag', { name })),
  ];
  return parts.join(', ');
}
