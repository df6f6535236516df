import type { ChainedRecord } from '../../core/audit-record.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';
import { clock } from './parts.ts';

const WORDS: Readonly<Record<ChainedRecord['what'], string>> = {
  started: 'Monitor started',
  'signed-in': 'Signed in',
  'sign-in-failed': 'Sign-in failed',
  'sign-in-held': 'Sign-in refused, too many attempts',
  'signed-out': 'Signed out',
  'signed-out-everywhere': 'Signed out everywhere',
  'password-set': 'Password set',
  'password-link-sent': 'Password link sent',
  'second-factor-on': 'Second factor turned on',
  'second-factor-off': 'Second factor removed',
  invited: 'User invited',
  'user-removed': 'User removed',
  'config-applied': 'Config applied',
  'config-refused': 'Config refused',
  called: 'Change',
  erased: 'Person erased',
};

/** Who came in, and who changed what. */
export function auditPage(
  { items, next }: { items: readonly ChainedRecord[]; next: string | null },
  head: { seq: number; hash: string },
): string {
  const body = html`<main>
    <h1>Audit log</h1>
    <p class="soft">
      ${head.seq} records, each chained to the one before. Head: <code>${head.hash.slice(0, 16)}</code>. Check
      the chain with <code>watchdesk audit --verify</code>.
    </p>
    <div class="wide" tabindex="0" role="region" aria-label="Audit log">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Details</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          ${items.map(
            ({ at, who, what, about, from }) =>
              html`<tr>
                <td>${clock(at)}</td>
                <td>${who}</td>
                <td>${WORDS[what]}</td>
                <td>${about ?? ''}</td>
                <td>${from ?? ''}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${next === null ? '' : html`<p><a class="tap" href="/audit?cursor=${next}">Older</a></p>`}
  </main>`;
  return layout('Audit log · Watchdesk', body);
}
