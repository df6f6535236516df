import {
  actorName,
  isOver,
  stateName,
  type DeskEntry,
  type DeskStateName,
  type DeskTicket,
  type Requester,
} from '../../core/desk/desk-ticket.ts';
import { formatDuration } from '../../core/duration.ts';
import { dueAt, isMissed, type TicketClock } from '../../core/service/clocks.ts';
import type { ServiceTicket } from '../../core/service/service-ticket.ts';
import { PRIORITIES, type Priority } from '../../core/target.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { clock, link, row } from './parts.ts';
import { dueLine, nameOf, stateLabel, stateText } from './queue.ts';

export interface TicketView {
  ticket: DeskTicket;
  entries: readonly DeskEntry[];
  /** Cursor of the earlier part of the trail; undefined when all of it is shown. */
  before?: number | undefined;
  service: ServiceTicket | undefined;
  mayAct: boolean;
}

/** A ticket of the desk, for agents. */
export function ticketPage(
  { ticket, entries, before, service, mayAct }: TicketView,
  sources: WebSources,
): string {
  const { number, subject, priority, assignee, requester } = ticket;
  const clocks = service ? sources.office.service.clocks(service) : [];
  const body = html`<main id="wall">
    <h1>${markup('ticket.heading', { number, subject })}</h1>
    <p class="lead">
      <span class="tag ${priority}">${say(`words.priority-${priority}`)}</span>
      ${assignedText(ticket, sources)} ${mergedText(ticket)}
    </p>
    ${clocks.filter(({ state }) => state.is !== 'stopped').map((one) => clockLine(one, sources.now()))}
    ${mayAct && !isOver(ticket) && assignee === undefined ? html`<form method="post" action="/tickets/${number}"><button class="main" name="action" value="take">${say('ticket.assign-to-me')}</button></form>` : ''}
    <dl>
      ${row(say('ticket.customer'), customerText(ticket, sources))}
      ${row(say('ticket.requester'), requester && requesterLine(requester))}
      ${row(say('ticket.type'), [ticket.type, ticket.category].filter(Boolean).join(', '))}
      ${row(say('ticket.severity'), severityText(ticket))} ${row(say('ticket.requested'), wishedText(ticket))}
      ${row(say('ticket.team'), ticket.team && say('ticket.team-and-tier', { team: ticket.team, tier: ticket.tier }))}
      ${fieldRows(ticket, sources)}
      ${ticket.links.map(({ kind, to, url }) => (kind === 'related' ? row(say('ticket.related'), html`<a href="/tickets/${to}">${to}</a>`) : row(kind, url ? link(url, to) : to)))}
      ${row(say('ticket.incident'), ticket.key === undefined ? undefined : html`<a href="/incidents/${ticket.key}">${ticket.key}</a>`)}
      ${row(say('ticket.opened'), clock(ticket.createdAt))} ${row(say('ticket.rating'), ratingText(ticket))}
    </dl>
    ${ticket.body ? wordsOf(ticket) : ''}
    <section>
      <h2>${say('ticket.activity')}</h2>
      ${earlier(before, `/tickets/${number}`)} ${trail(entries, number, sources)}
    </section>
    ${mayAct && ticket.state.is !== 'merged' ? forms(ticket, sources) : ''}
  </main>`;
  return layout(`${say('ticket.title', { number })} · Watchdesk`, body, { live: true });
}

function assignedText(ticket: DeskTicket, sources: WebSources): string {
  const { assignee } = ticket;
  const state = stateLabel(ticket, sources);
  return assignee === undefined
    ? say('ticket.unassigned', { state })
    : say('ticket.assigned', { state, assignee: nameOf(assignee, sources) });
}

const mergedText = ({ state }: DeskTicket): Html =>
  state.is === 'merged'
    ? markup('ticket.merged-into', {
        number: state.into,
        link: (words) => html`<a href="/tickets/${state.into}">${words}</a>`,
      })
    : html``;

function customerText({ customer }: DeskTicket, { office }: WebSources): string | undefined {
  const plan = customer && office.customer(customer)?.plan;
  return customer && plan ? say('ticket.customer-with-plan', { customer, plan }) : customer;
}

const mailTo = (address: string): Html => html`<a href="mailto:${address}">${address}</a>`;

const requesterLine = ({ name, email, replyTo, verifiedBy }: Requester): Html =>
  html`${name}${email ? html` ${mailTo(email)}` : ''}${replyTo ? html`, ${markup('ticket.replies-go-to', { address: mailTo(replyTo) })}` : ''}
    <span class="soft">${say(`ticket.verified-by-${verifiedBy}`)}</span>`;

function ratingText({ rating }: DeskTicket): string | undefined {
  if (!rating) return undefined;
  const { score, text } = rating;
  return text ? say('ticket.score-with-words', { score, words: text }) : say('ticket.score', { score });
}

/** Whether Watchdesk wrote the body, formatted line by line. */
export const isOurWords = (origin: DeskTicket['origin']): boolean =>
  origin === 'monitor' || origin === 'phone' || origin === 'report';

/** Text written by people is set as prose; text from the monitor is set in columns. */
export const wordsOf = ({ origin, body }: DeskTicket): Html =>
  isOurWords(origin) ? html`<pre>${body}</pre>` : html`<p class="words">${body}</p>`;

/** Uses the labels of the form. */
export const fieldRows = ({ fields }: DeskTicket, { config }: WebSources): Html[] =>
  Object.entries(fields).map(([name, value]) =>
    row(config().deskSettings.rules.fields.find((one) => one.name === name)?.label ?? name, value),
  );

/** A long trail is shown in parts, latest first. */
export const earlier = (before: number | undefined, href: string): Html =>
  before === undefined
    ? html``
    : html`<p class="more"><a href="${href}?before=${before}">${say('ticket.earlier-activity')}</a></p>`;

/** The trail for people; `base` is the URL path of the attachments. */
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
            ><span class="${entry.isPublic ? '' : 'soft'}">${happened(entry, sources)}</span
            >${hasText(entry) ? html` <span class="note">${entry.text}</span>` : ''}${quotedOf(entry)}${(
              entry.attachments ?? []
            ).map(
              ({ id, name, bytes }) =>
                html` <a class="tap" href="${base}/${number}/attachments/${id}">${name}</a>
                  <span class="soft">${say('ticket.file-size', { size: Math.ceil(bytes / 1_024) })}</span>`,
            )}</span
          >
        </li>`,
    )}
  </ol>`;
}

/** Shows both the author and, if different, the person who entered the text for them. */
const whoDid = (entry: DeskEntry, sources: WebSources): string =>
  'via' in entry.by && entry.by.via !== undefined && entry.by.via !== 'nobody'
    ? say('ticket.entered-by', { name: inWhoseName(entry, sources), via: entry.by.via })
    : inWhoseName(entry, sources);

function inWhoseName({ by }: DeskEntry, sources: WebSources): string {
  if (by.is === 'agent') return nameOf(by.id, sources);
  return by.is === 'requester' && by.verifiedBy === 'no'
    ? say('ticket.name-not-verified', { name: by.name })
    : actorName(by);
}

/** Quoted text that was cut from a mail can always be opened. */
const quotedOf = ({ quoted }: DeskEntry): Html =>
  quoted === undefined
    ? html``
    : html`<details class="quoted">
        <summary class="tap">${say('ticket.show-trimmed')}</summary>
        <span class="note">${quoted}</span>
      </details>`;

const hasText = ({ event, text }: DeskEntry): boolean =>
  text !== '' &&
  ['reply', 'answer', 'note', 'automatic-answer', 'told', 'not-told', 'rated', 'changed'].includes(event);

function happened(entry: DeskEntry, sources: WebSources): string {
  const { event, text, by } = entry;
  const who = whoDid(entry, sources);
  switch (event) {
    case 'automatic-answer':
      return say('ticket.automatic-reply');
    case 'assigned':
      if (by.is === 'agent' && by.id === text) return say('ticket.taken-by', { who });
      return text === ''
        ? say('ticket.unassigned-by', { who })
        : say('ticket.assigned-by', { who, assignee: nameOf(text, sources) });
    case 'state':
      return say('ticket.state-set-by', { who, state: stateText(text as DeskStateName, sources) });
    case 'merged': {
      const number = /\d+/.exec(text)?.[0] ?? '';
      return number === text
        ? say('ticket.merged-away-by', { who, number })
        : say('ticket.merged-here-by', { who, number });
    }
    case 'linked': {
      const related = /^related (.+)$/.exec(text)?.[1];
      return related === undefined
        ? say('ticket.linked-elsewhere-by', { who, name: text })
        : say('ticket.linked-by', { who, number: related });
    }
    default:
      return say(`ticket.entry-${event}`, { who });
  }
}

function clockLine(given: TicketClock, now: number): Html {
  const at = dueAt(given);
  if (given.state.is === 'paused') {
    const left = formatDuration(Math.max(0, given.limitMs - given.usedMs));
    return html`<p>${say(`ticket.paused-${given.clock}`, { left })}</p>`;
  }
  return at === undefined ? html`` : dueLine(given.clock, at, isMissed(given) ? Math.max(now, at) : now);
}

const severityText = ({ severity }: DeskTicket): string | undefined =>
  severity === undefined ? undefined : String(severity);

/** The requester's original priority and severity, where support has changed them. */
function wishedText({ wished, priority, severity }: DeskTicket): string | undefined {
  const parts = [
    wished.priority !== undefined && wished.priority !== priority
      ? say('ticket.requested-priority', { priority: say(`words.priority-${wished.priority}`) })
      : '',
    wished.severity !== undefined && wished.severity !== severity
      ? say('ticket.requested-severity', { severity: wished.severity })
      : '',
  ].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function forms(ticket: DeskTicket, sources: WebSources): Html {
  const { number } = ticket;
  const { people, teams, customers, deskSettings } = sources.config();
  const { rules } = deskSettings;
  const isSomebodyElse = ticket.assignee !== undefined && !people.has(ticket.assignee);
  const select = (
    name: string,
    values: readonly (string | number)[],
    chosen: string | number | undefined,
    words = (one: string | number): string => String(one),
  ) =>
    html`<select name="${name}">
      ${chosen === undefined ? html`<option value="">${say('ticket.none')}</option>` : ''}
      ${values.map((one) => html`<option value="${one}" ${one === chosen ? html`selected` : ''}>${words(one)}</option>`)}
    </select>`;
  return html`<section>
    <h2>${say('ticket.reply')}</h2>
    <form class="form" method="post" action="/tickets/${number}" enctype="multipart/form-data">
      <label>${say('ticket.message')} <textarea name="text" maxlength="60000" rows="5"></textarea></label>
      <label>${say('ticket.attachments')} <input type="file" name="files" multiple /></label>
      <label
        >${say('ticket.after-sending')}
        <select name="then">
          <option value="">${say('ticket.leave-state')}</option>
          <option value="waiting-customer">${say('ticket.wait-on-customer')}</option>
          <option value="resolved">${say('ticket.resolve')}</option>
        </select></label
      >
      <div class="actions">
        <button class="main" name="action" value="reply">${say('ticket.send-reply')}</button
        ><button name="action" value="note">${say('ticket.add-note')}</button>
      </div>
    </form>
    <details>
      <summary class="tap">${say('ticket.edit')}</summary>
      <form class="form" method="post" action="/tickets/${number}">
        <label
          >${say('ticket.priority')}
          ${select('priority', PRIORITIES, ticket.priority, (one) => say(`words.priority-${one as Priority}`))}</label
        >
        ${rules.asksSeverity || ticket.severity !== undefined ? html`<label>${say('ticket.severity')} ${select('severity', [1, 2, 3, 4], ticket.severity)}</label>` : ''}
        <label>${say('ticket.type')} ${select('type', rules.types, ticket.type)}</label>
        ${
          rules.categories.length > 0
            ? html`<label
                >${say('ticket.category')}
                ${select(
                  'category',
                  rules.categories.map(({ name }) => name),
                  ticket.category,
                )}</label
              >`
            : ''
        }
        ${teams.size > 0 ? html`<label>${say('ticket.team')} ${select('team', [...teams.keys()], ticket.team)}</label>` : ''}
        <label>${say('ticket.tier')} ${select('tier', [1, 2], ticket.tier)}</label>
        <label>${say('ticket.customer')} ${select('customer', [...customers.keys()], ticket.customer)}</label>
        <button name="action" value="change">${say('ticket.save')}</button>
      </form>
      <form class="form" method="post" action="/tickets/${number}">
        <label
          >${say('ticket.assignee')}
          <select name="to">
            <option value="">${say('ticket.nobody')}</option>
            ${isSomebodyElse ? html`<option value="${ticket.assignee}" selected>${nameOf(ticket.assignee!, sources)}</option>` : ''}
            ${[...people.values()].map(({ id, name }) => html`<option value="${id}" ${id === ticket.assignee ? html`selected` : ''}>${name}</option>`)}
          </select></label
        >
        <button name="action" value="assign">${say('ticket.assign')}</button>
      </form>
      <form class="form" method="post" action="/tickets/${number}">
        <label
          >${say('ticket.state')}
          <select name="to">
            ${(['open', 'in-progress', 'waiting-customer', 'waiting-third-party', 'resolved', 'closed'] as const).map((one) => html`<option value="${one}" ${one === stateName(ticket.state) ? html`selected` : ''}>${stateText(one, sources)}</option>`)}
          </select></label
        >
        <button name="action" value="state">${say('ticket.set-state')}</button>
      </form>
      <form class="form" method="post" action="/tickets/${number}">
        <label
          >${say('ticket.other-ticket')} <input name="to" inputmode="numeric" required pattern="#?[0-9]+"
        /></label>
        <div class="actions">
          <button name="action" value="link">${say('ticket.link')}</button
          ><button name="action" value="merge">${say('ticket.merge')}</button>
        </div>
      </form>
      ${rules.bugs === undefined ? '' : html`<form method="post" action="/tickets/${number}"><button name="action" value="bug">${say('ticket.escalate-bug', { helpdesk: rules.bugs })}</button></form>`}
    </details>
  </section>`;
}
