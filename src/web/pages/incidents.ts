import { formatDuration } from '../../core/duration.ts';
import { ticketAtHand, ticketTitle, type Incident } from '../../core/incident.ts';
import { reasonText } from '../../core/reason.ts';
import { incidentName } from '../../core/sentence.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import { layout } from './layout.ts';
import { clock, healthMark } from './parts.ts';

export interface IncidentList {
  items: readonly Incident[];
  /** Cursor of the older incidents. */
  next: string | null;
  status?: string;
}

/** All incidents, newest first. */
export function incidentsPage({ items, next, status }: IncidentList): string {
  const older = new URLSearchParams({ ...(status && { status }), ...(next && { cursor: next }) }).toString();
  const body = html`<main>
    <h1>${say('incident.incidents')}</h1>
    <nav class="chips" aria-label="${say('incident.filter-by-state')}">
      ${(['all', 'open', 'worked', 'resolved'] as const).map(
        (one) =>
          html`<a
            class="chip"
            href="${one === 'all' ? '/incidents' : `/incidents?status=${one}`}"
            ${(status ?? 'all') === one ? html`aria-current="true"` : ''}
            >${say(`incident.filter-${one}`)}</a
          >`,
      )}
    </nav>
    ${
      items.length === 0
        ? html`<p>${say('incident.no-incidents')}</p>`
        : html`<ul class="plain">
            ${items.map(item)}
          </ul>`
    }
    ${next === null ? '' : html`<p class="more"><a href="/incidents?${older}">${say('incident.older-incidents')}</a></p>`}
  </main>`;
  return layout(`${say('incident.incidents')} · Watchdesk`, body);
}

function item(incident: Incident): Html {
  const { id, status, startedAt, priority, customer, reason, kind, message } = incident;
  const ticket = ticketAtHand(incident);
  return html`<li>
    ${healthMark(status.is === 'resolved' ? 'up' : 'down')}
    <a class="tap" href="/incidents/${id}">${kind === 'ticket' ? message : incidentName(incident)}</a>
    <span class="soft"
      >${[customer, say(`words.priority-${priority}`), ticket && ticketTitle(ticket)].filter(Boolean).join(', ')}</span
    >
    <p>
      ${
        status.is === 'resolved'
          ? markup('incident.over-after', {
              reason: reasonText(reason),
              startedAt: clock(startedAt),
              duration: formatDuration(status.at - startedAt),
            })
          : markup('incident.open-since', { reason: reasonText(reason), startedAt: clock(startedAt) })
      }
    </p>
  </li>`;
}
