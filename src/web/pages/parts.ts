import { formatDuration } from '../../core/duration.ts';
import type { HealthName } from '../../core/health.ts';
import { MARKS } from '../../core/sentence.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';

/** `12 min ago`: the markup holds the absolute time; the script updates the text and uses the viewer's time zone. */
export function ago(at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" data-ago title="${iso}"
    >${say('frame.ago', { duration: formatDuration(now - at) })}</time
  >`;
}

/** An absolute time; the script shows it in the viewer's time zone. */
export function clock(at: number): Html {
  const iso = new Date(at).toISOString();
  const plain = iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  return html`<time datetime="${iso}" data-clock title="${iso}">${plain}</time>`;
}

/** Symbol and text together: colour is never the only signal. */
export function healthMark(health: HealthName): Html {
  return html`<span class="mark ${health}" aria-hidden="true">${MARKS[health]}</span
    ><span class="sr">${say(`frame.health-${health}`)}</span>`;
}

/** The symbol of a maintenance window. */
export const maintenanceMark = (): Html =>
  html`<span class="mark maintenance" aria-hidden="true">▲</span
    ><span class="sr">${say('frame.maintenance')}</span>`;

export function row(label: string, value: Html | string | undefined): Html {
  return value === undefined || value === ''
    ? html``
    : html`<div>
        <dt>${label}</dt>
        <dd>${value}</dd>
      </div>`;
}

/** Only http, https, tel and mailto become links. */
export function link(href: string, text = href): Html {
  return /^(https?:\/\/|tel:|mailto:)/i.test(href)
    ? html`<a href="${href}" rel="noreferrer">${text}</a>`
    : html`${text}`;
}

/** An action that cannot be undone needs a second tap, with or without the script. */
export function confirmed(words: string, button: Html): Html {
  return html`<details class="confirm">
    <summary class="tap">${words}…</summary>
    <p class="soft">${say('frame.resolving-ends-escalation')}</p>
    ${button}
  </details>`;
}
