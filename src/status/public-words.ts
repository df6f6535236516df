import { formatDuration } from '../core/duration.ts';
import { listed } from '../core/wording.ts';
import { dateFormat } from '../text/formats.ts';
import { say } from '../text/say.ts';
import type { PublicIncident, StatusView } from './status-view.ts';

/** Most service names listed in one sentence; beyond that they are counted. */
const MOST_NAMED = 3;

/** One sentence for the overall status. */
export function overallText({ components, current, planned }: StatusView): string {
  const down = components.filter(({ state }) => state === 'outage').map(({ name }) => name);
  if (down.length > MOST_NAMED) return say('status.outage-of-many', { count: down.length });
  if (down.length > 0) return say('status.outage-of', { services: listed(down) });
  if (current.length > 0) return say('status.working-on-incident');
  return planned.some(({ isOpen }) => isOpen)
    ? say('status.all-operational-in-maintenance')
    : say('status.all-operational');
}

/** `Shop outage` */
export const incidentTitle = ({ components }: PublicIncident): string =>
  say('status.incident-title', { services: listed(components) });

/** An incident update for the public. */
export type PublicUpdate =
  | { is: 'detected'; at: number; isPaged: boolean }
  | { is: 'worked'; at: number }
  | { is: 'estimated'; at: number; expectedAt: number }
  | { is: 'resolved'; at: number; lastedMs: number };

/** Newest first. */
export function updatesOf({
  startedAt,
  workedAt,
  expectedAt,
  resolvedAt,
  isPaged,
}: PublicIncident): PublicUpdate[] {
  const updates: PublicUpdate[] = [{ is: 'detected', at: startedAt, isPaged }];
  if (workedAt !== undefined)
    updates.push(
      expectedAt === undefined
        ? { is: 'worked', at: workedAt }
        : { is: 'estimated', at: workedAt, expectedAt },
    );
  if (resolvedAt !== undefined)
    updates.push({ is: 'resolved', at: resolvedAt, lastedMs: resolvedAt - startedAt });
  return updates.reverse();
}

/** Worded for people who do not run the service. */
export const updateText = (update: PublicUpdate, timeText: (at: number) => string): string =>
  update.is === 'estimated'
    ? say('status.worked-on-until', { at: timeText(update.expectedAt) })
    : timelessText(update);

/** The text of an update that mentions no time. */
export function timelessText(update: Exclude<PublicUpdate, { is: 'estimated' }>): string {
  switch (update.is) {
    case 'detected':
      return say(update.isPaged ? 'status.detected-and-paged' : 'status.detected');
    case 'worked':
      return say('status.worked-on');
    case 'resolved':
      return say('status.resolved', { duration: formatDuration(update.lastedMs) });
  }
}

/** `Nov 22, 2026, 03:12 EST`: for readers in unknown time zones, who may read it at any later time. */
export const publicTime = (at: number, timeZone: string): string =>
  dateFormat({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  }).format(at);
