import { formatDuration } from '../core/duration.ts';
import { listed, plural } from '../core/wording.ts';
import type { PublicIncident, StatusView } from './status-view.ts';

/** One sentence for the whole. */
export function overallText({ components, current, planned }: StatusView): string {
  const down = components.filter(({ state }) => state === 'outage').map(({ name }) => name);
  if (down.length > 0) return `Outage: ${down.length > 3 ? plural(down.length, 'service') : listed(down)}.`;
  if (current.length > 0) return 'We are working on an incident.';
  const open = planned.filter(({ isOpen }) => isOpen);
  if (open.length > 0) return 'All services are operational; maintenance is in progress.';
  return 'All services are operational.';
}

/** `Shop outage` */
export const incidentTitle = ({ components }: PublicIncident): string => `${listed([...components])} outage`;

export interface PublicUpdate {
  at: number;
  text: string;
}

/** What has happened, the newest first, in words for people who do not run it. */
export function updatesOf(incident: PublicIncident, timeText: (at: number) => string): PublicUpdate[] {
  const { startedAt, workedAt, expectedAt, resolvedAt, isPaged } = incident;
  const updates: PublicUpdate[] = [
    {
      at: startedAt,
      text: isPaged
        ? 'Our monitoring detected the outage. Our on-call engineer has been paged.'
        : 'Our monitoring detected the outage.',
    },
  ];
  if (workedAt !== undefined) {
    const until = expectedAt === undefined ? '' : ` Estimated fix by ${timeText(expectedAt)}.`;
    updates.push({ at: workedAt, text: `An engineer is working on it.${until}` });
  }
  if (resolvedAt !== undefined)
    updates.push({
      at: resolvedAt,
      text: `Resolved. The outage lasted ${formatDuration(resolvedAt - startedAt)}.`,
    });
  return updates.reverse();
}
