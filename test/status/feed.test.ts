import { expect, test } from 'vitest';
import { statusFeed, statusJson } from '../../src/web/status-feeds.ts';

const facts = {
  settings: {
    title: 'R&D <Example>',
    url: 'https://status.example/status',
    components: [],
    priorities: ['urgent' as const],
    takesReports: true,
  },
  view: {
    components: [],
    current: [],
    past: [
      {
        id: 'K7Q2',
        components: ['Shop <b> & "more"'],
        startedAt: Date.UTC(2026, 10, 1, 10),
        isPaged: true,
        resolvedAt: Date.UTC(2026, 10, 1, 11),
      },
    ],
    planned: [],
  },
  now: Date.UTC(2026, 10, 2),
  timeZone: 'UTC',
};

test('names that look like markup stay names in the feed', () => {
  const feed = statusFeed(facts);
  expect(feed).toContain('<title>R&amp;D &lt;Example&gt;</title>');
  expect(feed).toContain('<title>Resolved: Shop &lt;b&gt; &amp; "more" outage</title>');
  expect(feed).toContain(
    '<guid isPermaLink="false">K7Q2-over</guid><pubDate>Sun, 01 Nov 2026 11:00:00 GMT</pubDate>',
  );
  expect(feed).not.toContain('<b>');
  expect(statusJson(facts)).toMatchObject({
    title: 'R&D <Example>',
    past: [{ started_at: '2026-11-01T10:00:00.000Z', resolved_at: '2026-11-01T11:00:00.000Z' }],
  });
});
