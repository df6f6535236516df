import { formatDuration } from '../core/duration.ts';
import { listed, plural } from '../core/wording.ts';
import type { PublicIncident, StatusView } from './status-view.ts';

/** One sentence for the whole. */
export function overallText({ components, current, planned }: StatusView): string {
  const down = components.filter(({ state }) => state === 'outage').map(({ name }) => name);
  if (down.length > 0)
    return `${down.length > 3 ? plural(down.length, 'service') : listed(down)} ${down.length === 1 ? 'does' : 'do'} not work as usual.`;
  if (current.length > 0) return 'Something does not work as usual.';
  const open = planned.filter(({ isOpen }) => isOpen);
  if (open.length > 0) return 'Everything works; planned work is going on.';
  return 'Everything works.';
}

/** `Shop does not work as usual` */
export const incidentTitle = ({ components, resolvedAt }: PublicIncident): string =>
  resolvedAt === undefined
    ? `${listed([...components])} ${components.length === 1 ? 'does' : 'do'} not work as usual`
    : `${listed([...components])} did not work as usual`;

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
        ? 'We have noticed it ourselves, and the people on duty have been called.'
        : 'We have noticed it ourselves.',
    },
  ];
  if (workedAt !== undefined) {
    const until = expectedAt === undefined ? '' : ` We expect it to be over by ${timeText(expectedAt)}.`;
    updates.push({ at: workedAt, text: `An engineer is working on it.${until}` });
  }
  if (resolvedAt !== undefined)
    updates.push({
      at: resolvedAt,
      text: `It is over. It lasted ${formatDuration(resolvedAt - startedAt)}.`,
    });
  return updates.reverse();
}
