import { formatDuration } from '../../core/duration.ts';
import {
  isAtRisk,
  isOpen,
  stillFailing,
  ticketAtHand,
  ticketTitle,
  type Incident,
} from '../../core/incident.ts';
import { reasonAndMessage } from '../../core/reason.ts';
import { incidentSentence } from '../../core/sentence.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { clock, confirmed, healthMark, link } from './parts.ts';

/** Estimates offered as buttons, in minutes. */
export const ESTIMATES_MINUTES = [30, 60, 120, 240] as const;

export interface AnswerView {
  token: string;
  incident: Incident;
  /** Id of the person paged; undefined when unknown. */
  person?: string;
  /** Other incidents in the same message. */
  others: readonly Incident[];
  /** Actions of this link already used, and when. */
  used: ReadonlyMap<string, number>;
  hasExpired: boolean;
  /** Result of the last action. */
  said?: string;
}

/** Shows a paged person the incident and the answers: for one thumb, at night, over a slow connection. */
export function answerPage(view: AnswerView, sources: WebSources): string {
  const { incident, person, hasExpired, said } = view;
  const now = sources.now();
  const { people, targets } = sources.config();
  const target = targets.find(({ name }) => name === incident.target);
  const ticket = ticketAtHand(incident);
  const { status } = incident;
  const { estimate } = incident.episode;
  const nameOf = (id: string) => people.get(id)?.name ?? id;
  const open = isOpen(incident);
  const body = html`<main class="answer">
    ${said ? html`<p class="said" role="status">${said}</p>` : ''}
    <h1>${healthMark(isAtRisk(incident) ? 'down' : 'up')} ${incidentSentence(incident, now)}</h1>
    <p>
      <span class="tag">${incident.priority}</span>
      ${incident.customer ? `${incident.customer} · ` : ''}${markup('answer.since', { at: clock(incident.startedAt) })}${ticket ? html` · ${ticket.url ? link(ticket.url, ticketTitle(ticket)) : ticketTitle(ticket)}` : ''}
    </p>
    ${status.is === 'worked' ? html`<p>${markup('answer.acknowledged-by', { name: nameOf(status.by), at: clock(status.at) })}</p>` : ''}
    ${estimate && open ? html`<p>${markup('answer.estimated-fix-by', { at: clock(estimate.at) })}</p>` : ''}
    ${evidence(incident)}
    ${
      hasExpired
        ? html`<p class="lead">${say('answer.expired')}</p>`
        : open
          ? actions(view, person === undefined ? undefined : nameOf(person), now, target?.vendor?.name)
          : ''
    }
    ${target?.vendor?.phone ? html`<p>${link(`tel:${target.vendor.phone.replace(/[^\d+]/g, '')}`, say('answer.call-vendor', { vendor: target.vendor.name, phone: target.vendor.phone }))}</p>` : ''}
    ${target?.runbook ? html`<p>${link(target.runbook, say('answer.runbook'))}</p>` : ''}
    ${open && !hasExpired ? estimates(view, person === undefined, now) : ''}
    <p><a href="/incidents/${incident.id}">${say('answer.full-timeline')}</a></p>
  </main>`;
  return layout(`${incident.target} · Watchdesk`, body);
}

/** Three lines at most. */
function evidence(incident: Incident): Html {
  const failing = stillFailing(incident).slice(0, 3);
  return html`<ul class="plain">
    ${failing.map(
      (part) =>
        html`<li>
          ${markup('answer.failing', { check: `${part.target}/${part.check}`, reason: reasonAndMessage(part.reason, part.message), count: part.failures })}
        </li>`,
    )}
  </ul>`;
}

function actions(
  { token, others, used, incident }: AnswerView,
  who: string | undefined,
  now: number,
  vendor?: string,
): Html {
  const button = (action: string, words: string, isMain = false) =>
    actionButton(used, now, action, words, isMain);
  const also = others.filter(({ id }) => id !== incident.id);
  return html`<form class="actions" method="post" action="/a/${token}">
      ${who === undefined ? nameField() : html`<p class="soft">${say('answer.responding-as', { name: who })}</p>`}
      ${button('acknowledge', also.length > 0 ? say('answer.acknowledge-all', { count: also.length }) : say('answer.acknowledge'), true)}
      ${button('escalate', say('answer.escalate'))}
      ${confirmed(say('answer.resolve'), button('resolve', say('answer.resolve-now')))}
      ${vendor ? button('vendor', say('answer.involve-vendor', { vendor })) : ''}
    </form>
    ${
      also.length > 0
        ? html`<h2>${say('answer.also-in-message')}</h2>
            <ul class="plain">
              ${also.slice(0, 20).map((one) => html`<li>${healthMark(isOpen(one) ? 'down' : 'up')} <a href="/incidents/${one.id}">${incidentSentence(one, now)}</a></li>`)}
            </ul>`
        : ''
    }`;
}

/** Estimated time of recovery: customers see it in their next update. */
function estimates({ token, used }: AnswerView, isNameless: boolean, now: number): Html {
  return html`<h2>${say('answer.estimated-fix-in')}</h2>
    <form class="actions estimates" method="post" action="/a/${token}">
      ${isNameless ? nameField() : ''}
      ${ESTIMATES_MINUTES.map((minutes) =>
        actionButton(used, now, `estimate-${minutes}`, formatDuration(minutes * 60_000), false),
      )}
    </form>`;
}

const nameField = (): Html =>
  html`<label
    >${say('answer.your-name')} <input name="by" required maxlength="80" autocomplete="name"
  /></label>`;

/** An action already used shows that in place of its button. */
function actionButton(
  used: ReadonlyMap<string, number>,
  now: number,
  action: string,
  words: string,
  isMain: boolean,
): Html {
  const at = used.get(action);
  if (at !== undefined)
    return html`<p class="soft">
      ${say('answer.used', { action: words, duration: formatDuration(now - at) })}
    </p>`;
  return isMain
    ? html`<button name="action" value="${action}" class="main">${words}</button>`
    : html`<button name="action" value="${action}">${words}</button>`;
}
