import { renderSVG } from 'uqr';
import { PASSWORD_MAX, PASSWORD_MIN } from '../../access/password.ts';
import { totpUri } from '../../access/totp.ts';
import { isStaff, type User } from '../../core/user.ts';
import { say } from '../../text/say.ts';
import { Html, html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';

export interface AccountView {
  user: User;
  problem?: string;
  done?: string;
}

/** A new authenticator key that is not active yet. */
export interface NewFactor {
  key: string;
  /** Proof that we issued the key to this session. */
  proof: string;
}

/** The user's own account settings. */
export function accountPage({ user, problem, done }: AccountView, sources: WebSources): string {
  const { name, email, role, customer, password, totp } = user;
  const isOurs = !isStaff(role) && password !== undefined;
  const body = html`<main>
    <h1>${name}</h1>
    ${told(problem, done)}
    <dl>
      ${fact(say('account.email-address'), email === '' ? say('account.no-email-address') : email)}
      ${customer === undefined ? '' : fact(say('account.customer'), customer)}
      ${fact(say('account.role'), say(`account.role-${role}`))}
      ${fact(say('account.two-factor'), say(totp === undefined ? 'account.two-factor-off' : 'account.two-factor-on'))}
    </dl>
    ${
      isOurs
        ? html`${passwordForm(user)} ${totp === undefined ? beginForm() : removeForm()}`
        : html`<p class="soft">
            ${isStaff(role) ? markup('account.staff-credentials') : say('account.single-sign-on')}
          </p>`
    }
    <h2>${say('account.sessions')}</h2>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="everywhere" />
      <p class="soft">${say('account.end-all-sessions')}</p>
      <button>${say('account.sign-out-everywhere')}</button>
    </form>
  </main>`;
  return layout(`${say('account.title')} · Watchdesk`, body, homeOf(user, sources));
}

/** The second step: a code proves that the authenticator has the key. */
export function factorPage(
  { user, problem }: AccountView,
  { key, proof }: NewFactor,
  sources: WebSources,
): string {
  const uri = totpUri(key, user.email);
  const body = html`<main>
    <h1>${say('account.two-factor')}</h1>
    ${told(problem, undefined)}
    <p>${markup('account.scan-code', { link: (text) => html`<a href="${uri}">${text}</a>` })}</p>
    <div class="qr" role="img" aria-label="${say('account.qr-code')}">${new Html(renderSVG(uri))}</div>
    <p class="soft">${markup('account.enter-key', { key: key.replace(/.{4}(?=.)/g, '$& ') })}</p>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="confirm" />
      <input type="hidden" name="key" value="${key}" />
      <input type="hidden" name="proof" value="${proof}" />
      ${codeField(say('account.code-from-app'))}
      <button class="main">${say('account.turn-on')}</button>
    </form>
  </main>`;
  return layout(`${say('account.two-factor')} · Watchdesk`, body, homeOf(user, sources));
}

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

const currentField = (): Html =>
  html`<label
    >${say('account.current-password')}
    <input
      type="password"
      name="current"
      required
      maxlength="${PASSWORD_MAX}"
      autocomplete="current-password"
  /></label>`;

const codeField = (label: string): Html =>
  html`<label
    >${label} <input name="code" required inputmode="numeric" maxlength="10" autocomplete="one-time-code"
  /></label>`;

const passwordForm = ({ totp }: User): Html =>
  html`<h2>${say('account.change-password')}</h2>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="password" />
      ${currentField()} ${totp === undefined ? '' : codeField(say('account.authenticator-code'))}
      <label
        >${say('account.new-password')}
        <input
          type="password"
          name="password"
          required
          minlength="${PASSWORD_MIN}"
          maxlength="${PASSWORD_MAX}"
          autocomplete="new-password"
      /></label>
      <label
        >${say('account.confirm-password')}
        <input type="password" name="again" required maxlength="${PASSWORD_MAX}" autocomplete="new-password"
      /></label>
      <button class="main">${say('account.change-password')}</button>
      <p class="hint">${say('account.other-sessions-end')}</p>
    </form>`;

const beginForm = (): Html =>
  html`<h2>${say('account.two-factor')}</h2>
    <p>${say('account.two-factor-explained')}</p>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="factor" />
      ${currentField()}
      <button>${say('account.set-up')}</button>
    </form>`;

const removeForm = (): Html =>
  html`<h2>${say('account.two-factor')}</h2>
    <form class="form" method="post" action="/account">
      <input type="hidden" name="what" value="remove" />
      ${currentField()} ${codeField(say('account.authenticator-code'))}
      <button>${say('account.turn-off')}</button>
    </form>`;
