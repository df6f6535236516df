import type { Outcome } from '../../core/effect.ts';
import { isStaff, type User } from '../../core/user.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';

export interface Invited {
  email: string;
  /** Shown only to those who may see it. */
  link?: string;
  /** Result of sending the mail; undefined when mail is not set up. */
  mailed?: Outcome<string> | { is: 'too-soon' };
}

export interface UsersView {
  user: User;
  users: readonly User[];
  path: string;
  /** The user who was just invited. */
  invited?: Invited;
  problem?: string;
}

/** Users from the config: shown here, changed in the config. */
function staffPart(users: readonly User[]): Html {
  return html`<h2>${say('users.staff')}</h2>
    ${
      users.length === 0
        ? html`<p class="calm">${markup('users.no-staff')}</p>`
        : html`<ul class="plain">
            ${users.map(
              ({ id, name, email, role, totp }) =>
                html`<li>
                  <strong>${name || id}</strong> ${email}
                  <span class="soft"
                    >${[say(`users.role-${role}`), ...(totp === undefined ? [] : [say('users.two-factor-on')])].join(', ')}</span
                  >
                </li>`,
            )}
          </ul>`
    }
    <p class="soft">${markup('users.staff-in-config')}</p>`;
}

/** Portal users: managed by their account manager, or by a manager of the provider. */
export function usersPage(
  { user, users, path, invited, problem }: UsersView,
  { config }: WebSources,
): string {
  const ofProvider = isStaff(user.role);
  const body = html`<main>
    <h1>
      ${ofProvider ? say('users.customer-users') : say('users.users-of', { customer: user.customer ?? '' })}
    </h1>
    ${problem === undefined ? '' : html`<p class="warning" role="alert">${problem}</p>`}
    ${
      invited === undefined
        ? ''
        : html`<p class="lead" role="status">${mailWords(invited)}</p>
            ${invited.link === undefined ? '' : html`<pre>${invited.link}</pre>`}`
    }
    ${
      users.length === 0
        ? html`<p class="calm">${say('users.none')}</p>`
        : html`<ul class="plain">
            ${users.map(
              (one) =>
                html`<li>
                  <strong>${one.name}</strong> ${one.email}
                  <span class="soft">${aboutUser(one, ofProvider ? config().customers : undefined)}</span>
                  <form class="actions" method="post" action="${path}">
                    <button name="invite" value="${one.id}">
                      ${say(one.password === undefined ? 'users.resend' : 'users.reset-password')}
                    </button>
                    ${
                      one.totp === undefined
                        ? ''
                        : html`<button name="unlock" value="${one.id}">
                            ${say('users.reset-two-factor')}
                          </button>`
                    }
                    ${one.id === user.id ? '' : html`<button name="remove" value="${one.id}">${say('users.remove')}</button>`}
                  </form>
                </li>`,
            )}
          </ul>`
    }
    ${ofProvider ? staffPart(config().access.users) : ''}
    <h2>${say('users.invite-heading')}</h2>
    <form class="form" method="post" action="${path}">
      <label>${say('users.name')} <input name="name" required maxlength="80" autocomplete="off" /></label>
      <label
        >${say('users.email')} <input type="email" name="email" required maxlength="254" autocomplete="off"
      /></label>
      ${
        ofProvider
          ? html`<label
              >${say('users.customer')}
              <select name="customer">
                ${[...config().customers.keys()].map((name) => html`<option>${name}</option>`)}
              </select></label
            >`
          : ''
      }
      <label
        >${say('users.role')}
        <select name="role">
          <option value="customer">${say('users.choose-customer')}</option>
          <option value="account-manager">${say('users.choose-account-manager')}</option>
        </select></label
      >
      <button class="main">${say('users.invite')}</button>
    </form>
  </main>`;
  return layout(
    `${say('users.title')} · Watchdesk`,
    body,
    ofProvider ? {} : { home: { href: '/portal', name: config().deskSettings.portal.title } },
  );
}

/** `customers`: those of the config, for readers who see the users of all customers. */
function aboutUser(
  { customer = '', role, password, totp }: User,
  customers: ReadonlyMap<string, unknown> | undefined,
): string {
  return [
    customers && (customers.has(customer) ? customer : say('users.customer-gone', { customer })),
    say(`users.role-${role}`),
    password === undefined
      ? say('users.invited')
      : totp === undefined
        ? undefined
        : say('users.two-factor-on'),
  ]
    .filter((words) => words !== undefined)
    .join(', ');
}

/** Readers who are not shown the link must not be told of a link below. */
function mailWords({ email, link, mailed }: Invited): string {
  const isShown = link !== undefined;
  switch (mailed?.is) {
    case undefined:
      return say('users.send-link');
    case 'done':
      return say(isShown ? 'users.mailed-with-link' : 'users.mailed', { email });
    case 'too-soon':
      return say(isShown ? 'users.too-soon-with-link' : 'users.too-soon', { email });
    case 'ambiguous':
      return say(isShown ? 'users.in-doubt-with-link' : 'users.in-doubt', { email, why: mailed.why });
    default:
      return say(isShown ? 'users.not-mailed-with-link' : 'users.not-mailed', { email, why: mailed!.why });
  }
}
