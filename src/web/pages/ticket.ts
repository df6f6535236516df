import {
  actorName,
  isOver,
  stateName,
  type DeskEntry,
  type DeskStateName,
  type DeskTicket,
} from '../../core/desk/desk-ticket.ts';
import { formatDuration } from '../../core/duration.ts';
import { dueAt, isMissed, type TicketClock } from '../../core/service/clocks.ts';
import type { ServiceTicket } from '../../core/service/service-ticket.ts';
import { PRIORITIES } from '../../core/target.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { clock, link, row } from './parts.ts';
import { CLOCK_NOUNS, dueLine, nameOf, stateLabel } from './queue.ts';

export interface TicketView {
  ticket: DeskTicket;
  entries: readonly DeskEntry[];
  service: ServiceTicket | undefined;
  mayAct: boolean;
}

/** A ticket of the desk, for those who work on it. */
export function ticketPage({ ticket, entries, service, mayAct }: TicketView, sources: WebSources): string {
  const { number, subject, priority, assignee, customer, requester } = ticket;
  const clocks = service ? sources.office.service.clocks(service) : [];
  const body = html`<main id="wall">
    <h1><span class="soft">Ticket ${number}</span> ${subject}</h1>
    <p class="lead">
      <span class="tag ${priority}">${priority}</span> ${stateLabel(ticket, sources)},
      ${assignee === undefined ? 'unassigned' : `assigned to ${nameOf(assignee, sources)}`}.
      ${ticket.state.is === 'merged' ? html`Merged into <a href="/tickets/${ticket.state.into}">ticket ${ticket.state.into}</a>.` : ''}
    </p>
    ${clocks.filter(({ state }) => state.is !== 'stopped').map((one) => clockLine(one, sources.now()))}
    ${mayAct && !isOver(ticket) && assignee === undefined ? html`<form method="post" action="/tickets/${number}"><button class="main" name="action" value="take">Assign to me</button></form>` : ''}
    <dl>
      ${row('Customer', customer ? `${customer}${sources.office.customer(customer)?.plan ? `, ${sources.office.customer(customer)!.plan}` : ''}` : undefined)}
      ${row('Requester', requester && html`${requester.name}${requester.email ? html` <a href="mailto:${requester.email}">${requester.email}</a>` : ''}${requester.replyTo ? html`, replies go to <a href="mailto:${requester.replyTo}">${requester.replyTo}</a>` : ''} <span class="soft">${verifiedWords(requester.verifiedBy)}</span>`)}
      ${row('Type', [ticket.type, ticket.category].filter(Boolean).join(', '))}
      ${row('Severity', severityText(ticket))} ${row('Requested', wishedText(ticket))}
      ${row('Team', ticket.team && `${ticket.team}, tier ${ticket.tier}`)} ${fieldRows(ticket, sources)}
      ${ticket.links.map(({ kind, to, url }) => row(kind === 'related' ? 'Related' : kind, kind === 'related' ? html`<a href="/tickets/${to}">${to}</a>` : url ? link(url, to) : to))}
      ${row('Incident', ticket.key === undefined ? undefined : html`<a href="/incidents/${ticket.key}">${ticket.key}</a>`)}
      ${row('Opened', clock(ticket.createdAt))}
      ${row('Rating', ticket.rating && `${ticket.rating.score} of 5${ticket.rating.text ? `: ${ticket.rating.text}` : ''}`)}
    </dl>
    ${ticket.body ? wordsOf(ticket) : ''}
    <section>
      <h2>Activity</h2>
      ${trail(entries, number, sources)}
    </section>
    ${mayAct && ticket.state.is !== 'merged' ? forms(ticket, sources) : ''}
  </main>`;
  return layout(`Ticket ${number} · Watchdesk`, body, { live: true });
}

/** What people write reads as text, what the monitor writes stands in columns. */
/** Laid out by us, line by line. */
export const isOurWords = (origin: DeskTicket['origin']): boolean =>
  origin === 'monitor' || origin === 'phone' || origin === 'report';

export const wordsOf = ({ origin, body }: DeskTicket): Html =>
  isOurWords(origin) ? html`<pre>${body}</pre>` : html`<p class="words">${body}</p>`;

/** By the labels that the form has. */
export const fieldRows = ({ fields }: DeskTicket, { config }: WebSources): Html[] =>
  Object.entries(fields).map(([name, value]) =>
    row(config().deskSettings.rules.fields.find((one) => one.name === name)?.label ?? name, value),
  );

/** The trail as people read it; `base` is where attachments are. */
export function trail(
  entries: readonly DeskEntry[],
  number: number,
  sources: WebSources,
  base = '/tickets',
): Html {
  return html`<ol class="timeline">
    ${entries.map(
      (entry) =>
        html`<li>
          ${clock(entry.at)}
          <span
            ><span class="${entry.isPublic ? '' : 'soft'}"
              >${who(entry, sources)} ${does(entry, sources)}</span
            >${hasText(entry) ? html` <span class="note">${entry.text}</span>` : ''}${quotedOf(entry)}${(
              entry.attachments ?? []
            ).map(
              ({ id, name, bytes }) =>
                html` <a class="tap" href="${base}/${number}/attachments/${id}">${name}</a>
                  <span class="soft">${Math.ceil(bytes / 1_024)} kB</span>`,
            )}</span
          >
        </li>`,
    )}
  </ol>`;
}

/** Who entered it stands beside in whose name it was entered. */
const who = (entry: DeskEntry, sources: WebSources): string =>
  'via' in entry.by && entry.by.via !== undefined && entry.by.via !== 'nobody'
    ? `${inWhoseName(entry, sources)} (entered by ${entry.by.via})`
    : inWhoseName(entry, sources);

const inWhoseName = ({ by, event }: DeskEntry, sources: WebSources): string => {
  if (event === 'automatic-answer') return 'Automatic';
  if (by.is === 'agent') return nameOf(by.id, sources);
  if (by.is === 'policy') return 'Policy';
  return by.is === 'requester' && by.verifiedBy === 'no' ? `${by.name} (not verified)` : actorName(by);
};

/** What was left out of a mail can always be read. */
const quotedOf = ({ quoted }: DeskEntry): Html =>
  quoted === undefined
    ? html``
    : html`<details class="quoted">
        <summary class="tap">Show trimmed text</summary>
        <span class="note">${quoted}</span>
      </details>`;

const hasText = ({ event, text }: DeskEntry): boolean =>
  text !== '' &&
  ['reply', 'answer', 'note', 'automatic-answer', 'told', 'not-told', 'rated', 'changed'].includes(event);

function does({ event, text, by }: DeskEntry, sources: WebSources): string {
  switch (event) {
    case 'opened':
      return 'opened the ticket.';
    case 'reply':
      return 'replied:';
    case 'answer':
      return 'wrote:';
    case 'note':
      return 'added an internal note:';
    case 'automatic-answer':
      return 'reply:';
    case 'assigned':
      if (by.is === 'agent' && by.id === text) return 'took the ticket.';
      return text === '' ? 'unassigned the ticket.' : `assigned the ticket to ${nameOf(text, sources)}.`;
    case 'changed':
      return 'changed:';
    case 'state':
      return `set the state to "${sources.config().deskSettings.rules.names[text as DeskStateName] ?? text.replaceAll('-', ' ')}".`;
    case 'merged':
      return /^\d+$/.test(text) ? `merged this ticket into ticket ${text}.` : text;
    case 'linked':
      return `linked ${text}.`;
    case 'rated':
      return 'rated the support:';
    case 'told':
      return 'sent the customer an update:';
    case 'not-told':
      return 'could not notify the customer:';
  }
}

function clockLine(given: TicketClock, now: number): Html {
  const at = dueAt(given);
  if (given.state.is === 'paused') {
    return html`<p>
      ${CLOCK_NOUNS[given.clock]} paused, ${formatDuration(Math.max(0, given.limitMs - given.usedMs))} left.
    </p>`;
  }
  return at === undefined ? html`` : dueLine(given.clock, at, isMissed(given) ? Math.max(now, at) : now);
}

const severityText = ({ severity }: DeskTicket): string | undefined =>
  severity === undefined ? undefined : String(severity);

/** What the requester wished first, where support sees it otherwise. */
function wishedText({ wished, priority, severity }: DeskTicket): string | undefined {
  const parts = [
    wished.priority !== undefined && wished.priority !== priority ? `priority ${wished.priority}` : '',
    wished.severity !== undefined && wished.severity !== severity ? `severity ${wished.severity}` : '',
  ].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(', ');
}

const verifiedWords = (by: string): string => (by === 'no' ? 'not verified' : `verified by ${by}`);

function forms(ticket: DeskTicket, sources: WebSources): Html {
  const { number } = ticket;
  const { people, teams, customers, deskSettings } = sources.config();
  const { rules } = deskSettings;
  const isSomebodyElse = ticket.assignee !== undefined && !people.has(ticket.assignee);
  const select = (name: string, values: readonly (string | number)[], chosen: string | number | undefined) =>
    html`<select name="${name}">
      ${chosen === undefined ? html`<option value="">none</option>` : ''}
      ${values.map((one) => html`<option value="${one}" ${one === chosen ? html`selected` : ''}>${one}</option>`)}
    </select>`;
  return html`<section>
    <h2>Reply</h2>
    <form class="form" method="post" action="/tickets/${number}" enctype="multipart/form-data">
      <label>Message <textarea name="text" maxlength="60000" rows="5"></textarea></label>
      <label>Attachments <input type="file" name="files" multiple /></label>
      <label
        >After sending
        <select name="then">
          <option value="">Leave the state as it is</option>
          <option value="waiting-customer">Wait on the customer</option>
          <option value="resolved">Resolve</option>
        </select></label
      >
      <div class="actions">
        <button class="main" name="action" value="reply">Send reply</button
        ><button name="action" value="note">Add internal note</button>
      </div>
    </form>
    <details>
      <summary class="tap">Edit</summary>
      <form class="form" method="post" action="/tickets/${number}">
        <label>Priority ${select('priority', PRIORITIES, ticket.priority)}</label>
        ${rules.asksSeverity || ticket.severity !== undefined ? html`<label>Severity ${select('severity', [1, 2, 3, 4], ticket.severity)}</label>` : ''}
        <label>Type ${select('type', rules.types, ticket.type)}</label>
        ${
          rules.categories.length > 0
            ? html`<label
                >Category
                ${select(
                  'category',
                  rules.categories.map(({ name }) => name),
                  ticket.category,
                )}</label
              >`
            : ''
        }
        ${teams.size > 0 ? html`<label>Team ${select('team', [...teams.keys()], ticket.team)}</label>` : ''}
        <label>Tier ${select('tier', [1, 2], ticket.tier)}</label>
        <label>Customer ${select('customer', [...customers.keys()], ticket.customer)}</label>
        <button name="action" value="change">Save</button>
      </form>
      <form class="form" method="post" action="/tickets/${number}">
        <label
          >Assignee
          <select name="to">
            <option value="">Unassigned</option>
            ${isSomebodyElse ? html`<option value="${ticket.assignee}" selected>${nameOf(ticket.assignee!, sources)}</option>` : ''}
            ${[...people.values()].map(({ id, name }) => html`<option value="${id}" ${id === ticket.assignee ? html`selected` : ''}>${name}</option>`)}
          </select></label
        >
        <button name="action" value="assign">Assign</button>
      </form>
      <form class="form" method="post" action="/tickets/${number}">
        <label
          >State
          <select name="to">
            ${(['open', 'in-progress', 'waiting-customer', 'waiting-third-party', 'resolved', 'closed'] as const).map((one) => html`<option value="${one}" ${one === stateName(ticket.state) ? html`selected` : ''}>${rules.names[one] ?? one.replaceAll('-', ' ')}</option>`)}
          </select></label
        >
        <button name="action" value="state">Set state</button>
      </form>
      <form class="form" method="post" action="/tickets/${number}">
        <label>Other ticket <input name="to" inputmode="numeric" required pattern="#?[0-9]+" /></label>
        <div class="actions">
          <button name="action" value="link">Link to it</button
          ><button name="action" value="merge">Merge into it</button>
        </div>
      </form>
      ${rules.bugs === undefined ? '' : html`<form method="post" action="/tickets/${number}"><button name="action" value="bug">Escalate as bug to ${rules.bugs}</button></form>`}
    </details>
  </section>`;
}
