import { changeText, onCallSpans, whoIsOnCall, type OnCallSchedule } from '../../core/on-call.ts';
import { COVERAGE_DAYS, coverageWarnings, warningText } from '../../on-call/coverage.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { forAgents, layout } from './layout.ts';
import { clock } from './parts.ts';
import { peopleList, whoAreYou } from './who-are-you.ts';

const DAYS = 14;

/** Who, until when? Now and next, two weeks, what is not in order, and an override in two taps. */
export function onCallPage(sources: WebSources): string {
  const { engine, config } = sources;
  const now = sources.now();
  const schedules = [...engine.roster.schedules.values()];
  const planned = engine.roster.list(now);
  const name = nameOf(sources);
  const body = html`<main>
    <h1>On call</h1>
    ${
      schedules.length === 0
        ? html`<p>No one is on call: the config has no schedule under <code>on_call</code>.</p>`
        : schedules.map((schedule) => scheduleSection(schedule, sources, now))
    }
    ${
      planned.length === 0
        ? ''
        : html`<section>
            <h2>Overrides</h2>
            <ul class="plain">
              ${planned.map(
                ({ id, schedule, from, to, change, by }) =>
                  html`<li>
                    <strong>${changeText(change, name)}</strong> <span class="soft">${schedule}</span>
                    <p>${clock(from)} to ${clock(to)}${by ? `, by ${by}` : ''}.</p>
                    ${forAgents(
                      html`<form method="post" action="/oncall">
                        <button name="end" value="${id}">Cancel</button>
                      </form>`,
                    )}
                  </li>`,
              )}
            </ul>
          </section>`
    }
    ${schedules.length === 0 ? '' : overrideForm(schedules, [...config().people.values()])}
  </main>`;
  return layout('On call · Watchdesk', body);
}

/** What the form says, as the API takes it. */
export function overrideOf(given: Record<string, string>): Record<string, unknown> {
  const { schedule, who, what = 'with', for: forText, by } = given;
  return { schedule, for: forText, by, [what]: who };
}

function scheduleSection(schedule: OnCallSchedule, sources: WebSources, now: number): Html {
  const name = nameOf(sources);
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  const until = (days: number) => Temporal.Instant.fromEpochMilliseconds(now + days * 86_400_000);
  const duty = whoIsOnCall(schedule, from);
  const spans = onCallSpans(schedule, from, until(DAYS));
  const [first, next] = spans;
  const warnings = coverageWarnings(schedule, from, until(COVERAGE_DAYS), sources.config());
  const also = duty.also.length > 0 ? `, with ${duty.also.map(name).join(' and ')}` : '';
  return html`<section>
    <h2>${schedule.name} <span class="soft">${schedule.timeZone}</span></h2>
    <p class="lead">
      <strong>${name(duty.person)}</strong>${also}${duty.because === 'layer' ? '' : ` (${duty.because})`}${
        next
          ? html`, until ${clock(first!.to.epochMilliseconds)}, then ${name(next.person)}.`
          : html`, no handoff in the next ${DAYS} days.`
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
        Shifts in the next ${DAYS} days
      </caption>
      <tbody>
        ${spans.map(
          (span) =>
            html`<tr>
              <td>${clock(span.from.epochMilliseconds)}</td>
              <td>${[span.person, ...span.also].map(name).join(', ')}</td>
              <td class="soft">${span.because === 'layer' ? '' : span.because}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="soft">
      <a href="/oncall/schedules/${encodeURIComponent(schedule.name)}.ics">Calendar for ${schedule.name}</a>
    </p>
  </section>`;
}

function overrideForm(
  schedules: readonly OnCallSchedule[],
  people: readonly { id: string; name: string }[],
): Html {
  return html`<section>
    ${forAgents(
      html`<h2>Override the schedule now</h2>
        <form class="actions in-order" method="post" action="/oncall">
          <label
            >Schedule
            <select name="schedule">
              ${schedules.map(({ name }) => html`<option value="${name}">${name}</option>`)}
            </select></label
          >
          <label
            >Change
            <select name="what">
              <option value="with">takes over</option>
              <option value="add">is also on call</option>
              <option value="remove">is unavailable</option>
            </select></label
          >
          <label
            >Who
            <select name="who">
              ${people.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
            </select></label
          >
          <label
            >For
            <input
              name="for"
              required
              value="2h"
              pattern="[0-9]+(m|h|d)"
              title="A number followed by m, h or d, such as 2h"
          /></label>
          ${whoAreYou()} ${peopleList(people)}
          <button class="main">Add override</button>
        </form>`,
    )}
    <p class="soft">
      Calendar feeds:
      ${people.map(({ id, name }) => html` <a href="/oncall/people/${encodeURIComponent(id)}.ics">${name}</a>`)}
    </p>
  </section>`;
}

const nameOf =
  ({ config }: WebSources) =>
  (id: string): string =>
    config().people.get(id)?.name ?? id;
