import type { ChainedRecord } from '../../core/audit-record.ts';
import { say } from '../../text/say.ts';
import { html } from '../html.ts';
import { markup } from '../markup.ts';
import { layout } from './layout.ts';
import { clock } from './parts.ts';

/** Sign-ins and changes. */
export function auditPage(
  { items, next }: { items: readonly ChainedRecord[]; next: string | null },
  head: { seq: number; hash: string },
): string {
  const body = html`<main>
    <h1>${say('audit.title')}</h1>
    <p class="soft">${markup('audit.chain', { count: head.seq, head: head.hash.slice(0, 16) })}</p>
    <div class="wide" tabindex="0" role="region" aria-label="${say('audit.title')}">
      <table>
        <thead>
          <tr>
            <th scope="col">${say('audit.time')}</th>
            <th scope="col">${say('audit.who')}</th>
            <th scope="col">${say('audit.what')}</th>
            <th scope="col">${say('audit.details')}</th>
            <th scope="col">${say('audit.from')}</th>
          </tr>
        </thead>
        <tbody>
          ${items.map(
            ({ at, who, what, about, from }) =>
              html`<tr>
                <td>${clock(at)}</td>
                <td>${who}</td>
                <td>${say(`audit.event-${what}`)}</td>
                <td>${about ?? ''}</td>
                <td>${from ?? ''}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${next === null ? '' : html`<p><a class="tap" href="/audit?cursor=${next}">${say('audit.older')}</a></p>`}
  </main>`;
  return layout(`${say('audit.title')} · Watchdesk`, body);
}
