import { actorName, stateName, type DeskEntry, type DeskTicket } from '../../core/desk/desk-ticket.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';
import { clock } from './parts.ts';

/** A ticket of the built-in desk, as it stands. */
export function ticketPage(ticket: DeskTicket, entries: readonly DeskEntry[]): string {
  const body = html`<main id="wall">
    <h1>Desk ticket ${ticket.number} <span class="soft">is ${stateName(ticket.state)}</span></h1>
    <p class="lead">${ticket.subject}</p>
    <p class="soft">
      <span class="tag">${ticket.priority}</span> opened ${clock(ticket.createdAt)}, last changed
      ${clock(ticket.updatedAt)}.
      ${ticket.key === undefined ? '' : html`<a href="/incidents/${ticket.key}">Incident</a>`}
    </p>
    <pre>${ticket.body}</pre>
    <section>
      <h2>Since then</h2>
      <ol class="timeline">
        ${entries.map(
          ({ at, event, by, text }) =>
            html`<li>
              ${clock(at)} <span>${actorName(by)}: ${event} <span class="note">${text}</span></span>
            </li>`,
        )}
      </ol>
    </section>
  </main>`;
  return layout(`Desk ticket ${ticket.number} · Watchdesk`, body, { live: true });
}
