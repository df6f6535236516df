import { renderSVG } from 'uqr';
import { PASSWORD_MAX, PASSWORD_MIN } from '../../access/password.ts';
import { totpUri } from '../../access/totp.ts';
import { isStaff, type User } from '../../core/user.ts';
import { Html, html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';

export interface AccountView {
  user: User;
  problem?: string;
  done?: string;
}

/** A key for an authenticator that is not in force yet. */
export interface NewFactor {
  key: string;
  /** That it is ours, for this session. */
  proof: string;
}

/** What somebody who signs in may change of their own. */
export function accountPage({ user, problem, done }: AccountView, sources: WebSources): string {
  const { name, email, role, customer, password, totp } = user;
  const isOurs = !isStaff(role) && password !== undefined;
  const body = html`<main>
    <h1>${name}</h1>
    ${told(problem, done)}
    <dl>
      ${fact('Mail address', email === '' ? 'none' : email)}
      ${customer === undefined ? '' : fact('Customer', customer)} ${fact('May', MAY[role])}
      ${fact('Second factor', totp === undefined ? 'none' : 'an authenticator')}
    </dl>
    ${
      isOurs
        ? html`${passwordForm(user)} ${totp === undefined ? beginForm : removeForm}`
        : html`<p class="soft">
            ${isStaff(role) ? html`Password and second factor of staff are in the config: <code>watchdesk password --totp</code> makes both.` : 'You sign in elsewhere; your password is changed there.'}
          </p>`
    }
  </main>`;
  return layout('Your account · Watchdesk', body, homeOf(user, sources));
}

/** The second step: the authenticator has to show that it has taken the key. */
export function factorPage(
  { user, problem }: AccountView,
  { key, proof }: NewFactor,
  sources: WebSources,
): string {
  const uri = totpUri(key, user.email);
  const body = html`<main>
    <h1>Second factor</h1>
    ${told(problem, undefined)}
    <p>Scan this with your authenticator, or <a href="${uri}">open it there</a> on this phone.</p>
    <div class="qr" role="img" aria-label="Code for your authenticator">${new Html(renderSVG(uri))}</div>
    <p class="soft">By hand: <code>${key.replace(/.{4}(?=.)/g, '$& ')}</code></p>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="confirm" />
      <input type="hidden" name="key" value="${key}" />
      <input type="hidden" name="proof" value="${proof}" />
      ${codeField('The six digits that it shows now')}
      <button class="main">Turn it on</button>
    </form>
  </main>`;
  return layout('Second factor · Watchdesk', body, homeOf(user, sources));
}

const MAY: Record<User['role'], string> = {
  viewer: 'look',
  agent: 'work on tickets',
  manager: 'work on tickets, plan, read reports, make users',
  admin: 'everything',
  customer: 'ask for help, and see the tickets',
  'account-manager': 'ask for help, see the tickets, and make users',
};

const fact = (name: string, value: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

const told = (problem: string | undefined, done: string | undefined): Html =>
  html`${problem === undefined ? '' : html`<p class="warning" role="alert">${problem}</p>`}
  ${done === undefined ? '' : html`<p class="calm" role="status">${done}</p>`}`;

const homeOf = ({ role }: User, { config }: WebSources) =>
  isStaff(role) ? {} : { home: { href: '/portal', name: config().deskSettings.portal.title } };

const currentField = html`<label
  >Your password now
  <input type="password" name="current" required maxlength="${PASSWORD_MAX}" autocomplete="current-password"
/></label>`;

const codeField = (label: string): Html =>
  html`<label
    >${label} <input name="code" required inputmode="numeric" maxlength="10" autocomplete="one-time-code"
  /></label>`;

const passwordForm = ({ totp }: User): Html =>
  html`<h2>Another password</h2>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="password" />
      ${currentField} ${totp === undefined ? '' : codeField('The code of your authenticator')}
      <label
        >The new one
        <input
          type="password"
          name="password"
          required
          minlength="${PASSWORD_MIN}"
          maxlength="${PASSWORD_MAX}"
          autocomplete="new-password"
      /></label>
      <label
        >Once more
        <input type="password" name="again" required maxlength="${PASSWORD_MAX}" autocomplete="new-password"
      /></label>
      <button class="main">Change it</button>
      <p class="hint">Whoever is signed in with the old one is signed out.</p>
    </form>`;

const beginForm = html`<h2>A second factor</h2>
  <p>With an authenticator on your phone nobody gets in who only knows your password.</p>
  <form class="form" method="post" action="/account">
    <input type="hidden" name="what" value="factor" />
    ${currentField}
    <button>Set it up</button>
  </form>`;

const removeForm = html`<h2>Your second factor</h2>
  <form class="form" method="post" action="/account">
    <input type="hidden" name="what" value="remove" />
    ${currentField} ${codeField('The code of your authenticator')}
    <button>Take it away</button>
  </form>`;
