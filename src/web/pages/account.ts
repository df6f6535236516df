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
      ${fact('Email address', email === '' ? 'none' : email)}
      ${customer === undefined ? '' : fact('Customer', customer)} ${fact('Role', MAY[role])}
      ${fact('Two-factor authentication', totp === undefined ? 'off' : 'on, authenticator app')}
    </dl>
    ${
      isOurs
        ? html`${passwordForm(user)} ${totp === undefined ? beginForm : removeForm}`
        : html`<p class="soft">
            ${isStaff(role) ? html`Staff passwords and two-factor keys are set in the config. Run <code>watchdesk password --totp</code> to generate them.` : 'You sign in through another service; change your password there.'}
          </p>`
    }
    <h2>Sessions</h2>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="everywhere" />
      <p class="soft">
        Signed in somewhere you should not be? This ends every session of yours, this one too.
      </p>
      <button>Sign out everywhere</button>
    </form>
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
    <h1>Two-factor authentication</h1>
    ${told(problem, undefined)}
    <p>
      Scan this code with your authenticator app, or <a href="${uri}">open it in the app</a> on this phone.
    </p>
    <div class="qr" role="img" aria-label="QR code for your authenticator app">
      ${new Html(renderSVG(uri))}
    </div>
    <p class="soft">Or enter this key: <code>${key.replace(/.{4}(?=.)/g, '$& ')}</code></p>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="confirm" />
      <input type="hidden" name="key" value="${key}" />
      <input type="hidden" name="proof" value="${proof}" />
      ${codeField('Six-digit code from the app')}
      <button class="main">Turn on</button>
    </form>
  </main>`;
  return layout('Two-factor authentication · Watchdesk', body, homeOf(user, sources));
}

const MAY: Record<User['role'], string> = {
  viewer: 'Viewer: read-only',
  agent: 'Agent: works on tickets and incidents',
  manager: 'Manager: also reports and customer users',
  admin: 'Administrator: full access',
  customer: 'User: opens and views tickets',
  'account-manager': 'Account manager: opens and views tickets, manages users',
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
  >Current password
  <input type="password" name="current" required maxlength="${PASSWORD_MAX}" autocomplete="current-password"
/></label>`;

const codeField = (label: string): Html =>
  html`<label
    >${label} <input name="code" required inputmode="numeric" maxlength="10" autocomplete="one-time-code"
  /></label>`;

const passwordForm = ({ totp }: User): Html =>
  html`<h2>Change password</h2>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="password" />
      ${currentField} ${totp === undefined ? '' : codeField('Authenticator code')}
      <label
        >New password
        <input
          type="password"
          name="password"
          required
          minlength="${PASSWORD_MIN}"
          maxlength="${PASSWORD_MAX}"
          autocomplete="new-password"
      /></label>
      <label
        >Confirm password
        <input type="password" name="again" required maxlength="${PASSWORD_MAX}" autocomplete="new-password"
      /></label>
      <button class="main">Change password</button>
      <p class="hint">All your other sessions are signed out.</p>
    </form>`;

const beginForm = html`<h2>Two-factor authentication</h2>
  <p>With an authenticator app, your password alone is not enough to sign in to your account.</p>
  <form class="form" method="post" action="/account">
    <input type="hidden" name="what" value="factor" />
    ${currentField}
    <button>Set up</button>
  </form>`;

const removeForm = html`<h2>Two-factor authentication</h2>
  <form class="form" method="post" action="/account">
    <input type="hidden" name="what" value="remove" />
    ${currentField} ${codeField('Authenticator code')}
    <button>Turn off</button>
  </form>`;
