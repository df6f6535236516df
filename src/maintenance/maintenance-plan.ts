import { isInScope, type MaintenanceSpan, type MaintenanceWindow } from '../core/maintenance.ts';
import type { Target } from '../core/target.ts';
import { spanAt } from './recurrence.ts';

export interface PlannedWindow {
  window: MaintenanceWindow;
  /** The current or next occurrence. */
  span: MaintenanceSpan;
  isOpen: boolean;
}

export interface OpenWindow {
  name: string;
  until: number;
}

/** The maintenance windows of the config and those planned by people, and which of them are open. */
export class MaintenancePlan {
  #configured: readonly MaintenanceWindow[] = [];
  readonly #planned = new Map<string, MaintenanceWindow>();
  /** Evaluating cron is slow, and a span changes only when it ends. */
  readonly #spans = new Map<string, { span: MaintenanceSpan | undefined; askedAt: number }>();

  set configured(windows: readonly MaintenanceWindow[]) {
    this.#configured = windows;
    this.#spans.clear();
  }

  /** Replaces a window with the same id. */
  add(window: MaintenanceWindow): void {
    this.#spans.delete(window.id);
    this.#planned.set(window.id, window);
  }

  /** Returns false when the window does not exist, or comes from the config. */
  remove(id: string): boolean {
    this.#spans.delete(id);
    return this.#planned.delete(id);
  }

  has(id: string): boolean {
    return this.#planned.has(id);
  }

  isConfigured(id: string): boolean {
    return this.#configured.some((window) => window.id === id);
  }

  /** Open windows first, then by start; windows that have ended are left out. */
  list(now: number): PlannedWindow[] {
    const all = [...this.#configured, ...this.#planned.values()].flatMap((window): PlannedWindow[] => {
      const span = this.#span(window, now);
      return span ? [{ window, span, isOpen: span.from <= now }] : [];
    });
    return all.sort((a, b) => a.span.from - b.span.from);
  }

  /** Windows that are open for a target. */
  openFor(target: Target, now: number): OpenWindow[] {
    return this.openAt(now)(target);
  }

  /** As `openFor`, for many targets at one moment. */
  openAt(now: number): (target: Target) => OpenWindow[] {
    const open = this.list(now).filter(({ isOpen }) => isOpen);
    return (target) =>
      open
        .filter(({ window }) => isInScope(window.scope, target))
        .map(({ window, span }) => ({ name: window.name, until: span.to }));
  }

  /** Planned windows with no further occurrence. */
  over(now: number): string[] {
    return [...this.#planned.values()]
      .filter((window) => this.#span(window, now) === undefined)
      .map(({ id }) => id);
  }

  #span(window: MaintenanceWindow, now: number): MaintenanceSpan | undefined {
    const known = this.#spans.get(window.id);
    if (known && known.askedAt <= now && known.span && now < known.span.to) return known.span;
    const span = spanSafely(window, now);
    this.#spans.set(window.id, { span, askedAt: now });
    return span;
  }
}

/** A window whose recurrence cannot be computed suppresses nothing: a false alarm is better than a missed outage. */
function spanSafely(window: MaintenanceWindow, now: number): MaintenanceSpan | undefined {
  try {
    return spanAt(window.time, now);
  } catch {
    return undefined;
  }
}
