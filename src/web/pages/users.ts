import type { Outcome } from '../../core/effect.ts';
import { isStaff, type User } from '../../core/user.ts';
import { html } from '../html.ts';
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

/** Users of customers: made by their account manager, or by a manager of the provider. */
export function usersPage(
  { user, users, path, invited, problem }: UsersView,
  { config }: WebSources,
): string {
  const ofProvider = isStaff(user.role);
  const body = html`<main>
    <h1>Users${ofProvider ? ' of customers' : ` of ${user.customer}`}</h1>
    ${problem === undefined ? '' : html`<p class="warning" role="alert">${problem}</p>`}
    ${
      invited === undefined
        ? ''
        : html`<p class="lead" role="status">${mailWords(invited)}</p>
            ${invited.link === undefined ? '' : html`<pre>${invited.link}</pre>`}`
    }
    ${
      users.length === 0
        ? html`<p class="calm">Nobody yet.</p>`
        : html`<ul class="plain">
            ${users.map(
              (one) =>
                html`<li>
                  <strong>${one.name}</strong> ${one.email}
                  <span class="soft"
                    >${ofProvider ? `${one.customer}${config().customers.has(one.customer ?? '') ? '' : ' (no longer in the config: cannot sign in)'}, ` : ''}${one.role === 'account-manager' ? 'account manager' : 'user'}${one.password === undefined ? ', invited' : one.totp === undefined ? '' : ', with a second factor'}</span
                  >
                  <form class="actions" method="post" action="${path}">
                    <button name="invite" value="${one.id}">
                      ${one.password === undefined ? 'Invite again' : 'New password'}
                    </button>
                    ${
                      one.totp === undefined
                        ? ''
                        : html`<button name="unlock" value="${one.id}">Take away the second factor</button>`
                    }
                    ${one.id === user.id ? '' : html`<button name="remove" value="${one.id}">Remove</button>`}
                  </form>
                </li>`,
            )}
          </ul>`
    }
    <h2>Invite somebody</h2>
    <form class="form" method="post" action="${path}">
      <label>Name <input name="name" required maxlength="80" autocomplete="off" /></label>
      <label
        >Mail address <input type="email" name="email" required maxlength="254" autocomplete="off"
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
        >May
        <select name="role">
          <option value="customer">ask for help, and see the tickets</option>
          <option value="account-manager">and make users</option>
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
  const link = 'It is good for a week and for one time:';
  switch (mailed?.is) {
    case undefined:
      return `Send them this link. ${link}`;
    case 'done':
      return `A mail with this link is on its way to ${email}. ${link}`;
    case 'too-soon':
      return `A link went to ${email} a few minutes ago, or many to others. If nothing comes, send them this one. ${link}`;
    case 'ambiguous':
      return `The mail to ${email} may not have gone out (${mailed.why}). If nothing comes, send them this link. ${link}`;
    default:
      return `The mail to ${email} did not go out (${mailed!.why}). Send them this link yourself. ${link}`;
  }
}
