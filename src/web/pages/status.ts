import { formatDuration } from '../../core/duration.ts';
import { fullTime, listed } from '../../core/wording.ts';
import { HISTORY_DAYS } from '../../history/history.ts';
import { incidentTitle, overallText, updatesOf } from '../../status/public-words.ts';
import type { StatusSettings } from '../../status/status-settings.ts';
import type {
  ComponentState,
  PublicComponent,
  PublicIncident,
  StatusView,
} from '../../status/status-view.ts';
import { html, type Html } from '../html.ts';
import { layout } from './layout.ts';
import { clock } from './parts.ts';
import { dayList, uptimeText } from './strip.ts';

export interface StatusFacts {
  settings: StatusSettings;
  view: StatusView;
  now: number;
  timeZone: string;
}

const STATES: Record<ComponentState, { mark: string; className: string; word: string }> = {
  works: { mark: '●', className: 'up', word: 'works' },
  outage: { mark: '■', className: 'down', word: 'does not work as usual' },
  maintenance: { mark: '▲', className: 'maintenance', word: 'planned work' },
};
/** So many outages that are over. */
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

/** Is it them or me? */
export function statusPage(facts: StatusFacts): string {
  const { settings, view, timeZone } = facts;
  const worst: ComponentState =
    view.current.length > 0 ? 'outage' : view.planned.some(({ isOpen }) => isOpen) ? 'maintenance' : 'works';
  const body = html`<main id="wall">
    <h1>${stateMark(worst)} ${overallText(view)}</h1>
    ${view.current.map((incident) => currentPart(incident, timeZone))}
    ${settings.takesReports ? reportCall(settings) : ''}
    <section aria-label="Services">
      <h2>Services</h2>
      <ul>
        ${view.components.map((component) => componentItem(component, timeZone))}
      </ul>
      <p class="soft">The past ${HISTORY_DAYS} days, a bar a day.</p>
    </section>
    ${
      view.planned.length === 0
        ? ''
        : html`<section>
            <h2>Planned work</h2>
            <ul class="plain">
              ${view.planned.map(
                ({ components, from, to, isOpen }) =>
                  html`<li>
                    ${stateMark('maintenance')} <strong>${listed(components)}</strong>
                    <p>${isOpen ? 'Going on' : 'Planned'} from ${clock(from)} to ${clock(to)}.</p>
                  </li>`,
              )}
            </ul>
          </section>`
    }
    <section>
      <h2>Past outages</h2>
      ${
        view.past.length === 0
          ? html`<p>None in the past ${HISTORY_DAYS} days.</p>`
          : html`<ul class="plain">
              ${view.past.slice(0, PAST_SHOWN).map(pastItem)}
            </ul>`
      }
    </section>
    <section>
      <h2>Be told</h2>
      ${settings.subscribe === undefined ? '' : subscribeForm()}
      <p><a class="tap" href="/status/feed.rss">RSS</a> · <a class="tap" href="/status.json">JSON</a></p>
    </section>
  </main>`;
  return page(`${overallText(view)} · ${settings.title}`, facts, body, { poll: true });
}

const stateMark = (state: ComponentState): Html => {
  const { mark, className } = STATES[state];
  return html`<span class="mark ${className}" aria-hidden="true">${mark}</span>`;
};

function reportCall({ phone }: StatusSettings): Html {
  return html`<p class="report-call">
    <a class="urgent-action" href="/status/report">${stateMark('outage')} Report a critical problem</a>
    ${phone === undefined ? '' : html`<span>or call <a class="tap" href="tel:${phone.replace(/[^+\d]/g, '')}">${phone}</a></span>`}
  </p>`;
}

function currentPart(incident: PublicIncident, timeZone: string): Html {
  return html`<section class="incident-public" aria-label="Outage">
    <h2>${incidentTitle(incident)}</h2>
    <ol class="timeline">
      ${updatesOf(incident, (at) => fullTime(at, timeZone)).map(
        ({ at, text }) => html`<li>${clock(at)}<span>${text}</span></li>`,
      )}
    </ol>
  </section>`;
}

function componentItem({ name, state, days }: PublicComponent, timeZone: string): Html {
  return html`<li class="component">
    ${stateMark(state)} <span><strong>${name}</strong> <span class="soft">${STATES[state].word}</span></span>
    <span class="soft">${uptimeText(days, true)}</span> ${dayList(days, timeZone)}
  </li>`;
}

function pastItem(incident: PublicIncident): Html {
  const { startedAt, resolvedAt = startedAt } = incident;
  return html`<li>
    <strong>${incidentTitle(incident)}</strong>
    <p>${clock(startedAt)}, for ${formatDuration(resolvedAt - startedAt)}.</p>
  </li>`;
}

/** Kept from people's eyes and from the keyboard: only programs fill it in. */
const trap = (): Html =>
  html`<label class="trap" aria-hidden="true"
    >Website <input name="website" tabindex="-1" autocomplete="off"
  /></label>`;

function subscribeForm(): Html {
  return html`<form class="actions in-order" method="post" action="/status/subscribe">
    <label
      >Mail address <input type="email" name="email" required maxlength="254" autocomplete="email"
    /></label>
    ${trap()}
    <button>Tell me by mail</button>
  </form>`;
}

/** Something critical, reported by whoever has noticed it. */
export function reportPage(
  facts: StatusFacts,
  given: Readonly<Record<string, string>>,
  problems: readonly string[] = [],
): string {
  const { settings } = facts;
  const body = html`<main>
    <h1>Report a critical problem</h1>
    <p class="lead">It opens an urgent ticket and calls whoever is on duty, at any hour.</p>
    ${settings.phone === undefined ? '' : html`<p>You can call too: <a class="tap" href="tel:${settings.phone.replace(/[^+\d]/g, '')}">${settings.phone}</a></p>`}
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
        >What does not work? <textarea name="text" required maxlength="4000">${given['text'] ?? ''}</textarea>
      </label>
      <label
        >Which service?
        <select name="component">
          <option value="">I am not sure</option>
          ${settings.components.map(
            ({ name }) =>
              html`<option value="${name}" ${given['component'] === name ? html`selected` : ''}>
                ${name}
              </option>`,
          )}
        </select></label
      >
      <label
        >Who are you?
        <input name="name" required maxlength="80" autocomplete="name" value="${given['name'] ?? ''}"
      /></label>
      <label
        >Where do we reach you?
        <input
          name="contact"
          required
          maxlength="120"
          autocomplete="tel"
          value="${given['contact'] ?? ''}"
          aria-describedby="contact-hint"
        />
        <span class="hint" id="contact-hint">A number that is answered now, or a mail address.</span></label
      >
      ${trap()}
      <button class="main">Report it</button>
    </form>
  </main>`;
  return page(`Report a critical problem · ${settings.title}`, facts, body);
}

/** It has been taken. */
export function reportedPage(facts: StatusFacts, ticket: string | undefined): string {
  const body = html`<main>
    <h1>We have it</h1>
    <p class="lead">Your report is open as urgent, and whoever is on duty is being called.</p>
    ${
      ticket === undefined
        ? html`<p>Its ticket follows in a moment; load this page again to see its number.</p>`
        : html`<p>Ticket <strong>${ticket}</strong>.</p>`
    }
    <p><a class="tap" href="/status">Back to the status page</a></p>
  </main>`;
  return page(`We have it · ${facts.settings.title}`, facts, body);
}

const SAID = {
  asked: [
    'Look into your mail',
    'If the address is yours, a mail with a link is on its way. Follow it, and you will be told.',
  ],
  full: ['Not now', 'No more addresses can be taken at the moment. The feed (RSS) tells the same.'],
  confirmed: ['You will be told', 'A mail comes when something does not work, and when it is over.'],
  left: ['No more mails', 'Your address is forgotten.'],
  unknown: ['Not known', 'This link is not one of ours, or it is too old. Subscribe again.'],
} as const;

/** What has come of it, in two sentences. */
export function saidPage(facts: StatusFacts, what: keyof typeof SAID): string {
  const [title, text] = SAID[what];
  const body = html`<main>
    <h1>${title}</h1>
    <p class="lead">${text}</p>
    <p><a class="tap" href="/status">Back to the status page</a></p>
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
  askPage(facts, 'Be told by mail?', `/status/confirm/${encodeURIComponent(token)}`, 'Yes, tell me');

export const leavePage = (facts: StatusFacts, token: string): string =>
  askPage(facts, 'No more mails?', `/status/leave/${encodeURIComponent(token)}`, 'Yes, no more');
