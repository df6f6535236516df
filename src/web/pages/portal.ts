import { isOver, type DeskEntry, type DeskTicket } from '../../core/desk/desk-ticket.ts';
import { dueAt, type TicketClock } from '../../core/service/clocks.ts';
import type { ClockName } from '../../core/service/promise.ts';
import type { ServiceTicket } from '../../core/service/service-ticket.ts';
import { PRIORITIES } from '../../core/target.ts';
import type { User } from '../../core/user.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago, clock, row } from './parts.ts';
import { stateLabel } from './queue.ts';
import { fieldRows, isOurWords, trail, wordsOf } from './ticket.ts';

const frame = (title: string, body: Html, { config }: WebSources): string => {
  const name = config().deskSettings.portal.title;
  return layout(`${title} · ${name}`, body, { home: { href: '/portal', name } });
};

/** A customer's own tickets: what is open first. */
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
              ${stateLabel(ticket, sources)} · ${ticket.priority} · ${ago(ticket.updatedAt, sources.now())}
            </p>
          </li>`,
      )}
    </ul>`;
  const body = html`<main>
    <h1>${user.customer ?? 'My tickets'}</h1>
    <p><a class="button main" href="/portal/new">New ticket</a></p>
    <h2>Open</h2>
    ${open.length === 0 ? html`<p class="calm">No open tickets.</p>` : list(open)}
    ${
      over.length === 0
        ? ''
        : html`<h2>Recently closed</h2>
            ${list(over)}`
    }
    ${sources.config().status?.takesReports ? html`<p class="soft">Critical problem? <a href="/status/report">Report it</a> and we will page our on-call engineer, 24/7.</p>` : ''}
  </main>`;
  return frame('Tickets', body, sources);
}

export interface PortalTicketView {
  ticket: DeskTicket;
  entries: readonly DeskEntry[];
  service: ServiceTicket | undefined;
}

/** What a customer waits for; that somebody has taken notice is between us. */
const PROMISED: Partial<Record<ClockName, string>> = {
  respond: 'First response',
  update: 'Next update',
  resolve: 'Resolution',
};

function promiseLine(given: TicketClock, now: number): Html {
  const what = PROMISED[given.clock];
  const at = given.state.is === 'running' ? dueAt(given) : undefined;
  if (what === undefined || at === undefined) return html``;
  return at < now
    ? html`<p>${what} was due by ${clock(at)} and is overdue.</p>`
    : html`<p>${what} due by ${clock(at)}.</p>`;
}

/** One ticket, as its requester may see it. */
export function portalTicketPage(
  { ticket, entries, service }: PortalTicketView,
  sources: WebSources,
): string {
  const { number, subject, state } = ticket;
  const isShown = sources.config().deskSettings.portal.showsPromises;
  const promises = service && isShown && !isOver(ticket) ? sources.office.service.clocks(service) : [];
  const body = html`<main>
    <h1><span class="soft">Ticket ${number}</span> ${subject}</h1>
    <p class="lead">State: ${stateLabel(ticket, sources)}. Priority: ${ticket.priority}.</p>
    ${state.is === 'merged' ? html`<p>Merged into <a href="/portal/tickets/${state.into}">ticket ${state.into}</a>.</p>` : ''}
    ${promises.map((one) => promiseLine(one, sources.now()))}
    <dl>
      ${row('Type', [ticket.type, ticket.category].filter(Boolean).join(', '))}
      ${row('Severity', ticket.severity === undefined ? undefined : String(ticket.severity))}
      ${fieldRows(ticket, sources)} ${row('Opened', clock(ticket.createdAt))}
    </dl>
    ${ticket.body && !isOurWords(ticket.origin) ? wordsOf(ticket) : ''}
    <h2>Activity</h2>
    ${trail(entries, number, sources, '/portal/tickets')}
    <h2>${isOver(ticket) && state.is !== 'merged' ? 'Not resolved?' : 'Add a reply'}</h2>
    <form class="form" method="post" action="/portal/tickets/${number}" enctype="multipart/form-data">
      <label
        >${isOver(ticket) && state.is !== 'merged' ? 'Reply to reopen this ticket' : 'Message'}
        <textarea name="text" rows="5" maxlength="60000"></textarea>
      </label>
      <label>Attachments <input type="file" name="files" multiple /></label>
      <button class="main">Send</button>
    </form>
  </main>`;
  return frame(`Ticket ${number}`, body, sources);
}

/** What a customer asks for. */
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
    types.length === 0 ? '' : html` <span class="hint">Required for: ${types.join(', ')}.</span>`;
  const body = html`<main>
    <h1>New ticket</h1>
    ${
      problems.length === 0
        ? ''
        : html`<ul class="warning" role="alert">
            ${problems.map((problem) => html`<li>${problem}</li>`)}
          </ul>`
    }
    <form class="form" method="post" action="/portal/new" enctype="multipart/form-data">
      <label
        >Subject <input name="subject" required maxlength="200" value="${given['subject'] ?? ''}"
      /></label>
      <label
        >Type
        <select name="type">
          ${rules.types.map((one) => option(one, one, given['type']))}
        </select></label
      >
      ${
        rules.categories.length === 0
          ? ''
          : html`<label
              >Category
              <select name="category">
                <option value="">I'm not sure</option>
                ${rules.categories.map(({ name }) => option(name, name, given['category']))}
              </select></label
            >`
      }
      <label
        >Priority
        <select name="priority">
          ${PRIORITIES.map((one) => option(one, one, given['priority'] ?? 'medium'))}
        </select></label
      >
      ${
        rules.asksSeverity
          ? html`<label
              >Severity
              <select name="severity" required>
                ${[
                  [1, '1: completely down, no workaround'],
                  [2, '2: severely degraded'],
                  [3, '3: minor impact, or there is a workaround'],
                  [4, '4: question or request'],
                ].map(([value, name]) => option(value!, String(name), given['severity'] ?? '3'))}
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
        >Description
        <textarea name="body" rows="8" required maxlength="60000">${given['body'] ?? ''}</textarea>
      </label>
      <label
        >Related ticket number
        <input name="related" inputmode="numeric" maxlength="12" value="${given['related'] ?? ''}"
      /></label>
      <label
        >Attachments <input type="file" name="files" multiple />
        <span class="hint"
          >Up to ${attachments.most} files, ${(attachments.largestBytes / 1_048_576).toFixed(0)} MB
          each.</span
        ></label
      >
      <button class="main">Send</button>
    </form>
  </main>`;
  return frame('New ticket', body, sources);
}

/** A GET shows and changes nothing: a mail program that looks at links rates nobody. */
export function ratePage(token: string, { number, subject, rating }: DeskTicket, score: number): string {
  const chosen = score >= 1 && score <= 5 ? score : rating?.score;
  const body = html`<main>
    <h1>How was our support?</h1>
    <p class="lead">Ticket ${number}: ${subject}</p>
    <form class="form" method="post" action="/rate/${encodeURIComponent(token)}">
      <fieldset>
        <legend>1 = poor, 5 = excellent</legend>
        ${[1, 2, 3, 4, 5].map((one) => html`<label class="choice"><input type="radio" name="score" value="${one}" required ${one === chosen ? html`checked` : ''} /> ${one}</label> `)}
      </fieldset>
      <label>Comment (optional) <textarea name="text" maxlength="2000"></textarea></label>
      <button class="main">Send</button>
    </form>
  </main>`;
  return layout('How was our support?', body, { home: { href: '/portal', name: 'Support' } });
}

export const ratedPage = (): string =>
  layout(
    'Thank you',
    html`<main>
      <h1>Thank you</h1>
      <p class="lead">Your feedback goes to the support team.</p>
    </main>`,
    { home: { href: '/portal', name: 'Support' } },
  );
