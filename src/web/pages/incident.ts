import { formatDuration } from '../../core/duration.ts';
import { isMessage, type Effect } from '../../core/effect.ts';
import {
  allTargets,
  failingTargets,
  isAtRisk,
  isOpen,
  lapsesAt,
  ticketAtHand,
  ticketTitle,
  type FailingCheck,
  type Incident,
  type TimelineEvent,
} from '../../core/incident.ts';
import { reasonAndMessage, REASONS } from '../../core/reason.ts';
import { incidentSentence } from '../../core/sentence.ts';
import { withoutLinks } from '../../core/without-links.ts';
import { plural } from '../../core/wording.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { forAgents, layout } from './layout.ts';
import { clock, confirmed, healthMark, link } from './parts.ts';
import { peopleList, whoAreYou } from './who-are-you.ts';

export interface IncidentStory {
  incident: Incident;
  events: readonly TimelineEvent[];
  messages: readonly Effect[];
  /** Who came by the link of a page: the field is filled for them. */
  reader?: string;
}

/** What happened, what next? */
export function incidentPage(
  { incident, events, messages, reader }: IncidentStory,
  sources: WebSources,
): string {
  const now = sources.now();
  const open = isOpen(incident);
  const { status } = incident;
  const target = sources.config().targets.find((one) => one.name === incident.target);
  const owner = status.is === 'worked' ? `Acknowledged by ${nameOf(status.by, sources)} at` : undefined;
  const body = html`<main id="wall">
    <h1>
      ${healthMark(isAtRisk(incident) ? 'down' : 'up')}
      ${incidentSentence(incident, now, isOpen(incident) ? sources.engine.flapOf(incident) : undefined)}
    </h1>
    ${incident.kind === 'ticket' ? '' : html`<p class="lead">${incident.message}</p>`}
    <p class="soft">
      <span class="tag">${incident.priority}</span> ${incident.customer ? html` ${incident.customer},` : ''}
      since ${clock(incident.startedAt)}${ticketWords(incident)}.
      ${owner && status.is === 'worked' ? html`${owner} ${clock(status.at)}.` : open ? 'Unacknowledged.' : ''}
      ${incident.estimate && open ? html`Estimated fix by ${clock(incident.estimate.at)}.` : ''}
      ${incident.vendor ? `Vendor ${incident.vendor.name} is involved.` : ''} ${nextStep(incident, now)}
      ${incident.updates && open ? html`Next customer update due ${clock(incident.updates.nextAt)}.` : ''}
    </p>
    ${open ? actions(incident, sources, reader) : ''}
    ${target?.vendor?.phone ? html`<p>Vendor: ${target.vendor.name}, ${link(`tel:${target.vendor.phone.replace(/[^\d+]/g, '')}`, target.vendor.phone)}</p>` : ''}
    ${target?.runbook ? html`<p>${link(target.runbook, 'Runbook')}</p>` : ''}
    <section>
      <h2>Timeline</h2>
      <ol class="timeline">
        ${events.map(
          ({ at, text, by }) =>
            html`<li>
              ${clock(at)}
              <span>${text}${by && !text.includes(by) ? html` <span class="soft">${by}</span>` : ''}</span>
            </li>`,
        )}
      </ol>
    </section>
    ${members(incident)} ${affectedList(incident)}
    ${
      incident.failing.length === 0
        ? ''
        : html`<section>
            <h2>Evidence</h2>
            ${incident.failing.slice(0, 12).map(evidence)}${incident.failing.length > 12 ? html`<p class="soft">And ${incident.failing.length - 12} more.</p>` : ''}
          </section>`
    }
    <section>
      <h2>Messages</h2>
      ${
        messages.length === 0
          ? html`<p class="soft">No messages sent.</p>`
          : html`<ul class="plain">
              ${messages.map((effect) => messageItem(effect, sources))}
            </ul>`
      }
    </section>
    ${incident.kind === 'ticket' ? '' : html`<p><a href="/targets/${encodeURIComponent(incident.target)}">Target ${incident.target}</a></p>`}
  </main>`;
  return layout(`${incident.target}: ${REASONS[incident.reason]} · Watchdesk`, body, { live: true });
}

function ticketWords(incident: Incident): Html {
  const ticket = ticketAtHand(incident);
  if (!ticket) return html`, ticket pending`;
  const held =
    ticket === incident.ticket ? '' : `: ${incident.standIn?.why ?? 'the helpdesk is unreachable'}`;
  const name = ticketTitle(ticket);
  return html`, ${ticket.url ? link(ticket.url, name) : name}${held}`;
}

/** Of a storm: what fails, and what has come back. */
function members(incident: Incident): Html {
  const names = allTargets(incident);
  if (names.length < 2) return html``;
  const failing = failingTargets(incident);
  return html`<section>
    <h2>${plural(names.length, 'target')}${incident.group ? `, all of ${incident.group.trait}` : ''}</h2>
    <ul class="plain">
      ${names.map(
        (name) =>
          html`<li>
            ${healthMark(failing.includes(name) ? 'down' : 'up')}
            <a href="/targets/${encodeURIComponent(name)}">${name}</a>
          </li>`,
      )}
    </ul>
  </section>`;
}

/** What fails behind it, without an incident of its own. */
function affectedList({ affected }: Incident): Html {
  if (affected.length === 0) return html``;
  const now = affected.filter(({ until }) => until === undefined);
  return html`<section>
    <h2>Affected</h2>
    <p class="soft">${plural(now.length, 'dependent target')} suppressed.</p>
    <ul class="plain">
      ${affected.map(
        ({ target, customer, since, until }) =>
          html`<li>
            ${healthMark(until === undefined ? 'down' : 'up')}
            <a href="/targets/${encodeURIComponent(target)}">${target}</a>
            <span class="soft"
              >${customer ?? ''} since ${clock(since)}${until ? html` to ${clock(until)}` : ''}</span
            >
          </li>`,
      )}
    </ul>
  </section>`;
}

function nextStep(incident: Incident, now: number): string {
  const lapse = lapsesAt(incident);
  if (incident.status.is === 'worked') {
    return lapse === undefined
      ? ''
      : `The acknowledgement expires in ${formatDuration(lapse - now)} without an update.`;
  }
  const next = incident.due.map(({ dueAt }) => dueAt).sort((a, b) => a - b)[0];
  return next === undefined ? '' : `Next escalation step in ${formatDuration(next - now)}.`;
}

function actions(incident: Incident, { config }: WebSources, reader = ''): Html {
  const vendor = config().targets.find(({ name }) => name === incident.target)?.vendor?.name;
  return forAgents(
    html`<form class="actions" method="post" action="/incidents/${incident.id}">
      ${whoAreYou(config().people.has(reader) ? reader : '')} ${peopleList(config().people.values())}
      <label>Note <input name="text" maxlength="4000" placeholder="optional, added to the ticket" /></label>
      <button name="action" value="acknowledge" class="main">Acknowledge</button>
      <button name="action" value="escalate">Escalate</button>
      ${confirmed('Resolve', html`<button name="action" value="resolve">Resolve now</button>`)}
      <button name="action" value="note">Add note</button>
      <label
        >Estimated fix in
        <select name="in">
          <option value="30m">30 min</option>
          <option value="1h" selected>1 h</option>
          <option value="2h">2 h</option>
          <option value="4h">4 h</option>
          <option value="8h">8 h</option>
        </select></label
      >
      <button name="action" value="estimate">Set estimate</button>
      ${vendor ? html`<button name="action" value="vendor">Involve vendor ${vendor}</button>` : ''}
    </form>`,
  );
}

function evidence(check: FailingCheck): Html {
  return html`<article>
    <h3>
      ${healthMark(check.recoveredAt === undefined ? 'down' : 'up')} ${check.target}/${check.check}
      <span class="soft">${check.subject}</span>
    </h3>
    <p>${reasonAndMessage(check.reason, check.message)}</p>
    <p class="soft">
      ${plural(check.failures, 'consecutive failure')} since ${clock(check.firstFailureAt)}; last success
      ${
        check.lastGoodAt ? clock(check.lastGoodAt) : 'never'
      }${check.recoveredAt ? html`; recovered ${clock(check.recoveredAt)}` : ''}.
    </p>
    ${check.log.length > 0 ? html`<pre>${check.log.join('\n')}</pre>` : ''}
  </article>`;
}

function messageItem(effect: Effect, sources: WebSources): Html {
  if (!isMessage(effect)) return html``;
  const { content, state } = effect;
  const who = content.person ? nameOf(content.person, sources) : content.to.name;
  const why = 'why' in state ? ` (${state.why})` : '';
  return html`<li>
    ${clock(effect.createdAt)} ${effect.kind} to <strong>${who}</strong> by ${content.via}: ${state.is}${why}
    ${content.text ? html`<span class="quote">${withoutLinks(content.text)}</span>` : ''}
  </li>`;
}

const nameOf = (id: string, { config }: WebSources): string => config().people.get(id)?.name ?? id;
