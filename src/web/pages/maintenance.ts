import { scopeText, type MaintenanceWindow } from '../../core/maintenance.ts';
import type { PlannedWindow } from '../../maintenance/maintenance-plan.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import type { Reader } from '../reader.ts';
import { layout } from './layout.ts';
import { maintenanceMark } from './parts.ts';
import { peopleList, whoAreYou } from './who-are-you.ts';
import { timeIn } from './zoned-time.ts';

/** Longer suggestion lists help nobody, and make the page heavy. */
const OFFERED = 200;

/** A rejected form, with its values. */
export interface RefusedForm {
  given: Readonly<Record<string, string>>;
  problems: readonly string[];
}

/** Planned maintenance windows, and a form to plan another one. */
export function maintenancePage(sources: WebSources, reader: Reader, refused?: RefusedForm): string {
  const { planning, config } = sources;
  const now = sources.now();
  const planned = planning.windows.list(now);
  const { targets, people, timeZone } = config();
  const customers = [...new Set(targets.flatMap(({ customer }) => customer?.name ?? []))];
  const body = html`<main>
    <h1>${say('maintenance.title')}</h1>
    <p class="soft">${say('maintenance.lead')}</p>
    ${
      planned.length === 0
        ? html`<p>${say('maintenance.none')}</p>`
        : html`<p class="soft">${say('maintenance.zone', { zone: timeZone })}</p>
            <ul class="plain">
              ${planned.map((one) => item(one, { isConfigured: planning.windows.isConfigured(one.window.id), timeZone, now, reader }))}
            </ul>`
    }
    ${
      reader.mayAct &&
      html`<h2>${say('maintenance.plan-heading')}</h2>
        ${
          refused
            ? html`<ul class="warning" role="alert">
                ${refused.problems.map((problem) => html`<li>${problem}</li>`)}
              </ul>`
            : ''
        }
        <form class="form" method="post" action="/maintenance">
          ${fields(refused ? formValues(refused.given) : { ...NO_VALUES }, timeZone, false)}
          <label
            >${say('maintenance.duration')}
            <input
              name="for"
              value="${refused?.given['for'] ?? '1h'}"
              pattern="[0-9]+(m|h|d)"
              aria-describedby="for-hint"
            />
            <span class="hint" id="for-hint">${say('maintenance.duration-hint')}</span></label
          >
          ${whoAreYou(reader, refused?.given['by'])}
          <button class="main">${say('maintenance.plan')}</button>
        </form>
        <datalist id="targets">
          ${targets.slice(0, OFFERED).map(({ name }) => html`<option value="${name}"></option>`)}
        </datalist>
        <datalist id="customers">
          ${customers.slice(0, OFFERED).map((name) => html`<option value="${name}"></option>`)}
        </datalist>
        ${peopleList(people.values())}`
    }
  </main>`;
  return layout(`${say('maintenance.title')} · Watchdesk`, body);
}

/** `2026-12-01T02:00`, the format of a browser's date-time field. */
const localTime = (ms: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString()
    .slice(0, 16);

interface FieldValues {
  name: string;
  targets: string;
  customers: string;
  tags: string;
  from: string;
}

const NO_VALUES: FieldValues = { name: '', targets: '', customers: '', tags: '', from: '' };

const formValues = ({
  name = '',
  targets = '',
  customers = '',
  tags = '',
  from = '',
}: RefusedForm['given']) => ({
  name,
  targets,
  customers,
  tags,
  from,
});

function windowValues({ name, scope, time }: MaintenanceWindow, timeZone: string): FieldValues {
  const { targets = [], customers = [], tags = [] } = scope;
  return {
    name,
    targets: targets.join(', '),
    customers: customers.join(', '),
    tags: tags.join(', '),
    from: time.is === 'once' ? localTime(time.from, timeZone) : '',
  };
}

function fields(values: FieldValues, timeZone: string, isChange: boolean): Html {
  const { name, targets, customers, tags, from } = values;
  return html`<label
      >${say('maintenance.description')} <input name="name" required maxlength="120" value="${name}"
    /></label>
    <label
      >${say('maintenance.targets')}
      <input
        name="targets"
        list="targets"
        placeholder="${say('maintenance.comma-separated')}"
        value="${targets}"
    /></label>
    <label
      >${say('maintenance.customers')}
      <input
        name="customers"
        list="customers"
        placeholder="${say('maintenance.comma-separated')}"
        value="${customers}"
    /></label>
    <label
      >${say('maintenance.tags')}
      <input name="tags" placeholder="${say('maintenance.comma-separated')}" value="${tags}"
    /></label>
    <label
      >${say('maintenance.starts')}
      <input type="datetime-local" name="from" value="${from}" ${isChange ? html`required` : ''} />
      <span class="hint"
        >${say(isChange ? 'maintenance.times-hint' : 'maintenance.starts-hint', { zone: timeZone })}</span
      ></label
    >`;
}

const listed = (text: string | undefined): string[] | undefined => {
  const parts = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 0 ? parts : undefined;
};

/** Converts the form to the API's body. */
export function maintenanceForm(given: Readonly<Record<string, string>>): Record<string, unknown> {
  const { targets, customers, tags, all, from, to, for: lasts, ...rest } = given;
  return {
    ...rest,
    targets: listed(targets),
    customers: listed(customers),
    tags: listed(tags),
    ...(all && { all: true }),
    ...(from && { from }),
    ...(to && { to }),
    ...(lasts && { for: lasts }),
  };
}

interface Shown {
  reader: Reader;
  isConfigured: boolean;
  /** Time zone in which its times are shown and entered. */
  timeZone: string;
  now: number;
}

function item({ window, span, isOpen }: PlannedWindow, { isConfigured, timeZone, now, reader }: Shown): Html {
  const { id, name, scope, time, by } = window;
  return html`<li>
    ${maintenanceMark()} <strong>${name}</strong> <span class="soft">${scopeText(scope)}</span>
    <p>
      ${markup(isOpen ? 'maintenance.in-progress' : 'maintenance.planned', { from: timeIn(timeZone, span.from, now), to: timeIn(timeZone, span.to, now) })}
      ${time.is === 'recurring' ? markup('maintenance.recurs', { cron: time.cron, zone: time.timeZone }) : ''}
      ${by ? say('maintenance.planned-by', { by }) : ''}
    </p>
    ${
      isConfigured
        ? html`<p class="soft">${say('maintenance.in-config')}</p>`
        : reader.mayAct &&
          html`<form method="post" action="/maintenance">
              <button name="end" value="${id}">
                ${say(isOpen ? 'maintenance.end-now' : 'maintenance.cancel')}
              </button>
            </form>
            ${time.is === 'once' ? changeForm(window, time.to, timeZone, reader) : ''}`
    }
  </li>`;
}

function changeForm(window: MaintenanceWindow, until: number, timeZone: string, reader: Reader): Html {
  return html`<details>
    <summary class="tap">${say('maintenance.edit')}</summary>
    <form class="form" method="post" action="/maintenance">
      <input type="hidden" name="change" value="${window.id}" />
      ${window.scope.all ? html`<input type="hidden" name="all" value="yes" />` : ''}
      ${fields(windowValues(window, timeZone), timeZone, true)}
      <label
        >${say('maintenance.ends')}
        <input type="datetime-local" name="to" required value="${localTime(until, timeZone)}"
      /></label>
      ${whoAreYou(reader, window.by)}
      <button class="main">${say('maintenance.save')}</button>
    </form>
  </details>`;
}
