import { isOver, stateName, type DeskStateName, type DeskTicket } from '../../core/desk/desk-ticket.ts';
import { inWorkingOrder } from '../../core/desk/working-order.ts';
import { formatDuration } from '../../core/duration.ts';
import { nextDeadline } from '../../core/service/service-ticket.ts';
import { PRIORITIES } from '../../core/target.ts';
import type { ClockName } from '../../core/service/promise.ts';
import { recordTitle } from '../../core/incident.ts';
import { say } from '../../text/say.ts';
import type { TicketRecord } from '../../store/store.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
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

export interface Queue {
  tickets: readonly DeskTicket[];
  hasMore: boolean;
  /** Tickets that Watchdesk opened in other helpdesks. */
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

/** The tickets to work on next: by priority, then by time left. */
export function queuePage(
  { tickets, hasMore, elsewhere, view, text, me, mayAct }: Queue,
  sources: WebSources,
): string {
  const rows = inWorkingOrder(tickets.map((ticket) => rowOf(ticket, sources)));
  const body = html`<main id="wall">
    <h1>${say('queue.title')}</h1>
    <nav class="chips" aria-label="${say('queue.filter')}">
      ${QUEUE_VIEWS.filter((one) => one !== 'mine' || me !== undefined).map(
        (one) =>
          html`<a class="chip" href="/tickets?view=${one}" ${one === view ? html`aria-current="page"` : ''}
            >${say(`queue.view-${one}`)}</a
          > `,
      )}
    </nav>
    <form class="search" method="get" action="/tickets" role="search">
      <input type="hidden" name="view" value="${view}" />
      <label
        ><span class="sr">${say('queue.search')}</span
        ><input
          type="search"
          name="q"
          id="search"
          value="${text}"
          placeholder="${say('queue.search')}"
          maxlength="100"
      /></label>
      <button>${say('queue.search')}</button>
    </form>
    ${
      rows.length === 0 && elsewhere.length > 0
        ? ''
        : rows.length === 0
          ? html`<p class="calm">
              ${say(view === 'open' && text === '' ? 'queue.none-open' : 'queue.none-matching')}
            </p>`
          : html`<ul class="rows tickets">
              ${rows.map((row) => item(row, sources))}
            </ul>`
    }
    ${hasMore ? html`<p class="soft">${say('queue.has-more')}</p>` : ''}
    ${
      elsewhere.length > 0
        ? html`<h2>${say('queue.elsewhere')}</h2>
            <ul class="rows tickets">
              ${elsewhere.slice(0, 100).map((ticket) => itemElsewhere(ticket, sources))}
            </ul>`
        : ''
    }
    ${
      mayAct
        ? html`<details>
            <summary class="tap">${say('queue.new-ticket')}</summary>
            ${newForm(sources)}
          </details>`
        : ''
    }
  </main>`;
  return layout(`${say('queue.title')} · Watchdesk`, body, { live: true });
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
      ><span class="tag ${priority}">${say(`words.priority-${priority}`)}</span>
      <strong>${number}</strong> ${subject}</a
    >
    <p class="soft">
      ${who ? `${who} · ` : ''}${stateLabel(ticket, sources)} ·
      ${assignee === undefined ? say('queue.unassigned') : nameOf(assignee, sources)} ·
      ${ago(updatedAt, sources.now())}
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
      ><span class="tag ${priority}">${say(`words.priority-${priority}`)}</span>
      <strong>${title}</strong> ${subject}</a
    >
    <p class="soft">
      ${say(`queue.status-${status}`)} · ${markup('queue.opened', { ago: ago(createdAt, now()) })} ·
      <a href="/incidents/${incident}">${say('queue.incident')}</a>
    </p>
  </li>`;
}

/** `First response due in 2 h 5 min`, or how long it has been overdue. */
export function dueLine(clock: ClockName, at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  const isLate = at <= now;
  return html`<p class="${isLate ? 'late' : ''}">
    ${isLate ? html`<span class="mark down" aria-hidden="true">■</span> ` : ''}${markup(
      isLate ? `queue.overdue-${clock}` : `queue.due-${clock}`,
      {
        span: formatDuration(Math.abs(at - now)),
        time: (words) => html`<time datetime="${iso}" title="${iso}">${words}</time>`,
      },
    )}
  </p>`;
}

export const nameOf = (person: string, { config }: WebSources): string =>
  config().people.get(person)?.name ?? person;

export const stateLabel = ({ state }: DeskTicket, sources: WebSources): string =>
  stateText(stateName(state), sources);

/** The state's name from the config. */
export const stateText = (name: DeskStateName, { config }: WebSources): string =>
  config().deskSettings.rules.names[name] ?? say(`queue.state-${name}`);

function newForm({ config }: WebSources): Html {
  const { customers, deskSettings } = config();
  return html`<form class="form" method="post" action="/tickets">
    <label>${say('queue.subject')} <input name="subject" required maxlength="200" /></label>
    <label>${say('queue.description')} <textarea name="body" maxlength="60000"></textarea></label>
    <label
      >${say('queue.priority')}
      <select name="priority">
        ${PRIORITIES.map((one) => html`<option value="${one}" ${one === 'medium' ? html`selected` : ''}>${say(`words.priority-${one}`)}</option>`)}
      </select></label
    >
    <label
      >${say('queue.type')}
      <select name="type">
        ${deskSettings.rules.types.map((one) => html`<option>${one}</option>`)}
      </select></label
    >
    <label>${say('queue.customer')} <input name="customer" list="customers" maxlength="120" /></label>
    <label>${say('queue.requester-name')} <input name="name" maxlength="80" /></label>
    <label>${say('queue.requester-email')} <input type="email" name="email" maxlength="254" /></label>
    <datalist id="customers">
      ${[...customers.keys()].slice(0, 200).map((name) => html`<option value="${name}"></option>`)}
    </datalist>
    <button class="main">${say('queue.create')}</button>
  </form>`;
}
