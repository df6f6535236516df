import { z } from 'zod';
import type { Config } from '../config/config.ts';
import {
  changeText,
  onCallSpans,
  whoIsOnCall,
  type OnCallSchedule,
  type PlannedOverride,
} from '../core/on-call.ts';
import { COVERAGE_DAYS, coverageWarnings, warningText } from '../on-call/coverage.ts';
import { endedAnswer, onCallAnswer, overrideAnswer } from './answers.ts';
import { apiRoute, CHANGES, READS, list, listing, pageOf, type ApiRoute } from './api-route.ts';
import { endOverride, overrideWish, planOverride } from './acts/override-acts.ts';

const onCallQuery = z.strictObject({
  ...listing,
  at: z.iso.datetime({ offset: true }).optional().describe('Time; now by default.'),
  days: z.coerce.number().min(0).max(366).default(14).describe('Days of shifts to list.'),
});
const overridesQuery = z.strictObject(listing);

/** API to read on-call schedules and plan overrides. */
export const ON_CALL_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/api/v1/oncall',
    may: READS,
    summary: 'Who is on call, the upcoming shifts, and coverage warnings for the next 90 days.',
    query: onCallQuery,
    good: list('A list of schedules.', onCallAnswer),
    async handle({ query }, { config, planning, now }) {
      const { at, days, limit, cursor } = query;
      const all = onCallItems(
        { ...config(), schedules: planning.roster.schedules },
        at === undefined ? now() : Date.parse(at),
        days,
      );
      return pageOf(all, { limit, cursor }, (item) => item);
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/oncall/overrides',
    may: READS,
    summary: 'Current and upcoming overrides, earliest first.',
    query: overridesQuery,
    good: list('A list of overrides.', overrideAnswer),
    async handle({ query }, { planning, now }) {
      const { limit, cursor } = query;
      const all = planning.roster.list(now());
      return pageOf(all, { limit, cursor }, overrideView);
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/api/v1/oncall/overrides',
    may: CHANGES,
    summary: 'Override a schedule for a while: `with` (in place of `replace`), `add` or `remove`.',
    body: overrideWish,
    good: { status: 201, description: 'The override.', answer: overrideAnswer },
    handle: async ({ body }, sources) => overrideView(await planOverride(body, sources)),
  }),
  apiRoute({
    method: 'DELETE',
    path: '/api/v1/oncall/overrides/{id}',
    may: CHANGES,
    summary: 'Cancel an override; overrides in the config are changed there.',
    good: { status: 200, description: 'Cancelled.', answer: endedAnswer },
    async handle({ params }, sources) {
      const id = params['id']!;
      await endOverride(id, sources);
      return { ended: id };
    },
  }),
];

export function overrideView(override: PlannedOverride) {
  const { id, schedule, from, to, change, by: who } = override;
  return {
    id,
    schedule,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    with: change.is === 'replace' ? change.with : null,
    replace: change.is === 'replace' ? (change.who ?? null) : null,
    add: change.is === 'add' ? change.who : null,
    remove: change.is === 'remove' ? change.who : null,
    text: changeText(change, (id) => id),
    by: who ?? null,
  };
}

type Known = Pick<Config, 'people' | 'channels' | 'escalation'> & {
  schedules: ReadonlyMap<string, OnCallSchedule>;
};

export function onCallItems(known: Known, at: number, days: number) {
  const from = Temporal.Instant.fromEpochMilliseconds(at);
  const after = (count: number) => Temporal.Instant.fromEpochMilliseconds(at + count * 86_400_000);
  const nameOf = (id: string) => known.people.get(id)?.name ?? id;
  return [...known.schedules.values()].map((schedule) => {
    const now = whoIsOnCall(schedule, from);
    const spans = days > 0 ? onCallSpans(schedule, from, after(days)) : [];
    const local = (moment: Temporal.Instant) =>
      moment.toZonedDateTimeISO(schedule.timeZone).toString({ timeZoneName: 'never' });
    return {
      schedule: schedule.name,
      timezone: schedule.timeZone,
      at: from.toString(),
      person: now.person,
      name: nameOf(now.person),
      because: now.because,
      also: now.also,
      until: spans.length > 1 ? spans[0]!.to.toString() : null,
      duties: spans.map((span) => ({
        person: span.person,
        name: nameOf(span.person),
        because: span.because,
        also: span.also,
        from: local(span.from),
        to: local(span.to),
      })),
      warnings: coverageWarnings(schedule, from, after(COVERAGE_DAYS), known).map((warning) => ({
        is: warning.is,
        person: warning.person ?? null,
        from: new Date(warning.from).toISOString(),
        to: new Date(warning.to).toISOString(),
        more: warning.more,
        text: warningText(warning, schedule, nameOf),
      })),
    };
  });
}
