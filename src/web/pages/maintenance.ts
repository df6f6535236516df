import { scopeText } from '../../core/maintenance.ts';
import type { PlannedWindow } from '../../maintenance/maintenance-plan.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { clock, maintenanceMark } from './parts.ts';

/** What is planned, and planning more. */
export function maintenancePage(sources: WebSources): string {
  const { engine, config } = sources;
  const planned = engine.plan.list(sources.now());
  const { targets, people } = config();
  const customers = [...new Set(targets.flatMap(({ customer }) => customer?.name ?? []))];
  const body = html`<main>
    <h1>Maintenance</h1>
    <p class="soft">Probes go on, nothing is opened. What is still down at the end opens at once.</p>
    ${
      planned.length === 0
        ? html`<p>Nothing is planned.</p>`
        : html`<ul class="plain">
            ${planned.map((one) => item(one, engine.plan.isConfigured(one.window.id)))}
          </ul>`
    }
    <h2>Plan a window from now on</h2>
    <form class="actions in-order" method="post" action="/maintenance">
      <label>What is done <input name="name" required maxlength="120" /></label>
      <label>Targets <input name="targets" list="targets" placeholder="comma-separated" /></label>
      <datalist id="targets">
        ${targets.slice(0, 200).map(({ name }) => html`<option value="${name}"></option>`)}
      </datalist>
      <label>Or customers <input name="customers" list="customers" placeholder="comma-separated" /></label>
      <datalist id="customers">
        ${customers.slice(0, 200).map((name) => html`<option value="${name}"></option>`)}
      </datalist>
      <label>For <input name="for" required value="1h" pattern="[0-9]+(m|h|d)" /></label>
      <label
        >Who are you? <input name="by" list="people" required maxlength="80" autocomplete="name"
      /></label>
      <datalist id="people">
        ${[...people.values()].map((person) => html`<option value="${person.id}">${person.name}</option>`)}
      </datalist>
      <button class="main">Plan</button>
    </form>
  </main>`;
  return layout('Maintenance · Watchdesk', body);
}

/** What the form says, as the API takes it. */
export function maintenanceForm(given: Record<string, string>): Record<string, unknown> {
  const { targets, customers, ...rest } = given;
  const listed = (text: string | undefined) =>
    text
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const some = (items: string[] | undefined) => (items && items.length > 0 ? items : undefined);
  return { ...rest, targets: some(listed(targets)), customers: some(listed(customers)) };
}

function item({ window, span, isOpen }: PlannedWindow, isConfigured: boolean): Html {
  const { id, name, scope, time, by } = window;
  const when = time.is === 'recurring' ? ` (${time.cron}, ${time.timeZone})` : '';
  return html`<li>
    ${maintenanceMark()} <strong>${name}</strong> <span class="soft">${scopeText(scope)}</span>
    <p>
      ${isOpen ? 'Open' : 'Planned'} from ${clock(span.from)} to
      ${clock(span.to)}${when}${by ? `, by ${by}` : ''}.
    </p>
    ${
      isConfigured
        ? html`<p class="soft">Stands in the config.</p>`
        : html`<form method="post" action="/maintenance">
            <button name="end" value="${id}">End now</button>
          </form>`
    }
  </li>`;
}
