import ical from 'ical-generator';
import { onCallSpans, type OnCallSchedule } from '../core/on-call.ts';

/** How far back and ahead a feed shows duties. */
const BACK_DAYS = 14;
const AHEAD_DAYS = 180;

export interface FeedOrder {
  schedules: readonly OnCallSchedule[];
  /** Only this person's duties. */
  person?: string;
  nameOf(id: string): string;
  now: number;
  publicUrl: string;
}

/** Duties as a calendar feed: https://www.rfc-editor.org/rfc/rfc5545 */
export function onCallFeed({ schedules, person, nameOf, now, publicUrl }: FeedOrder): string {
  const title =
    person === undefined
      ? `On call: ${schedules.map(({ name }) => name).join(', ')}`
      : `On call: ${nameOf(person)}`;
  const feed = ical({ name: title, prodId: '//Watchdesk//On call//EN', ttl: 3_600, url: publicUrl });
  // Rounded to the day, so that repeated requests return the same feed.
  const today = Math.floor(now / 86_400_000) * 86_400_000;
  const moment = (days: number) => Temporal.Instant.fromEpochMilliseconds(today + days * 86_400_000);
  for (const schedule of schedules) {
    for (const { who, from, to } of dutiesOf(schedule, moment(-BACK_DAYS), moment(AHEAD_DAYS))) {
      if (person !== undefined && who !== person) continue;
      feed.createEvent({
        id: `${schedule.name}-${who}-${from.epochMilliseconds}@watchdesk`,
        start: new Date(from.epochMilliseconds),
        end: new Date(to.epochMilliseconds),
        stamp: new Date(today),
        summary: person === undefined ? `${nameOf(who)} on call` : `On call: ${schedule.name}`,
        description: `${schedule.name}, ${schedule.timeZone}`,
      });
    }
  }
  return feed.toString();
}

interface Duty {
  who: string;
  from: Temporal.Instant;
  to: Temporal.Instant;
}

/** One duty per uninterrupted time on call, whatever changes for others. */
function dutiesOf(schedule: OnCallSchedule, from: Temporal.Instant, to: Temporal.Instant): Duty[] {
  const duties: Duty[] = [];
  for (const span of onCallSpans(schedule, from, to)) {
    for (const who of [span.person, ...span.also]) {
      const running = duties.find((duty) => duty.who === who && duty.to.equals(span.from));
      if (running) running.to = span.to;
      else duties.push({ who, from: span.from, to: span.to });
    }
  }
  return duties;
}
