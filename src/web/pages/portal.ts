import { isOver, type DeskEntry, type DeskTicket } from '../../core/desk/desk-ticket.ts';
import { dueAt, type TicketClock } from '../../core/service/clocks.ts';
import type { ClockName } from '../../core/service/promise.ts';
import type { ServiceTicket } from '../../core/service/service-ticket.ts';
import { PRIORITIES } from '../../core/target.ts';
import type { User } from '../../core/user.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago, clock, row } from './parts.ts';
import { stateLabel } from './queue.ts';
import { earlier, fieldRows, isOurWords, trail, wordsOf } from './ticket.ts';

const frame = (title: string, body: Html, { config }: WebSources): string => {
  const name = config().deskSettings.portal.title;
  return layout(`${title} · ${name}`, body, { home: { href: '/portal', name } });
};

/** A customer's own tickets: open ones first. */
export function portalPage(
  { user, tickets }: { user: User; tickets: readonly DeskTicket[] },
  sources: WebSources,
): string {
  const open = tickets.filter((ticket) => !isOver(ticket));
  const over = tickets.filter(isOver).slice(0, 20);
  const list = (some: readonly DeskTicket[]) =>
    html`<ul class="rows tickets">
      ${some.map(
        (ticket) =>
          html`<li>
            <a href="/portal/tickets/${ticket.number}"><strong>${ticket.number}</strong> ${ticket.subject}</a>
            <p class="soft">
              ${stateLabel(ticket, sources)} · ${say(`portal.priority-${ticket.priority}`)} ·
              ${ago(ticket.updatedAt, sources.now())}
            </p>
          </li>`,
      )}
    </ul>`;
  const body = html`<main>
    <h1>${user.customer ?? say('portal.my-tickets')}</h1>
    <p><a class="button main" href="/portal/new">${say('portal.new-ticket')}</a></p>
    <h2>${say('portal.open-tickets')}</h2>
    ${open.length === 0 ? html`<p class="calm">${say('portal.no-open-tickets')}</p>` : list(open)}
    ${
      over.length === 0
        ? ''
        : html`<h2>${say('portal.recently-closed')}</h2>
            ${list(over)}`
    }
    ${sources.config().status?.takesReports ? html`<p class="soft">${markup('portal.report-critical', { link: (text) => html`<a href="/status/report">${text}</a>` })}</p>` : ''}
  </main>`;
  return frame(say('portal.tickets'), body, sources);
}

export interface PortalTicketView {
  ticket: DeskTicket;
  entries: readonly DeskEntry[];
  /** Cursor of the earlier part of the trail; undefined when all of it is shown. */
  before?: number | undefined;
  service: ServiceTicket | undefined;
}

/** SLA clocks shown to customers; the acknowledgement clock is internal. */
const PROMISED = ['respond', 'update', 'resolve'] as const satisfies readonly ClockName[];

function promiseLine(given: TicketClock, now: number): Html {
  const what = PROMISED.find((name) => name === given.clock);
  const at = given.state.is === 'running' ? dueAt(given) : undefined;
  if (what === undefined || at === undefined) return html``;
  const line = markup(at < now ? `portal.overdue-${what}` : `portal.due-${what}`, { at: clock(at) });
  return html`<p>${line}</p>`;
}

/** One ticket, as its requester may see it. */
export function portalTicketPage(
  { ticket, entries, before, service }: PortalTicketView,
  sources: WebSources,
): string {
  const { number, subject, state } = ticket;
  const isShown = sources.config().deskSettings.portal.showsPromises;
  const promises = service && isShown && !isOver(ticket) ? sources.office.service.clocks(service) : [];
  const reopens = isOver(ticket) && state.is !== 'merged';
  const body = html`<main>
    <h1>${markup('portal.ticket-heading', { number, subject })}</h1>
    <p class="lead">
      ${say('portal.state-and-priority', { state: stateLabel(ticket, sources), priority: say(`portal.priority-${ticket.priority}`) })}
    </p>
    ${state.is === 'merged' ? mergedLine(state.into) : ''}
    ${promises.map((one) => promiseLine(one, sources.now()))}
    <dl>
      ${row(say('portal.type'), [ticket.type, ticket.category].filter(Boolean).join(', '))}
      ${row(say('portal.severity'), ticket.severity === undefined ? undefined : String(ticket.severity))}
      ${fieldRows(ticket, sources)} ${row(say('portal.opened'), clock(ticket.createdAt))}
    </dl>
    ${ticket.body && !isOurWords(ticket.origin) ? wordsOf(ticket) : ''}
    <h2>${say('portal.activity')}</h2>
    ${earlier(before, `/portal/tickets/${number}`)} ${trail(entries, number, sources, '/portal/tickets')}
    <h2>${say(reopens ? 'portal.not-resolved' : 'portal.add-reply')}</h2>
    <form class="form" method="post" action="/portal/tickets/${number}" enctype="multipart/form-data">
      <label
        >${say(reopens ? 'portal.reply-to-reopen' : 'portal.message')}
        <textarea name="text" rows="5" maxlength="60000"></textarea>
      </label>
      <label>${say('portal.attachments')} <input type="file" name="files" multiple /></label>
      <button class="main">${say('portal.send')}</button>
    </form>
  </main>`;
  return frame(say('portal.ticket', { number }), body, sources);
}

const mergedLine = (number: number): Html =>
  html`<p>
    ${markup('portal.merged-into', { number, link: (text) => html`<a href="/portal/tickets/${number}">${text}</a>` })}
  </p>`;

/** The form for a new ticket. */
export function portalFormPage(
  {
    given,
    problems = [],
  }: { user: User; given: Readonly<Record<string, string>>; problems?: readonly string[] },
  sources: WebSources,
): string {
  const { rules, attachments } = sources.config().deskSettings;
  const option = (value: string | number, name: string, chosen: string | undefined) =>
    html`<option value="${value}" ${String(value) === chosen ? html`selected` : ''}>${name}</option>`;
  const needed = (types: readonly string[]) =>
    types.length === 0
      ? ''
      : html` <span class="hint">${say('portal.required-for', { types: types.join(', ') })}</span>`;
  const body = html`<main>
    <h1>${say('portal.new-ticket')}</h1>
    ${
      problems.length === 0
        ? ''
        : html`<ul class="warning" role="alert">
            ${problems.map((problem) => html`<li>${problem}</li>`)}
          </ul>`
    }
    <form class="form" method="post" action="/portal/new" enctype="multipart/form-data">
      <label
        >${say('portal.subject')}
        <input name="subject" required maxlength="200" value="${given['subject'] ?? ''}"
      /></label>
      <label
        >${say('portal.type')}
        <select name="type">
          ${rules.types.map((one) => option(one, one, given['type']))}
        </select></label
      >
      ${
        rules.categories.length === 0
          ? ''
          : html`<label
              >${say('portal.category')}
              <select name="category">
                <option value="">${say('portal.not-sure')}</option>
                ${rules.categories.map(({ name }) => option(name, name, given['category']))}
              </select></label
            >`
      }
      <label
        >${say('portal.priority')}
        <select name="priority">
          ${PRIORITIES.map((one) => option(one, say(`portal.priority-${one}`), given['priority'] ?? 'medium'))}
        </select></label
      >
      ${
        rules.asksSeverity
          ? html`<label
              >${say('portal.severity')}
              <select name="severity" required>
                ${([1, 2, 3, 4] as const).map((one) => option(one, say(`portal.severity-${one}`), given['severity'] ?? '3'))}
              </select></label
            >`
          : ''
      }
      ${rules.fields.map(({ name, label, requiredFor, choices }) =>
        choices
          ? html`<label
              >${label}
              <select name="field-${name}">
                <option value=""></option>
                ${choices.map((one) => option(one, one, given[`field-${name}`]))}</select
              >${needed(requiredFor)}</label
            >`
          : html`<label
              >${label}
              <input
                name="field-${name}"
                maxlength="500"
                value="${given[`field-${name}`] ?? ''}"
              />${needed(requiredFor)}</label
            >`,
      )}
      <label
        >${say('portal.description')}
        <textarea name="body" rows="8" required maxlength="60000">${given['body'] ?? ''}</textarea>
      </label>
      <label
        >${say('portal.related-ticket')}
        <input name="related" inputmode="numeric" maxlength="12" value="${given['related'] ?? ''}"
      /></label>
      <label
        >${say('portal.attachments')} <input type="file" name="files" multiple />
        <span class="hint"
          >${say('portal.attachment-limits', { count: attachments.most, size: (attachments.largestBytes / 1_048_576).toFixed(0) })}</span
        ></label
      >
      <button class="main">${say('portal.send')}</button>
    </form>
  </main>`;
  return frame(say('portal.new-ticket'), body, sources);
}

/** A GET changes nothing: a mail program that follows links must not submit a rating. */
export function ratePage(token: string, { number, subject, rating }: DeskTicket, score: number): string {
  const chosen = score >= 1 && score <= 5 ? score : rating?.score;
  const body = html`<main>
    <h1>${say('portal.rate-heading')}</h1>
    <p class="lead">${say('portal.rated-ticket', { number, subject })}</p>
    <form class="form" method="post" action="/rate/${encodeURIComponent(token)}">
      <fieldset>
        <legend>${say('portal.scale')}</legend>
        ${[1, 2, 3, 4, 5].map((one) => html`<label class="choice"><input type="radio" name="score" value="${one}" required ${one === chosen ? html`checked` : ''} /> ${one}</label> `)}
      </fieldset>
      <label>${say('portal.comment')} <textarea name="text" maxlength="2000"></textarea></label>
      <button class="main">${say('portal.send')}</button>
    </form>
  </main>`;
  return layout(say('portal.rate-heading'), body, { home: { href: '/portal', name: say('portal.support') } });
}

export const ratedPage = (): string =>
  layout(
    say('portal.thank-you'),
    html`<main>
      <h1>${say('portal.thank-you')}</h1>
      <p class="lead">${say('portal.feedback-goes-to')}</p>
    </main>`,
    { home: { href: '/portal', name: say('portal.support') } },
  );
