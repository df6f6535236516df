import { flapOf } from '../../incidents/flap-of.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
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
import { reasonAndMessage, reasonText } from '../../core/reason.ts';
import { incidentSentence } from '../../core/sentence.ts';
import { traitText } from '../../core/traits.ts';
import { withoutLinks } from '../../core/without-links.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import type { Reader } from '../reader.ts';
import { layout } from './layout.ts';
import { clock, confirmed, healthMark, link } from './parts.ts';
import { peopleList, whoAreYou } from './who-are-you.ts';

export interface IncidentStory {
  incident: Incident;
  events: readonly TimelineEvent[];
  messages: readonly Effect[];
  /** The person who came by the link in a page: prefilled in the name field. */
  openedBy?: string;
}

/** The story of an incident and the possible actions. */
export function incidentPage(
  { incident, events, messages, openedBy }: IncidentStory,
  sources: WebSources,
  reader: Reader,
): string {
  const now = sources.now();
  const open = isOpen(incident);
  const { status } = incident;
  const target = sources.config().targets.find((one) => one.name === incident.target);
  const body = html`<main id="wall">
    <h1>
      ${healthMark(isAtRisk(incident) ? 'down' : 'up')}
      ${incidentSentence(incident, now, isOpen(incident) ? flapOf(incident, sources.field) : undefined)}
    </h1>
    ${incident.kind === 'ticket' ? '' : html`<p class="lead">${incident.message}</p>`}
    <p class="soft">
      <span class="tag">${say(`words.priority-${incident.priority}`)}</span> ${aboutIncident(incident)}.
      ${
        status.is === 'worked'
          ? markup('incident.acknowledged-by', { person: nameOf(status.by, sources), at: clock(status.at) })
          : open
            ? say('incident.unacknowledged')
            : ''
      }
      ${incident.episode.estimate && open ? markup('incident.estimated-fix', { at: clock(incident.episode.estimate.at) }) : ''}
      ${incident.episode.vendor ? say('incident.vendor-involved', { vendor: incident.episode.vendor.name }) : ''}
      ${nextStep(incident, now)}
      ${incident.updates && open ? markup('incident.next-customer-update', { at: clock(incident.updates.nextAt) }) : ''}
    </p>
    ${open ? actions(incident, sources, reader, openedBy) : ''}
    ${target?.vendor?.phone ? html`<p>${markup('incident.vendor-phone', { vendor: target.vendor.name, phone: link(`tel:${target.vendor.phone.replace(/[^\d+]/g, '')}`, target.vendor.phone) })}</p>` : ''}
    ${target?.runbook ? html`<p>${link(target.runbook, say('incident.runbook'))}</p>` : ''}
    <section>
      <h2>${say('incident.timeline')}</h2>
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
            <h2>${say('incident.evidence')}</h2>
            ${incident.failing.slice(0, 12).map(evidence)}${incident.failing.length > 12 ? html`<p class="soft">${say('incident.more-evidence', { count: incident.failing.length - 12 })}</p>` : ''}
          </section>`
    }
    <section>
      <h2>${say('incident.messages')}</h2>
      ${
        messages.length === 0
          ? html`<p class="soft">${say('incident.no-messages')}</p>`
          : html`<ul class="plain">
              ${messages.map((effect) => messageItem(effect, sources))}
            </ul>`
      }
    </section>
    ${incident.kind === 'ticket' ? '' : html`<p><a href="/targets/${encodeURIComponent(incident.target)}">${say('incident.target', { target: incident.target })}</a></p>`}
  </main>`;
  const title = say('incident.title', { target: incident.target, reason: reasonText(incident.reason) });
  return layout(`${title} · Watchdesk`, body, { live: true });
}

/** `Acme Ltd, since 03:12, Desk 4711` */
function aboutIncident(incident: Incident): Html {
  const { customer, startedAt } = incident;
  return html`${customer ? html`${customer}, ` : ''}${markup('incident.since', { since: clock(startedAt) })},
  ${ticketWords(incident)}`;
}

function ticketWords(incident: Incident): Html | string {
  const ticket = ticketAtHand(incident);
  if (!ticket) return say('incident.ticket-pending');
  const name = ticketTitle(ticket);
  const linked = ticket.url ? link(ticket.url, name) : html`${name}`;
  if (ticket === incident.ticket) return linked;
  const why = incident.standIn?.why ?? say('incident.helpdesk-unreachable');
  return markup('incident.ticket-held', { ticket: linked, why });
}

/** For a group incident: targets that fail, and targets that have recovered. */
function members(incident: Incident): Html {
  const names = allTargets(incident);
  if (names.length < 2) return html``;
  const failing = failingTargets(incident);
  const count = names.length;
  const said = incident.episode.group
    ? say('incident.targets-with-trait', { count, trait: traitText(incident.episode.group.trait) })
    : say('incident.targets', { count });
  return html`<section>
    <h2>${said}</h2>
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

/** Targets that fail behind it without an incident of their own. */
function affectedList({ episode: { affected } }: Incident): Html {
  if (affected.length === 0) return html``;
  const now = affected.filter(({ until }) => until === undefined);
  return html`<section>
    <h2>${say('incident.affected')}</h2>
    <p class="soft">${say('incident.dependents-suppressed', { count: now.length })}</p>
    <ul class="plain">
      ${affected.map(
        ({ target, customer, since, until }) =>
          html`<li>
            ${healthMark(until === undefined ? 'down' : 'up')}
            <a href="/targets/${encodeURIComponent(target)}">${target}</a>
            <span class="soft"
              >${customer ? html`${customer}, ` : ''}${until ? markup('incident.from-to', { from: clock(since), to: clock(until) }) : markup('incident.since', { since: clock(since) })}</span
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
      : say('incident.acknowledgement-expires', { duration: formatDuration(lapse - now) });
  }
  const next = incident.episode.due.map(({ dueAt }) => dueAt).sort((a, b) => a - b)[0];
  return next === undefined ? '' : say('incident.next-step', { duration: formatDuration(next - now) });
}

/** The estimates offered. */
const ESTIMATES = ['30m', '1h', '2h', '4h', '8h'];

function actions(incident: Incident, { config }: WebSources, reader: Reader, openedBy = ''): Html {
  if (!reader.mayAct) return html``;
  const vendor = config().targets.find(({ name }) => name === incident.target)?.vendor?.name;
  return html`<form class="actions" method="post" action="/incidents/${incident.id}">
    ${whoAreYou(reader, config().people.has(openedBy) ? openedBy : '')}
    ${peopleList(config().people.values())}
    <label
      >${say('incident.note')}
      <input name="text" maxlength="4000" placeholder="${say('incident.note-placeholder')}"
    /></label>
    <button name="action" value="acknowledge" class="main">${say('incident.acknowledge')}</button>
    <button name="action" value="escalate">${say('incident.escalate')}</button>
    ${confirmed(say('incident.resolve'), html`<button name="action" value="resolve">${say('incident.resolve-now')}</button>`)}
    <button name="action" value="note">${say('incident.add-note')}</button>
    <label
      >${say('incident.estimated-fix-in')}
      <select name="in">
        ${ESTIMATES.map((one) => html`<option value="${one}" ${one === '1h' ? 'selected' : ''}>${formatDuration(parseDuration(one)!)}</option>`)}
      </select></label
    >
    <button name="action" value="estimate">${say('incident.set-estimate')}</button>
    ${vendor ? html`<button name="action" value="vendor">${say('incident.involve-vendor', { vendor })}</button>` : ''}
  </form>`;
}

function evidence(check: FailingCheck): Html {
  return html`<article>
    <h3>
      ${healthMark(check.recoveredAt === undefined ? 'down' : 'up')} ${check.target}/${check.check}
      <span class="soft">${check.subject}</span>
    </h3>
    <p>${reasonAndMessage(check.reason, check.message)}</p>
    <p class="soft">
      ${markup('incident.failures-since', { count: check.failures, since: clock(check.firstFailureAt) })}
      ${check.lastGoodAt ? markup('incident.last-success', { at: clock(check.lastGoodAt) }) : say('incident.no-success-yet')}
      ${check.recoveredAt ? markup('incident.recovered', { at: clock(check.recoveredAt) }) : ''}
    </p>
    ${check.log.length > 0 ? html`<pre>${check.log.join('\n')}</pre>` : ''}
  </article>`;
}

function messageItem(effect: Effect, sources: WebSources): Html {
  if (!isMessage(effect)) return html``;
  const { content, state } = effect;
  const who = content.person ? nameOf(content.person, sources) : content.to.name;
  const { kind } = effect;
  const at = clock(effect.createdAt);
  const said =
    'why' in state
      ? markup(`incident.message-failed-${state.is}`, { at, kind, who, channel: content.via, why: state.why })
      : markup(`incident.message-is-${state.is}`, { at, kind, who, channel: content.via });
  return html`<li>
    ${said} ${content.text ? html`<span class="quote">${withoutLinks(content.text)}</span>` : ''}
  </li>`;
}

const nameOf = (id: string, { config }: WebSources): string => config().people.get(id)?.name ?? id;
