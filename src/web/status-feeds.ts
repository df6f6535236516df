import { uptimeOf } from '../core/history.ts';
import { incidentTitle, overallText, publicTime, updatesOf, updateText } from '../status/public-words.ts';
import type { PublicIncident } from '../status/status-view.ts';
import { say } from '../text/say.ts';
import type { StatusFacts } from './pages/status.ts';

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

/** JSON for programs; times are RFC 3339. */
export function statusJson({ settings, view }: StatusFacts) {
  const incident = (one: PublicIncident) => ({
    id: one.id,
    title: incidentTitle(one),
    components: one.components,
    started_at: iso(one.startedAt),
    worked_at: iso(one.workedAt),
    expected_at: iso(one.expectedAt),
    resolved_at: iso(one.resolvedAt),
  });
  return {
    title: settings.title,
    url: settings.url,
    text: overallText(view),
    components: view.components.map(({ name, state, days }) => ({
      name,
      state,
      uptime_90d: uptimeOf(days) ?? null,
      measured_seconds: days.reduce((sum, { knownMs }) => sum + knownMs, 0) / 1_000,
    })),
    incidents: view.current.map(incident),
    past: view.past.map(incident),
    planned: view.planned.map(({ id, components, from, to, isOpen }) => ({
      id,
      components,
      from: iso(from),
      to: iso(to),
      open: isOpen,
    })),
  };
}

const xml = (text: string): string =>
  text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;' })[character] ?? '&gt;');
const element = (name: string, text: string): string => `<${name}>${xml(text)}</${name}>`;

/** RSS 2.0: https://www.rssboard.org/rss-specification */
export function statusFeed({ settings, view, timeZone }: StatusFacts): string {
  const { title, url } = settings;
  const items = [...view.current, ...view.past].slice(0, 50).map((one) => {
    const updates = updatesOf(one);
    const timeText = (at: number) => publicTime(at, timeZone);
    const incident = incidentTitle(one);
    const stage = one.resolvedAt !== undefined ? 'over' : one.workedAt !== undefined ? 'worked' : 'begun';
    return [
      '<item>',
      element('title', stage === 'over' ? say('status.resolved-incident', { incident }) : incident),
      element('link', url),
      `<guid isPermaLink="false">${one.id}-${stage}</guid>`,
      element('pubDate', new Date(updates[0]!.at).toUTCString()),
      element(
        'description',
        updates
          .map((update) =>
            say('status.update', { at: timeText(update.at), text: updateText(update, timeText) }),
          )
          .join('\n'),
      ),
      '</item>',
    ].join('');
  });
  const head = [element('title', title), element('link', url), element('description', overallText(view))];
  return `<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>${[...head, ...items].join('')}</channel></rss>\n`;
}
