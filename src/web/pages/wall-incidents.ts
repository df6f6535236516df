import { formatDuration } from '../../core/duration.ts';
import { stillAffected, ticketAtHand, ticketTitle, type Incident } from '../../core/incident.ts';
import { reasonWords, stateWord } from '../../core/reason.ts';
import type { FlapNow } from '../../core/flapping.ts';
import { flapWords, incidentName, incidentSentence } from '../../core/sentence.ts';
import { PRIORITIES } from '../../core/target.ts';
import { plural } from '../../core/wording.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { clock } from './parts.ts';

export function worstFirst(a: Incident, b: Incident): number {
  const byPriority = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return byPriority || a.startedAt - b.startedAt;
}

/** One row an incident: what fails, since when and why, and who has it. */
export function incidentList(incidents: readonly Incident[], sources: WebSources, now: number): Html {
  return html`<section aria-label="Open incidents">
    <h1>${plural(incidents.length, 'incident')} open</h1>
    <ul class="incidents">
      ${incidents.map((incident) => incidentRow(incident, sources, now))}
    </ul>
  </section>`;
}

/** Ended by a human, and still failing: nobody is paged for them, so somebody has to see them. */
export function endedButFailing({ keeper }: WebSources, now: number): Html {
  const incidents = keeper.endedButFailing().toSorted(worstFirst);
  if (incidents.length === 0) return html``;
  return html`<section aria-label="Resolved manually, still failing">
    <h2>${plural(incidents.length, 'incident')} resolved manually, still failing</h2>
    <ul class="plain">
      ${incidents.map(
        (incident) =>
          html`<li>
            <span class="mark down" aria-hidden="true">■</span>
            <a href="/incidents/${incident.id}">${incidentSentence(incident, now)}</a>
          </li>`,
      )}
    </ul>
  </section>`;
}

function incidentRow(incident: Incident, { config, engine }: WebSources, now: number): Html {
  const { status, priority, customer } = incident;
  const ticket = ticketAtHand(incident);
  const missing = ticket && ticket !== incident.ticket ? `, not yet in ${incident.helpdesk}` : '';
  const affected = stillAffected(incident).length;
  const owner =
    status.is === 'worked'
      ? `acknowledged by ${config().people.get(status.by)?.name ?? status.by}`
      : 'unacknowledged';
  return html`<li>
    <a class="incident ${priority}" href="/incidents/${incident.id}">
      <span class="mark down" aria-hidden="true">■</span>
      <span class="what"
        ><strong>${incident.kind === 'ticket' ? incident.message : incidentName(incident)}</strong
        >${customer ? html` <span class="soft">${customer}</span>` : ''}
        <span class="why"
          >${incidentSpan(incident, now, engine.flapOf(incident))}${affected > 0 ? `, ${plural(affected, 'dependent target')} suppressed` : ''}</span
        ></span
      >
      <span class="meta"
        ><span class="tag">${priority}</span
        ><span>${ticket ? `${ticketTitle(ticket)}${missing}` : 'ticket pending'}</span>
        <span>${owner}</span></span
      ></a
    >
  </li>`;
}

/** `Down again for 42 s, first at …: connection refused` */
function incidentSpan(incident: Incident, now: number, flap: FlapNow | undefined): Html {
  const { reopenedAt, startedAt, reason, message } = incident;
  const state = capitalised(stateWord(reason));
  if (incident.kind === 'ticket')
    return html`${incident.target} ${stateWord(reason)} for ${formatDuration(now - startedAt)}`;
  if (flap) return html`Flapping for ${formatDuration(now - flap.since)}: ${flapWords(flap)}`;
  if (reopenedAt === undefined)
    return html`${state} for ${formatDuration(now - startedAt)}: ${reasonWords(reason, message)}`;
  return html`${state} again for ${formatDuration(now - reopenedAt)}, first ${clock(startedAt)}:
  ${reasonWords(reason, message)}`;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
