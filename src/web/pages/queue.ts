import { isOver, stateName, type DeskStateName, type DeskTicket } from '../../core/desk/desk-ticket.ts';
import { inWorkingOrder } from '../../core/desk/working-order.ts';
import { formatDuration } from '../../core/duration.ts';
import { nextDeadline } from '../../core/service/service-ticket.ts';
import { PRIORITIES } from '../../core/target.ts';
import type { ClockName } from '../../core/service/promise.ts';
import { recordTitle } from '../../core/incident.ts';
import type { TicketRecord } from '../../store/store.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago } from './parts.ts';

export const QUEUE_VIEWS = ['open', 'mine', 'unassigned', 'waiting', 'all'] as const;
export type QueueView = (typeof QUEUE_VIEWS)[number];

export const OPEN_STATES: readonly DeskStateName[] = [
  'new',
  'open',
  'in-progress',
  'waiting-customer',
  'waiting-third-party',
];

const VIEW_NAMES: Record<QueueView, string> = {
  open: 'Open',
  mine: 'Mine',
  unassigned: 'Unassigned',
  waiting: 'Waiting',
  all: 'All',
};

export const CLOCK_NOUNS: Record<ClockName, string> = {
  acknowledge: 'Acknowledgement',
  respond: 'First response',
  update: 'Customer update',
  resolve: 'Resolution',
};

export interface Queue {
  tickets: readonly DeskTicket[];
  hasMore: boolean;
  /** Tickets that we have opened in other helpdesks. */
  elsewhere: readonly TicketRecord[];
  view: QueueView;
  text: string;
  me: string | undefined;
  mayAct: boolean;
}

interface Row {
  ticket: DeskTicket;
  due?: { clock: ClockName; at: number };
}

/** What is to be done next: by priority, then by time left. */
export function queuePage(
  { tickets, hasMore, elsewhere, view, text, me, mayAct }: Queue,
  sources: WebSources,
): string {
  const rows = inWorkingOrder(tickets.map((ticket) => rowOf(ticket, sources)));
  const body = html`<main id="wall">
    <h1>Tickets</h1>
    <nav class="chips" aria-label="Filter tickets">
      ${QUEUE_VIEWS.filter((one) => one !== 'mine' || me !== undefined).map(
        (one) =>
          html`<a class="chip" href="/tickets?view=${one}" ${one === view ? html`aria-current="page"` : ''}
            >${VIEW_NAMES[one]}</a
          > `,
      )}
    </nav>
    <form class="search" method="get" action="/tickets" role="search">
      <input type="hidden" name="view" value="${view}" />
      <label
        ><span class="sr">Search</span
        ><input type="search" name="q" id="search" value="${text}" placeholder="Search" maxlength="100"
      /></label>
      <button>Search</button>
    </form>
    ${
      rows.length === 0 && elsewhere.length > 0
        ? ''
        : rows.length === 0
          ? html`<p class="calm">
              ${view === 'open' && text === '' ? 'No open tickets.' : 'No matching tickets.'}
            </p>`
          : html`<ul class="rows tickets">
              ${rows.map((row) => item(row, sources))}
            </ul>`
    }
    ${hasMore ? html`<p class="soft">Older tickets are not listed. Use search to find them.</p>` : ''}
    ${
      elsewhere.length > 0
        ? html`<h2>In other helpdesks</h2>
            <ul class="rows tickets">
              ${elsewhere.slice(0, 100).map((ticket) => itemElsewhere(ticket, sources))}
            </ul>`
        : ''
    }
    ${
      mayAct
        ? html`<details>
            <summary class="tap">New ticket</summary>
            ${newForm(sources)}
          </details>`
        : ''
    }
  </main>`;
  return layout('Tickets · Watchdesk', body, { live: true });
}

function rowOf(ticket: DeskTicket, { office, now }: WebSources): Row {
  const service = isOver(ticket) ? undefined : office.promisedFor(ticket);
  const next = service && nextDeadline(service, now(), office.service.policy.hoursOf);
  return { ticket, ...(next && { due: { clock: next.clock.clock, at: next.at } }) };
}

function item({ ticket, due }: Row, sources: WebSources): Html {
  const { number, subject, customer, requester, assignee, priority, updatedAt } = ticket;
  const who = [customer, requester?.name].filter(Boolean).join(', ');
  return html`<li>
    <a href="/tickets/${number}"
      ><span class="tag ${priority}">${priority}</span> <strong>${number}</strong> ${subject}</a
    >
    <p class="soft">
      ${who ? `${who} · ` : ''}${stateLabel(ticket, sources)} ·
      ${assignee === undefined ? 'unassigned' : nameOf(assignee, sources)} · ${ago(updatedAt, sources.now())}
    </p>
    ${due ? dueLine(due.clock, due.at, sources.now()) : ''}
  </li>`;
}

function itemElsewhere(ticket: TicketRecord, { now }: WebSources): Html {
  const { url, incident, priority, status, subject, createdAt } = ticket;
  const title = recordTitle(ticket);
  const isLink = /^https?:\/\//.test(url);
  return html`<li>
    <a href="${isLink ? url : `/incidents/${incident}`}" ${isLink ? html`rel="noopener noreferrer"` : ''}
      ><span class="tag ${priority}">${priority}</span> <strong>${title}</strong> ${subject}</a
    >
    <p class="soft">
      ${status} · opened ${ago(createdAt, now())} · <a href="/incidents/${incident}">incident</a>
    </p>
  </li>`;
}

/** `Answer due in 2 h 5 min`, or how long it has been overdue. */
export function dueLine(clock: ClockName, at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  const isLate = at <= now;
  const words = isLate ? `overdue by ${formatDuration(now - at)}` : `due in ${formatDuration(at - now)}`;
  return html`<p class="${isLate ? 'late' : ''}">
    ${isLate ? html`<span class="mark down" aria-hidden="true">■</span> ` : ''}${CLOCK_NOUNS[clock]}
    <time datetime="${iso}" title="${iso}">${words}</time>
  </p>`;
}

export const nameOf = (person: string, { config }: WebSources): string =>
  config().people.get(person)?.name ?? person;

/** As the config calls it. */
export function stateLabel({ state }: DeskTicket, { config }: WebSources): string {
  const name = stateName(state);
  return (
    config().deskSettings.rules.names[name] ??
    name.replaceAll('-', ' ').replace('waiting ', 'waiting on ').replace('third party', 'a third party')
  );
}

function newForm({ config }: WebSources): Html {
  const { customers, deskSettings } = config();
  return html`<form class="form" method="post" action="/tickets">
    <label>Subject <input name="subject" required maxlength="200" /></label>
    <label>Description <textarea name="body" maxlength="60000"></textarea></label>
    <label
      >Priority
      <select name="priority">
        ${PRIORITIES.map((one) => html`<option ${one === 'medium' ? html`selected` : ''}>${one}</option>`)}
      </select></label
    >
    <label
      >Type
      <select name="type">
        ${deskSettings.rules.types.map((one) => html`<option>${one}</option>`)}
      </select></label
    >
    <label>Customer <input name="customer" list="customers" maxlength="120" /></label>
    <label>Requester name <input name="name" maxlength="80" /></label>
    <label>Requester email <input type="email" name="email" maxlength="254" /></label>
    <datalist id="customers">
      ${[...customers.keys()].slice(0, 200).map((name) => html`<option value="${name}"></option>`)}
    </datalist>
    <button class="main">Create ticket</button>
  </form>`;
}
