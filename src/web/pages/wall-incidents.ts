import { flapOf } from '../../incidents/flap-of.ts';
import { formatDuration } from '../../core/duration.ts';
import { stillAffected, ticketAtHand, ticketTitle, type Incident } from '../../core/incident.ts';
import { reasonWords } from '../../core/reason.ts';
import type { FlapNow } from '../../core/flapping.ts';
import { flapWords, incidentName, incidentSentence } from '../../core/sentence.ts';
import { PRIORITIES } from '../../core/target.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { clock } from './parts.ts';

export function worstFirst(a: Incident, b: Incident): number {
  const byPriority = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return byPriority || a.startedAt - b.startedAt;
}

/** Nobody reads more rows than this, and a browser takes seconds to render thousands. */
const LISTED_MAX = 100;

/** One row per incident: what fails, since when and why, and who owns it. */
export function incidentList(incidents: readonly Incident[], sources: WebSources, now: number): Html {
  const left = incidents.length - LISTED_MAX;
  return html`<section aria-label="${say('wall.open-incidents')}">
    <h1>${say('wall.incidents-open', { count: incidents.length })}</h1>
    <ul class="incidents">
      ${incidents.slice(0, LISTED_MAX).map((incident) => incidentRow(incident, sources, now))}
    </ul>
    ${left > 0 ? more(say('wall.more-incidents', { count: left }), '/incidents?status=open') : ''}
  </section>`;
}

/** Incidents that a human ended although checks still fail: nobody is paged for them, so the wall must show them. */
export function endedButFailing({ keeper }: WebSources, now: number): Html {
  const incidents = keeper.endedButFailing().toSorted(worstFirst);
  if (incidents.length === 0) return html``;
  const left = incidents.length - LISTED_MAX;
  return html`<section aria-label="${say('wall.resolved-but-failing')}">
    <h2>${say('wall.incidents-resolved-but-failing', { count: incidents.length })}</h2>
    <ul class="plain">
      ${incidents.slice(0, LISTED_MAX).map(
        (incident) =>
          html`<li>
            <span class="mark down" aria-hidden="true">■</span>
            <a href="/incidents/${incident.id}">${incidentSentence(incident, now)}</a>
          </li>`,
      )}
    </ul>
    ${left > 0 ? more(say('wall.more-resolved-but-failing', { count: left }), '/incidents?status=resolved') : ''}
  </section>`;
}

/** A link to the items that are not listed. */
const more = (words: string, href: string): Html => html`<p class="more"><a href="${href}">${words}</a></p>`;

function incidentRow(incident: Incident, { config, field }: WebSources, now: number): Html {
  const { status, priority, customer } = incident;
  const affected = stillAffected(incident).length;
  const owner =
    status.is === 'worked'
      ? say('wall.acknowledged-by', { person: config().people.get(status.by)?.name ?? status.by })
      : say('wall.unacknowledged');
  return html`<li>
    <a class="incident ${priority}" href="/incidents/${incident.id}">
      <span class="mark down" aria-hidden="true">■</span>
      <span class="what"
        ><strong>${incident.kind === 'ticket' ? incident.message : incidentName(incident)}</strong
        >${customer ? html` <span class="soft">${customer}</span>` : ''}
        <span class="why"
          >${incidentSpan(incident, now, flapOf(incident, field))}${affected > 0 ? `, ${say('wall.dependents-suppressed', { count: affected })}` : ''}</span
        ></span
      >
      <span class="meta"
        ><span class="tag">${say(`words.priority-${priority}`)}</span><span>${ticketWords(incident)}</span>
        <span>${owner}</span></span
      ></a
    >
  </li>`;
}

function ticketWords(incident: Incident): string {
  const ticket = ticketAtHand(incident);
  if (!ticket) return say('wall.ticket-pending');
  const name = ticketTitle(ticket);
  if (ticket === incident.ticket) return name;
  return say('wall.ticket-not-yet-there', { ticket: name, helpdesk: incident.helpdesk });
}

/** `Down again for 42 s, first at …: connection refused` */
function incidentSpan(incident: Incident, now: number, flap: FlapNow | undefined): Html | string {
  const { episode, startedAt, reason, message } = incident;
  if (incident.kind === 'ticket') return ticketSpan(incident, now);
  if (flap) {
    const duration = formatDuration(now - flap.since);
    return say('wall.flapping-for', { duration, changes: flapWords(flap) });
  }
  const why = reasonWords(reason, message);
  const duration = formatDuration(now - episode.startedAt);
  if (episode.number === 1) return say('wall.down-for', { reason, duration, why });
  return markup('wall.down-again-for', { reason, duration, firstAt: clock(startedAt), why });
}

/** `desk ticket 12, marked urgent 4 min ago` */
function ticketSpan({ reason, target, startedAt }: Incident, now: number): string {
  const duration = formatDuration(now - startedAt);
  if (reason === 'called-in') return say('wall.called-in', { target, duration });
  if (reason === 'reported-in') return say('wall.reported-in', { target, duration });
  if (reason === 'promise') return say('wall.sla-at-risk', { target, duration });
  return say('wall.marked-urgent', { target, duration });
}
