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
  works: { mark: '●', className: 'up', word: 'operational' },
  outage: { mark: '■', className: 'down', word: 'outage' },
  maintenance: { mark: '▲', className: 'maintenance', word: 'maintenance' },
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
      <p class="soft">Past ${HISTORY_DAYS} days, one bar per day.</p>
    </section>
    ${
      view.planned.length === 0
        ? ''
        : html`<section>
            <h2>Scheduled maintenance</h2>
            <ul class="plain">
              ${view.planned.map(
                ({ components, from, to, isOpen }) =>
                  html`<li>
                    ${stateMark('maintenance')} <strong>${listed(components)}</strong>
                    <p>${isOpen ? 'In progress' : 'Scheduled'} from ${clock(from)} to ${clock(to)}.</p>
                  </li>`,
              )}
            </ul>
          </section>`
    }
    <section>
      <h2>Past incidents</h2>
      ${
        view.past.length === 0
          ? html`<p>No incidents in the past ${HISTORY_DAYS} days.</p>`
          : html`<ul class="plain">
              ${view.past.slice(0, PAST_SHOWN).map(pastItem)}
            </ul>`
      }
    </section>
    <section>
      <h2>Subscribe</h2>
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
  // No landmark: there may be several, and none of them is a part of the page to jump to.
  return html`<article class="incident-public">
    <h2>${incidentTitle(incident)}</h2>
    <ol class="timeline">
      ${updatesOf(incident, (at) => fullTime(at, timeZone)).map(
        ({ at, text }) => html`<li>${clock(at)}<span>${text}</span></li>`,
      )}
    </ol>
  </article>`;
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
      >Email address <input type="email" name="email" required maxlength="254" autocomplete="email"
    /></label>
    ${trap()}
    <button>Subscribe by email</button>
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
    <p class="lead">This opens an urgent ticket and pages our on-call engineer, 24/7.</p>
    ${settings.phone === undefined ? '' : html`<p>You can also call <a class="tap" href="tel:${settings.phone.replace(/[^+\d]/g, '')}">${settings.phone}</a></p>`}
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
        >What is not working?
        <textarea name="text" required maxlength="4000">${given['text'] ?? ''}</textarea>
      </label>
      <label
        >Which service is affected?
        <select name="component">
          <option value="">I'm not sure</option>
          ${settings.components.map(
            ({ name }) =>
              html`<option value="${name}" ${given['component'] === name ? html`selected` : ''}>
                ${name}
              </option>`,
          )}
        </select></label
      >
      <label
        >Your name
        <input name="name" required maxlength="80" autocomplete="name" value="${given['name'] ?? ''}"
      /></label>
      <label
        >How can we reach you?
        <input
          name="contact"
          required
          maxlength="120"
          autocomplete="tel"
          value="${given['contact'] ?? ''}"
          aria-describedby="contact-hint"
        />
        <span class="hint" id="contact-hint"
          >A phone number where you can be reached now, or an email address.</span
        ></label
      >
      ${trap()}
      <button class="main">Submit report</button>
    </form>
  </main>`;
  return page(`Report a critical problem · ${settings.title}`, facts, body);
}

/** It has been taken. */
export function reportedPage(facts: StatusFacts, ticket: string | undefined): string {
  const body = html`<main>
    <h1>Report received</h1>
    <p class="lead">We have opened an urgent ticket and are paging our on-call engineer.</p>
    ${
      ticket === undefined
        ? html`<p>The ticket is being created. Reload this page in a moment to see its number.</p>`
        : html`<p>Ticket <strong>${ticket}</strong>.</p>`
    }
    <p><a class="tap" href="/status">Back to the status page</a></p>
  </main>`;
  return page(`Report received · ${facts.settings.title}`, facts, body);
}

const SAID = {
  asked: ['Check your email', 'If this address is not subscribed yet, we have sent it a link to confirm.'],
  full: [
    'Subscriptions are full',
    'We cannot add more addresses at the moment. The RSS feed has the same updates.',
  ],
  confirmed: ['You are subscribed', 'We will email you when an outage starts and when it is resolved.'],
  left: ['Unsubscribed', 'Your address has been removed.'],
  unknown: ['Link not valid', 'This link is invalid or has expired. Subscribe again to get a new one.'],
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
  askPage(facts, 'Subscribe to email updates?', `/status/confirm/${encodeURIComponent(token)}`, 'Subscribe');

export const leavePage = (facts: StatusFacts, token: string): string =>
  askPage(
    facts,
    'Unsubscribe from email updates?',
    `/status/leave/${encodeURIComponent(token)}`,
    'Unsubscribe',
  );
