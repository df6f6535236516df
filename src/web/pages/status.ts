import { formatDuration } from '../../core/duration.ts';
import { listed } from '../../core/wording.ts';
import { HISTORY_DAYS } from '../../history/history.ts';
import {
  incidentTitle,
  overallText,
  timelessText,
  updatesOf,
  type PublicUpdate,
} from '../../status/public-words.ts';
import type { StatusSettings } from '../../status/status-settings.ts';
import type {
  ComponentState,
  PublicComponent,
  PublicIncident,
  StatusView,
} from '../../status/status-view.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import { layout } from './layout.ts';
import { clock } from './parts.ts';
import { dayList, uptimeText } from './strip.ts';

export interface StatusFacts {
  settings: StatusSettings;
  view: StatusView;
  now: number;
  timeZone: string;
}

const STATES: Record<ComponentState, { mark: string; className: string }> = {
  works: { mark: '●', className: 'up' },
  outage: { mark: '■', className: 'down' },
  maintenance: { mark: '▲', className: 'maintenance' },
};
/** Number of past outages shown. */
const PAST_SHOWN = 20;

const page = (title: string, { settings }: StatusFacts, body: Html, more: { poll?: boolean } = {}): string =>
  layout(title, body, {
    ...more,
    home: { href: '/status', name: settings.title },
    head: html`<link
      rel="alternate"
      type="application/rss+xml"
      title="${settings.title}"
      href="/status/feed.rss"
    />`,
  });

/** The public status page: tells visitors whether the service or their own side is at fault. */
export function statusPage(facts: StatusFacts): string {
  const { settings, view, timeZone } = facts;
  const worst: ComponentState =
    view.current.length > 0 ? 'outage' : view.planned.some(({ isOpen }) => isOpen) ? 'maintenance' : 'works';
  const body = html`<main id="wall">
    <h1>${stateMark(worst)} ${overallText(view)}</h1>
    ${view.current.map(currentPart)} ${settings.takesReports ? reportCall(settings) : ''}
    <section aria-label="${say('status.services')}">
      <h2>${say('status.services')}</h2>
      <ul>
        ${view.components.map((component) => componentItem(component, timeZone))}
      </ul>
      <p class="soft">${say('status.days-shown', { days: HISTORY_DAYS })}</p>
    </section>
    ${
      view.planned.length === 0
        ? ''
        : html`<section>
            <h2>${say('status.scheduled-maintenance')}</h2>
            <ul class="plain">
              ${view.planned.map(
                ({ components, from, to, isOpen }) =>
                  html`<li>
                    ${stateMark('maintenance')} <strong>${listed(components)}</strong>
                    <p>
                      ${markup(isOpen ? 'status.maintenance-in-progress' : 'status.maintenance-scheduled', { from: clock(from), to: clock(to) })}
                    </p>
                  </li>`,
              )}
            </ul>
          </section>`
    }
    <section>
      <h2>${say('status.past-incidents')}</h2>
      ${
        view.past.length === 0
          ? html`<p>${say('status.no-past-incidents', { days: HISTORY_DAYS })}</p>`
          : html`<ul class="plain">
              ${view.past.slice(0, PAST_SHOWN).map(pastItem)}
            </ul>`
      }
    </section>
    <section>
      <h2>${say('status.subscribe')}</h2>
      ${settings.subscribe === undefined ? '' : subscribeForm()}
      <p>
        <a class="tap" href="/status/feed.rss">${say('status.rss')}</a> ·
        <a class="tap" href="/status.json">${say('status.json')}</a>
      </p>
    </section>
  </main>`;
  return page(`${overallText(view)} · ${settings.title}`, facts, body, { poll: true });
}

const stateMark = (state: ComponentState): Html => {
  const { mark, className } = STATES[state];
  return html`<span class="mark ${className}" aria-hidden="true">${mark}</span>`;
};

const phoneLink =
  (phone: string) =>
  (text: Html): Html =>
    html`<a class="tap" href="tel:${phone.replace(/[^+\d]/g, '')}">${text}</a>`;

function reportCall({ phone }: StatusSettings): Html {
  return html`<p class="report-call">
    <a class="urgent-action" href="/status/report">${stateMark('outage')} ${say('status.report-problem')}</a>
    ${phone === undefined ? '' : html`<span>${markup('status.or-call', { phone, link: phoneLink(phone) })}</span>`}
  </p>`;
}

function currentPart(incident: PublicIncident): Html {
  // Not a landmark: there may be several, and none is a place in the page to jump to.
  return html`<article class="incident-public">
    <h2>${incidentTitle(incident)}</h2>
    <ol class="timeline">
      ${updatesOf(incident).map((update) => html`<li>${clock(update.at)}<span>${updatePart(update)}</span></li>`)}
    </ol>
  </article>`;
}

/** Times in it are shown in the reader's own time zone. */
const updatePart = (update: PublicUpdate): Html | string =>
  update.is === 'estimated'
    ? markup('status.worked-on-until', { at: clock(update.expectedAt) })
    : timelessText(update);

function componentItem({ name, state, days }: PublicComponent, timeZone: string): Html {
  return html`<li class="component">
    ${stateMark(state)}
    <span><strong>${name}</strong> <span class="soft">${say(`status.state-${state}`)}</span></span>
    <span class="soft">${uptimeText(days, true)}</span> ${dayList(days, timeZone)}
  </li>`;
}

function pastItem(incident: PublicIncident): Html {
  const { startedAt, resolvedAt = startedAt } = incident;
  return html`<li>
    <strong>${incidentTitle(incident)}</strong>
    <p>
      ${markup('status.past-incident', { at: clock(startedAt), duration: formatDuration(resolvedAt - startedAt) })}
    </p>
  </li>`;
}

/** A honeypot field, hidden from people and from the keyboard: only programs fill it in. */
const trap = (): Html =>
  html`<label class="trap" aria-hidden="true"
    >Website <input name="website" tabindex="-1" autocomplete="off"
  /></label>`;

function subscribeForm(): Html {
  return html`<form class="actions in-order" method="post" action="/status/subscribe">
    <label
      >${say('status.email-address')}
      <input type="email" name="email" required maxlength="254" autocomplete="email"
    /></label>
    ${trap()}
    <button>${say('status.subscribe-by-email')}</button>
  </form>`;
}

/** The form for reporting a critical problem. */
export function reportPage(
  facts: StatusFacts,
  given: Readonly<Record<string, string>>,
  problems: readonly string[] = [],
): string {
  const { settings } = facts;
  const body = html`<main>
    <h1>${say('status.report-problem')}</h1>
    <p class="lead">${say('status.report-pages-us')}</p>
    ${settings.phone === undefined ? '' : html`<p>${markup('status.can-also-call', { phone: settings.phone, link: phoneLink(settings.phone) })}</p>`}
    ${
      problems.length === 0
        ? ''
        : html`<ul class="warning" role="alert">
            ${problems.map((problem) => html`<li>${problem}</li>`)}
          </ul>`
    }
    <form class="form" method="post" action="/status/report">
      <input type="hidden" name="form" value="${given['form']}" />
      <label
        >${say('status.what-is-not-working')}
        <textarea name="text" required maxlength="4000">${given['text'] ?? ''}</textarea>
      </label>
      <label
        >${say('status.which-service')}
        <select name="component">
          <option value="">${say('status.not-sure')}</option>
          ${settings.components.map(
            ({ name }) =>
              html`<option value="${name}" ${given['component'] === name ? html`selected` : ''}>
                ${name}
              </option>`,
          )}
        </select></label
      >
      <label
        >${say('status.your-name')}
        <input name="name" required maxlength="80" autocomplete="name" value="${given['name'] ?? ''}"
      /></label>
      <label
        >${say('status.how-to-reach-you')}
        <input
          name="contact"
          required
          maxlength="120"
          autocomplete="tel"
          value="${given['contact'] ?? ''}"
          aria-describedby="contact-hint"
        />
        <span class="hint" id="contact-hint">${say('status.contact-hint')}</span></label
      >
      ${trap()}
      <button class="main">${say('status.submit-report')}</button>
    </form>
  </main>`;
  return page(`${say('status.report-problem')} · ${settings.title}`, facts, body);
}

/** The report was received. */
export function reportedPage(facts: StatusFacts, ticket: string | undefined): string {
  const body = html`<main>
    <h1>${say('status.report-received')}</h1>
    <p class="lead">${say('status.we-are-paging')}</p>
    ${
      ticket === undefined
        ? html`<p>${say('status.ticket-pending')}</p>`
        : html`<p>${markup('status.ticket', { number: ticket })}</p>`
    }
    <p><a class="tap" href="/status">${say('status.back-to-status')}</a></p>
  </main>`;
  return page(`${say('status.report-received')} · ${facts.settings.title}`, facts, body);
}

/** The result of a subscription request, in two sentences. */
export function saidPage(
  facts: StatusFacts,
  what: 'asked' | 'full' | 'confirmed' | 'left' | 'unknown',
): string {
  const title = say(`status.said-title-${what}`);
  const body = html`<main>
    <h1>${title}</h1>
    <p class="lead">${say(`status.said-text-${what}`)}</p>
    <p><a class="tap" href="/status">${say('status.back-to-status')}</a></p>
  </main>`;
  return page(`${title} · ${facts.settings.title}`, facts, body);
}

const askPage = (facts: StatusFacts, title: string, action: string, button: string): string =>
  page(
    `${title} · ${facts.settings.title}`,
    facts,
    html`<main>
      <h1>${title}</h1>
      <form method="post" action="${action}"><button class="main">${button}</button></form>
    </main>`,
  );

export const confirmPage = (facts: StatusFacts, token: string): string =>
  askPage(
    facts,
    say('status.subscribe-question'),
    `/status/confirm/${encodeURIComponent(token)}`,
    say('status.subscribe'),
  );

export const leavePage = (facts: StatusFacts, token: string): string =>
  askPage(
    facts,
    say('status.unsubscribe-question'),
    `/status/leave/${encodeURIComponent(token)}`,
    say('status.unsubscribe'),
  );
