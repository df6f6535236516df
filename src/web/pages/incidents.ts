import { formatDuration } from '../../core/duration.ts';
import { ticketAtHand, ticketTitle, type Incident } from '../../core/incident.ts';
import { REASONS } from '../../core/reason.ts';
import { incidentName } from '../../core/sentence.ts';
import { html, type Html } from '../html.ts';
import { layout } from './layout.ts';
import { clock, healthMark } from './parts.ts';

export interface IncidentList {
  items: readonly Incident[];
  /** Where the older ones begin. */
  next: string | null;
  status?: string;
}

/** What has been, the newest first. */
export function incidentsPage({ items, next, status }: IncidentList): string {
  const older = new URLSearchParams({ ...(status && { status }), ...(next && { cursor: next }) }).toString();
  const body = html`<main>
    <h1>Incidents</h1>
    <nav class="chips" aria-label="Filter by state">
      ${['', 'open', 'worked', 'resolved'].map(
        (one) =>
          html`<a
            class="chip"
            href="${one === '' ? '/incidents' : `/incidents?status=${one}`}"
            ${(status ?? '') === one ? html`aria-current="true"` : ''}
            >${one === 'worked' ? 'acknowledged' : one || 'all'}</a
          >`,
      )}
    </nav>
    ${
      items.length === 0
        ? html`<p>No incidents.</p>`
        : html`<ul class="plain">
            ${items.map(item)}
          </ul>`
    }
    ${next === null ? '' : html`<p class="more"><a href="/incidents?${older}">Older incidents</a></p>`}
  </main>`;
  return layout('Incidents · Watchdesk', body);
}

function item(incident: Incident): Html {
  const { id, status, startedAt, priority, customer, reason, kind, message } = incident;
  const ticket = ticketAtHand(incident);
  const isOver = status.is === 'resolved';
  return html`<li>
    ${healthMark(isOver ? 'up' : 'down')}
    <a class="tap" href="/incidents/${id}">${kind === 'ticket' ? message : incidentName(incident)}</a>
    <span class="soft"
      >${[customer, priority, ticket && ticketTitle(ticket)].filter(Boolean).join(', ')}</span
    >
    <p>
      ${REASONS[reason]},
      ${clock(startedAt)}${isOver ? `, for ${formatDuration(status.at - startedAt)}` : ', open'}.
    </p>
  </li>`;
}
