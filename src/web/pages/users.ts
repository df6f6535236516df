import type { Outcome } from '../../core/effect.ts';
import { isStaff, type User } from '../../core/user.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';

export interface Invited {
  email: string;
  /** For whoever may see it. */
  link?: string;
  /** What came of the mail; undefined where none can be sent. */
  mailed?: Outcome<string> | { is: 'too-soon' };
}

export interface UsersView {
  user: User;
  users: readonly User[];
  path: string;
  /** Somebody who has just been invited. */
  invited?: Invited;
  problem?: string;
}

/** Who stands in the config: seen here, changed there. */
function staffPart(users: readonly User[]): Html {
  return html`<h2>Staff</h2>
    ${
      users.length === 0
        ? html`<p class="calm">No users under <code>access.users</code>.</p>`
        : html`<ul class="plain">
            ${users.map(
              ({ id, name, email, role, totp }) =>
                html`<li>
                  <strong>${name || id}</strong> ${email}
                  <span class="soft">${role}${totp === undefined ? '' : ', two-factor on'}</span>
                </li>`,
            )}
          </ul>`
    }
    <p class="soft">Staff are set in the config, under <code>access.users</code>.</p>`;
}

/** Users of customers: made by their account manager, or by a manager of the provider. */
export function usersPage(
  { user, users, path, invited, problem }: UsersView,
  { config }: WebSources,
): string {
  const ofProvider = isStaff(user.role);
  const body = html`<main>
    <h1>${ofProvider ? 'Customer users' : `Users of ${user.customer}`}</h1>
    ${problem === undefined ? '' : html`<p class="warning" role="alert">${problem}</p>`}
    ${
      invited === undefined
        ? ''
        : html`<p class="lead" role="status">${mailWords(invited)}</p>
            ${invited.link === undefined ? '' : html`<pre>${invited.link}</pre>`}`
    }
    ${
      users.length === 0
        ? html`<p class="calm">No users yet.</p>`
        : html`<ul class="plain">
            ${users.map(
              (one) =>
                html`<li>
                  <strong>${one.name}</strong> ${one.email}
                  <span class="soft"
                    >${ofProvider ? `${one.customer}${config().customers.has(one.customer ?? '') ? '' : ' (no longer in the config: cannot sign in)'}, ` : ''}${one.role === 'account-manager' ? 'account manager' : 'user'}${one.password === undefined ? ', invited' : one.totp === undefined ? '' : ', two-factor on'}</span
                  >
                  <form class="actions" method="post" action="${path}">
                    <button name="invite" value="${one.id}">
                      ${one.password === undefined ? 'Resend invitation' : 'Reset password'}
                    </button>
                    ${
                      one.totp === undefined
                        ? ''
                        : html`<button name="unlock" value="${one.id}">Reset two-factor</button>`
                    }
                    ${one.id === user.id ? '' : html`<button name="remove" value="${one.id}">Remove</button>`}
                  </form>
                </li>`,
            )}
          </ul>`
    }
    ${ofProvider ? staffPart(config().access.users) : ''}
    <h2>Invite a user</h2>
    <form class="form" method="post" action="${path}">
      <label>Name <input name="name" required maxlength="80" autocomplete="off" /></label>
      <label
        >Email address <input type="email" name="email" required maxlength="254" autocomplete="off"
      /></label>
      ${
        ofProvider
          ? html`<label
              >Customer
              <select name="customer">
                ${[...config().customers.keys()].map((name) => html`<option>${name}</option>`)}
              </select></label
            >`
          : ''
      }
      <label
        >Role
        <select name="role">
          <option value="customer">User: opens and views tickets</option>
          <option value="account-manager">Account manager: also manages users</option>
        </select></label
      >
      <button class="main">Invite</button>
    </form>
  </main>`;
  return layout(
    'Users · Watchdesk',
    body,
    ofProvider ? {} : { home: { href: '/portal', name: config().deskSettings.portal.title } },
  );
}

function mailWords({ email, mailed }: Invited): string {
  const link = 'The link works once and expires in 7 days:';
  switch (mailed?.is) {
    case undefined:
      return `Send this link to the user. ${link}`;
    case 'done':
      return `An email with this link is on its way to ${email}. ${link}`;
    case 'too-soon':
      return `No email was sent: ${email} was sent a link a few minutes ago, or too many invitations went out recently. Send this link to the user if needed. ${link}`;
    case 'ambiguous':
      return `The email to ${email} may not have been sent (${mailed.why}). If it doesn't arrive, send this link to the user. ${link}`;
    default:
      return `The email to ${email} was not sent (${mailed!.why}). Send this link to the user yourself. ${link}`;
  }
}
