import type { Target } from './target.ts';
import { say } from '../text/say.ts';

/** Targets that a window covers; at least one field is set. */
export interface MaintenanceScope {
  targets?: readonly string[];
  customers?: readonly string[];
  tags?: readonly string[];
  all?: boolean;
}

/** Once, or recurring by a cron expression in a time zone. Times are Unix milliseconds. */
export type MaintenanceTime =
  | { is: 'once'; from: number; to: number }
  | { is: 'recurring'; cron: string; forMs: number; timeZone: string };

/** A maintenance window: probes go on, but no incident opens. */
export interface MaintenanceWindow {
  id: string;
  name: string;
  scope: MaintenanceScope;
  time: MaintenanceTime;
  /** Who planned it; undefined for a window of the config. */
  by?: string;
}

/** The present, last or next occurrence of a window. */
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
