import type { DeskEntry, DeskTicket } from '../../store/desk-store.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';
import { clock } from './parts.ts';

/** A ticket of the built-in desk, as it stands. */
export function ticketPage(ticket: DeskTicket, entries: readonly DeskEntry[]): string {
  const body = html`<main id="wall">
    <h1>Desk ticket ${ticket.number} <span class="soft">is ${ticket.status}</span></h1>
    <p class="lead">${ticket.subject}</p>
    <p class="soft">
      <span class="tag">${ticket.priority}</span> opened ${clock(ticket.createdAt)}, last changed
      ${clock(ticket.updatedAt)}. <a href="/incidents/${ticket.key}">Incident</a>
    </p>
    <pre>${ticket.body}</pre>
    <section>
      <h2>Since then</h2>
      ${
        entries.length === 0
          ? html`<p class="soft">Nothing yet.</p>`
          : html`<ol class="timeline">
              ${entries.map(
                ({ at, event, text }) =>
                  html`<li>
                    ${clock(at)}
                    <span
                      >${event === 'reply' ? 'To the customer: ' : ''}${
                        event === 'note' || event === 'reply'
                          ? html`<span class="note">${text}</span>`
                          : `The ticket is ${event}.`
                      }</span
                    >
                  </li>`,
              )}
            </ol>`
      }
    </section>
  </main>`;
  return layout(`Desk ticket ${ticket.number} · Watchdesk`, body, { live: true });
}
