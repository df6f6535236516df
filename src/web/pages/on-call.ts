import {
  changeText,
  onCallSpans,
  whoIsOnCall,
  type OnCallSchedule,
  type PlannedOverride,
} from '../../core/on-call.ts';
import { COVERAGE_DAYS, coverageWarnings, warningText } from '../../on-call/coverage.ts';
import { listed } from '../../core/wording.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import type { Reader } from '../reader.ts';
import { layout } from './layout.ts';
import { peopleList, whoAreYou } from './who-are-you.ts';
import { timeIn } from './zoned-time.ts';

const DAYS = 14;

/** Who is on call now and next, the coming two weeks, schedule problems, and an override in two taps. */
export function onCallPage(sources: WebSources, reader: Reader): string {
  const { planning, config } = sources;
  const now = sources.now();
  const schedules = [...planning.roster.schedules.values()];
  const planned = planning.roster.list(now);
  const name = nameOf(sources);
  const zoneOf = (schedule: string): string =>
    planning.roster.schedules.get(schedule)?.timeZone ?? config().timeZone;
  const body = html`<main>
    <h1>${say('on-call.title')}</h1>
    ${
      schedules.length === 0
        ? html`<p>${markup('on-call.no-schedule')}</p>`
        : schedules.map((schedule) => scheduleSection(schedule, sources, now))
    }
    ${
      planned.length === 0
        ? ''
        : html`<section>
            <h2>${say('on-call.overrides')}</h2>
            <ul class="plain">
              ${planned.map(
                (one) =>
                  html`<li>
                    <strong>${changeText(one.change, name)}</strong> <span class="soft">${one.schedule}</span>
                    <p>${spanLine(one, zoneOf(one.schedule), now)}</p>
                    ${
                      reader.mayAct &&
                      html`<form method="post" action="/oncall">
                        <button name="end" value="${one.id}">${say('on-call.cancel')}</button>
                      </form>`
                    }
                  </li>`,
              )}
            </ul>
          </section>`
    }
    ${schedules.length === 0 ? '' : overrideForm(schedules, [...config().people.values()], reader)}
  </main>`;
  return layout(`${say('on-call.title')} · Watchdesk`, body);
}

/** Converts the form to the API's body. */
export function overrideOf(given: Record<string, string>): Record<string, unknown> {
  const { schedule, who, what = 'with', for: forText, by } = given;
  return { schedule, for: forText, by, [what]: who };
}

function spanLine(override: PlannedOverride, zone: string, now: number): Html {
  const from = timeIn(zone, override.from, now);
  const to = timeIn(zone, override.to, now);
  const { by } = override;
  return by
    ? markup('on-call.override-span-by', { from, to, zone, by })
    : markup('on-call.override-span', { from, to, zone });
}

function scheduleSection(schedule: OnCallSchedule, sources: WebSources, now: number): Html {
  const name = nameOf(sources);
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  const until = (days: number) => Temporal.Instant.fromEpochMilliseconds(now + days * 86_400_000);
  const { timeZone } = schedule;
  const duty = whoIsOnCall(schedule, from);
  const spans = onCallSpans(schedule, from, until(DAYS));
  const [first, next] = spans;
  const warnings = coverageWarnings(schedule, from, until(COVERAGE_DAYS), sources.config());
  const others = duty.also.map(name);
  const people =
    others.length === 0
      ? name(duty.person)
      : say('on-call.with', {
          name: name(duty.person),
          others: listed(others),
        });
  return html`<section>
    <h2>${markup('on-call.schedule-heading', { schedule: schedule.name, zone: timeZone })}</h2>
    <p class="lead">
      ${
        next
          ? markup('on-call.until', {
              people,
              because: duty.because,
              until: timeIn(timeZone, first!.to.epochMilliseconds, now),
              next: name(next.person),
            })
          : markup('on-call.no-handoff', { people, because: duty.because, days: DAYS })
      }
    </p>
    ${
      warnings.length === 0
        ? ''
        : html`<ul class="plain warnings">
            ${warnings.map((warning) => html`<li class="bad">${warningText(warning, schedule, name)}</li>`)}
          </ul>`
    }
    <table class="duties">
      <caption class="sr">
        ${say('on-call.shifts', { days: DAYS })}
      </caption>
      <tbody>
        ${spans.map(
          (span) =>
            html`<tr>
              <td>${timeIn(timeZone, span.from.epochMilliseconds, now)}</td>
              <td>${[span.person, ...span.also].map(name).join(', ')}</td>
              <td class="soft">${span.because === 'layer' ? '' : say(`on-call.because-${span.because}`)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="soft">
      <a href="/oncall/schedules/${encodeURIComponent(schedule.name)}.ics"
        >${say('on-call.calendar', { schedule: schedule.name })}</a
      >
    </p>
  </section>`;
}

function overrideForm(
  schedules: readonly OnCallSchedule[],
  people: readonly { id: string; name: string }[],
  reader: Reader,
): Html {
  return html`<section>
    ${
      reader.mayAct &&
      html`<h2>${say('on-call.add-heading')}</h2>
        <form class="actions in-order" method="post" action="/oncall">
          <label
            >${say('on-call.schedule')}
            <select name="schedule">
              ${schedules.map(({ name }) => html`<option value="${name}">${name}</option>`)}
            </select></label
          >
          <label
            >${say('on-call.change')}
            <select name="what">
              <option value="with">${say('on-call.change-with')}</option>
              <option value="add">${say('on-call.change-add')}</option>
              <option value="remove">${say('on-call.change-remove')}</option>
            </select></label
          >
          <label
            >${say('on-call.who')}
            <select name="who">
              ${people.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
            </select></label
          >
          <label
            >${say('on-call.for')}
            <input name="for" required value="2h" pattern="[0-9]+(m|h|d)" title="${say('on-call.for-hint')}"
          /></label>
          ${whoAreYou(reader)} ${peopleList(people)}
          <button class="main">${say('on-call.add')}</button>
        </form>`
    }
    <p class="soft">
      ${say('on-call.feeds')}
      ${people.map(({ id, name }) => html` <a href="/oncall/people/${encodeURIComponent(id)}.ics">${name}</a>`)}
    </p>
  </section>`;
}

const nameOf =
  ({ config }: WebSources) =>
  (id: string): string =>
    config().people.get(id)?.name ?? id;
