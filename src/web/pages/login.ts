import { PASSWORD_MIN } from '../../access/password.ts';
import type { User } from '../../core/user.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import { layout } from './layout.ts';

export interface LoginView {
  next?: string | undefined;
  login?: string;
  problem?: string;
  wantsCode?: boolean;
  /** Button title of the OpenID Connect sign-in. */
  openid?: string | undefined;
  /** Whether a critical problem can be reported without signing in. */
  canReport?: boolean;
  /** Whether a password reset link can be sent. */
  canForget?: boolean;
}

const problemPart = (problem: string | undefined): Html =>
  problem === undefined ? html`` : html`<p class="warning" role="alert">${problem}</p>`;

export function loginPage(view: LoginView): string {
  const { next, login = '', problem, wantsCode, openid, canReport, canForget } = view;
  const body = html`<main>
    <h1>${say('sign-in.sign-in')}</h1>
    ${problemPart(problem)}
    <form class="form" method="post" action="/login">
      ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`}
      <label
        >${say('sign-in.username')}
        <input name="login" required maxlength="200" autocomplete="username" value="${login}"
      /></label>
      <label
        >${say('sign-in.password')}
        <input type="password" name="password" required maxlength="200" autocomplete="current-password"
      /></label>
      <label
        >${say('sign-in.code')}
        <input
          name="code"
          inputmode="numeric"
          maxlength="10"
          autocomplete="one-time-code"
          ${wantsCode ? html`required` : ''}
          aria-describedby="code-hint"
        />
        <span class="hint" id="code-hint">${say('sign-in.code-if-used')}</span></label
      >
      <button class="main">${say('sign-in.sign-in')}</button>
    </form>
    ${canForget ? html`<p><a class="tap" href="/forgotten">${say('sign-in.forgot-password')}</a></p>` : ''}
    ${
      openid === undefined
        ? ''
        : html`<p>
            <a
              class="tap"
              href="/login/openid${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}"
              >${say('sign-in.sign-in-with', { service: openid })}</a
            >
          </p>`
    }
    ${
      canReport
        ? html`<p class="soft">
            ${markup('sign-in.report-without', { link: (text) => html`<a href="/status/report">${text}</a>` })}
          </p>`
        : ''
    }
  </main>`;
  return layout(`${say('sign-in.sign-in')} · Watchdesk`, body);
}

/** The second step after an OpenID Connect sign-in. */
export function codePage(problem?: string): string {
  const body = html`<main>
    <h1>${say('sign-in.enter-code')}</h1>
    ${problemPart(problem)}
    <form class="form" method="post" action="/login/code">
      <label
        >${say('sign-in.code')}
        <input
          name="code"
          inputmode="numeric"
          maxlength="10"
          required
          autofocus
          autocomplete="one-time-code"
          aria-describedby="code-hint"
        />
        <span class="hint" id="code-hint">${say('sign-in.code-hint')}</span></label
      >
      <button class="main">${say('sign-in.sign-in')}</button>
    </form>
  </main>`;
  return layout(`${say('sign-in.enter-code')} · Watchdesk`, body);
}

/** The response is the same for any address: outsiders must not learn who is a user. */
export function forgottenPage(isAsked: boolean): string {
  const body = html`<main>
    <h1>${say('sign-in.reset-password')}</h1>
    ${
      isAsked
        ? html`<p class="lead" role="status">${say('sign-in.reset-link-sent')}</p>
            <p class="soft">${say('sign-in.no-reset-link')}</p>`
        : html`<form class="form" method="post" action="/forgotten">
            <label
              >${say('sign-in.your-email-address')}
              <input type="email" name="login" required maxlength="254" autocomplete="username"
            /></label>
            <button class="main">${say('sign-in.send-reset-link')}</button>
          </form>`
    }
    <p><a class="tap" href="/login">${say('sign-in.sign-in')}</a></p>
  </main>`;
  return layout(`${say('sign-in.reset-password')} · Watchdesk`, body);
}

export function invitationPage(token: string, { name, email }: User, problem?: string): string {
  const body = html`<main>
    <h1>${say('sign-in.welcome-name', { name })}</h1>
    <p class="lead">${say('sign-in.choose-password', { email })}</p>
    ${problemPart(problem)}
    <form class="form" method="post" action="/invitation/${encodeURIComponent(token)}">
      <label
        >${say('sign-in.password')}
        <input
          type="password"
          name="password"
          required
          minlength="${PASSWORD_MIN}"
          maxlength="200"
          autocomplete="new-password"
          aria-describedby="length-hint"
        />
        <span class="hint" id="length-hint"
          >${say('sign-in.password-hint', { count: PASSWORD_MIN })}</span
        ></label
      >
      <label
        >${say('sign-in.confirm-password')}
        <input type="password" name="again" required maxlength="200" autocomplete="new-password"
      /></label>
      <button class="main">${say('sign-in.continue')}</button>
    </form>
  </main>`;
  return layout(`${say('sign-in.welcome')} · Watchdesk`, body);
}
