import { PASSWORD_MIN } from '../../access/password.ts';
import type { User } from '../../core/user.ts';
import { html, type Html } from '../html.ts';
import { layout } from './layout.ts';

export interface LoginView {
  next?: string | undefined;
  login?: string;
  problem?: string;
  wantsCode?: boolean;
  /** Title of the other way in. */
  openid?: string | undefined;
  /** Whether a critical problem can be reported without signing in. */
  canReport?: boolean;
  /** Whether a link for another password can be sent. */
  canForget?: boolean;
}

const problemPart = (problem: string | undefined): Html =>
  problem === undefined ? html`` : html`<p class="warning" role="alert">${problem}</p>`;

export function loginPage(view: LoginView): string {
  const { next, login = '', problem, wantsCode, openid, canReport, canForget } = view;
  const body = html`<main>
    <h1>Sign in</h1>
    ${problemPart(problem)}
    <form class="form" method="post" action="/login">
      ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`}
      <label
        >Username or email address
        <input name="login" required maxlength="200" autocomplete="username" value="${login}"
      /></label>
      <label
        >Password
        <input type="password" name="password" required maxlength="200" autocomplete="current-password"
      /></label>
      <label
        >Code
        <input
          name="code"
          inputmode="numeric"
          maxlength="10"
          autocomplete="one-time-code"
          ${wantsCode ? html`required` : ''}
          aria-describedby="code-hint"
        />
        <span class="hint" id="code-hint"
          >The six digits from your authenticator app, if you use one.</span
        ></label
      >
      <button class="main">Sign in</button>
    </form>
    ${canForget ? html`<p><a class="tap" href="/forgotten">Forgot your password?</a></p>` : ''}
    ${
      openid === undefined
        ? ''
        : html`<p>
            <a
              class="tap"
              href="/login/openid${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}"
              >Sign in with ${openid}</a
            >
          </p>`
    }
    ${
      canReport
        ? html`<p class="soft">
            Critical problem and you can't sign in?
            <a href="/status/report">Report it without signing in</a>.
          </p>`
        : ''
    }
  </main>`;
  return layout('Sign in · Watchdesk', body);
}

/** The second step of who comes from another sign-in. */
export function codePage(problem?: string): string {
  const body = html`<main>
    <h1>Enter your code</h1>
    ${problemPart(problem)}
    <form class="form" method="post" action="/login/code">
      <label
        >Code
        <input
          name="code"
          inputmode="numeric"
          maxlength="10"
          required
          autofocus
          autocomplete="one-time-code"
          aria-describedby="code-hint"
        />
        <span class="hint" id="code-hint">The six digits from your authenticator app.</span></label
      >
      <button class="main">Sign in</button>
    </form>
  </main>`;
  return layout('Enter your code · Watchdesk', body);
}

/** The answer is the same for everybody: who is a user here is nobody else's business. */
export function forgottenPage(isAsked: boolean): string {
  const body = html`<main>
    <h1>Reset your password</h1>
    ${
      isAsked
        ? html`<p class="lead" role="status">
              If a portal account uses that address, an email with a link is on its way. The link expires in
              an hour.
            </p>
            <p class="soft">No email? Ask the person who invited you for a new link.</p>`
        : html`<form class="form" method="post" action="/forgotten">
            <label
              >Your email address
              <input type="email" name="login" required maxlength="254" autocomplete="username"
            /></label>
            <button class="main">Send reset link</button>
          </form>`
    }
    <p><a class="tap" href="/login">Sign in</a></p>
  </main>`;
  return layout('Reset your password · Watchdesk', body);
}

export function invitationPage(token: string, { name, email }: User, problem?: string): string {
  const body = html`<main>
    <h1>Welcome, ${name}</h1>
    <p class="lead">Choose a password for ${email}.</p>
    ${problemPart(problem)}
    <form class="form" method="post" action="/invitation/${encodeURIComponent(token)}">
      <label
        >Password
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
          >At least ${PASSWORD_MIN} characters; a few random words work best.</span
        ></label
      >
      <label
        >Confirm password
        <input type="password" name="again" required maxlength="200" autocomplete="new-password"
      /></label>
      <button class="main">Continue</button>
    </form>
  </main>`;
  return layout('Welcome · Watchdesk', body);
}
