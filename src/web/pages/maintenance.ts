import { scopeText, type MaintenanceWindow } from '../../core/maintenance.ts';
import type { PlannedWindow } from '../../maintenance/maintenance-plan.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { forAgents, layout } from './layout.ts';
import { clock, maintenanceMark } from './parts.ts';
import { peopleList, whoAreYou } from './who-are-you.ts';

/** Longer lists of names help nobody, and make the page heavy. */
const OFFERED = 200;

/** A form that was not taken, as it was filled in. */
export interface RefusedForm {
  given: Readonly<Record<string, string>>;
  problems: readonly string[];
}

/** What is planned, and planning more. */
export function maintenancePage(sources: WebSources, refused?: RefusedForm): string {
  const { engine, config } = sources;
  const planned = engine.plan.list(sources.now());
  const { targets, people, timeZone } = config();
  const customers = [...new Set(targets.flatMap(({ customer }) => customer?.name ?? []))];
  const body = html`<main>
    <h1>Maintenance</h1>
    <p class="soft">
      Probes keep running, but no incidents are opened. A target that is still down when the window ends opens
      an incident immediately.
    </p>
    ${
      planned.length === 0
        ? html`<p>No maintenance planned.</p>`
        : html`<ul class="plain">
            ${planned.map((one) => item(one, engine.plan.isConfigured(one.window.id), timeZone))}
          </ul>`
    }
    ${forAgents(
      html`<h2>Plan a maintenance window</h2>
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
            >Duration
            <input
              name="for"
              value="${refused?.given['for'] ?? '1h'}"
              pattern="[0-9]+(m|h|d)"
              aria-describedby="for-hint"
            />
            <span class="hint" id="for-hint">30m, 2h or 1d, from the start time or from now.</span></label
          >
          ${whoAreYou(refused?.given['by'])}
          <button class="main">Plan</button>
        </form>
        <datalist id="targets">
          ${targets.slice(0, OFFERED).map(({ name }) => html`<option value="${name}"></option>`)}
        </datalist>
        <datalist id="customers">
          ${customers.slice(0, OFFERED).map((name) => html`<option value="${name}"></option>`)}
        </datalist>
        ${peopleList(people.values())}`,
    )}
  </main>`;
  return layout('Maintenance · Watchdesk', body);
}

/** `2026-12-01T02:00`, as a browser's field for times wants it. */
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
  return html`<label>Description <input name="name" required maxlength="120" value="${name}" /></label>
    <label
      >Targets <input name="targets" list="targets" placeholder="comma-separated" value="${targets}"
    /></label>
    <label
      >Customers <input name="customers" list="customers" placeholder="comma-separated" value="${customers}"
    /></label>
    <label>Tags <input name="tags" placeholder="comma-separated" value="${tags}" /></label>
    <label
      >Starts <input type="datetime-local" name="from" value="${from}" ${isChange ? html`required` : ''} />
      <span class="hint">Times in ${timeZone}${isChange ? '' : '; leave empty to start now'}.</span></label
    >`;
}

const listed = (text: string | undefined): string[] | undefined => {
  const parts = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 0 ? parts : undefined;
};

/** What a form says, as the API takes it. */
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

function item({ window, span, isOpen }: PlannedWindow, isConfigured: boolean, timeZone: string): Html {
  const { id, name, scope, time, by } = window;
  const when = time.is === 'recurring' ? ` (${time.cron}, ${time.timeZone})` : '';
  return html`<li>
    ${maintenanceMark()} <strong>${name}</strong> <span class="soft">${scopeText(scope)}</span>
    <p>
      ${isOpen ? 'In progress' : 'Planned'} from ${clock(span.from)} to
      ${clock(span.to)}${when}${by ? `, by ${by}` : ''}.
    </p>
    ${
      isConfigured
        ? html`<p class="soft">Defined in the config.</p>`
        : forAgents(
            html`<form method="post" action="/maintenance">
                <button name="end" value="${id}">${isOpen ? 'End now' : 'Cancel'}</button>
              </form>
              ${time.is === 'once' ? changeForm(window, time.to, timeZone) : ''}`,
          )
    }
  </li>`;
}

function changeForm(window: MaintenanceWindow, until: number, timeZone: string): Html {
  return html`<details>
    <summary class="tap">Edit</summary>
    <form class="form" method="post" action="/maintenance">
      <input type="hidden" name="change" value="${window.id}" />
      ${window.scope.all ? html`<input type="hidden" name="all" value="yes" />` : ''}
      ${fields(windowValues(window, timeZone), timeZone, true)}
      <label
        >Ends <input type="datetime-local" name="to" required value="${localTime(until, timeZone)}"
      /></label>
      ${whoAreYou(window.by)}
      <button class="main">Save</button>
    </form>
  </details>`;
}
