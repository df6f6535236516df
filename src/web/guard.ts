import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access, Caller } from '../access/access.ts';
import type { AccessSettings } from '../access/access-settings.ts';
import type { Config } from '../config/config.ts';
import { verdict } from '../access/permissions.ts';
import { isAtLeast, isStaff } from '../core/user.ts';
import { say } from '../text/say.ts';
import { cookieHeader, readCookie, SESSION_COOKIE } from './cookies.ts';
import { html, type Html } from './html.ts';
import { READER_MARK } from './pages/layout.ts';
import { unknownRoute } from './may.ts';
import { isOwnHost } from './own-host.ts';
import { HttpProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    /** Completes a page before it is sent: with its reader, and the CSRF token of its forms. */
    dress?(page: string): string;
  }
}

export interface GuardPorts {
  access: Access;
  settings(): AccessSettings;
  config(): Pick<Config, 'publicUrl' | 'status'>;
}

/** Authenticates and authorises every request; forms of signed-in users must carry their CSRF token. */
export function addGuard(server: FastifyInstance, { access, settings, config }: GuardPorts): void {
  server.decorateRequest('caller', undefined as never);
  server.decorateRequest('dress', undefined);
  server.addHook('onRoute', ({ url, config }) => {
    if (!config?.may) throw new Error(`${url} does not say who may call it`);
  });
  server.addHook('onRequest', async (request, reply) => {
    const { headers, method } = request;
    // The path of the matched route, not the URL as written.
    const path = request.routeOptions.url ?? request.url.split('?')[0]!;
    const { token } = request.query as { token?: unknown };
    // Calendar programs can only request a URL, so the token is in the query.
    const ofCalendar = path === CALENDAR && typeof token === 'string' ? `Bearer ${token}` : undefined;
    const cookie = readCookie(headers.cookie, SESSION_COOKIE);
    const caller = await access.caller(cookie, headers.authorization ?? ofCalendar);
    request.caller = caller;
    // Renews the cookie, so that a session lasts for as long as its page is in use.
    if (caller.is === 'user' && caller.renewedMs !== undefined && cookie !== undefined)
      void reply.header(
        'set-cookie',
        cookieHeader(SESSION_COOKIE, cookie, caller.renewedMs / 1_000, config()),
      );
    request.dress = (page) => dressed(page, caller, access);
    const permission = request.routeOptions.config.may ?? unknownRoute(path);
    const isChange = changes(method);
    const action = isChange || path.startsWith('/api/') ? 'act' : 'view';
    const said = verdict(caller, permission, settings().open, action);
    const isUnknown = caller.is === 'anybody' || caller.is === 'nobody';
    const isOpen = said.is === 'allowed' && isUnknown && permission.needs !== 'nothing';
    if (isOpen && !isOwnHost(headers.host, ownUrls(config()))) {
      throw new HttpProblem(
        421,
        say('api.unknown-host'),
        headers.host
          ? say('api.unknown-host-detail', { host: headers.host.slice(0, 100) })
          : say('api.no-host-detail'),
      );
    }
    if (said.is === 'allowed') return;
    const wantsPage = headers.accept?.includes('text/html') && method === 'GET';
    // The start page for customers is the portal.
    if (caller.is === 'user' && !isStaff(caller.user.role) && path === '/' && wantsPage)
      return reply.redirect('/portal', 302);
    if (said.is === 'forbidden') throw new HttpProblem(403, say('api.no-access'), said.why);
    if (wantsPage) return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 302);
    void reply.header('www-authenticate', 'Bearer');
    throw new HttpProblem(401, say('api.sign-in'), say('api.sign-in-or-token'));
  });
  server.addHook('preHandler', async (request) => {
    const { caller, method } = request;
    const { may: permission, hasActor } = request.routeOptions.config;
    if (caller.is !== 'user' || !changes(method)) return;
    // A signed link identifies the actor, even if another user is signed in.
    if (permission?.needs === 'nothing') return;
    const body = asObject(request.body);
    const given = body?.['csrf'] ?? request.headers['x-csrf-token'];
    if (!access.isFormToken(caller.session, given)) {
      throw new HttpProblem(403, say('api.form-expired'), say('api.form-expired-detail'));
    }
    if (!body) return;
    delete body['csrf'];
    delete body['by'];
    // A signed-in user always acts under their own id.
    if (hasActor) body['by'] = caller.user.id;
  });
}

const ownUrls = ({ publicUrl, status }: Pick<Config, 'publicUrl' | 'status'>): string[] => [
  publicUrl,
  ...(status ? [status.url] : []),
];

const asObject = (body: unknown): Record<string, unknown> | undefined =>
  body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : undefined;

const changes = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method);

const CALENDAR = '/oncall/:what/:file';

/** The signed-in user; throws an HttpProblem for any other caller. */
export function userOf({ caller }: FastifyRequest) {
  if (caller.is !== 'user') throw new HttpProblem(401, say('api.sign-in'), say('api.sign-in-to-continue'));
  return caller.user;
}

/** The name under which the caller works on tickets. */
export function agentOf({ caller, body }: FastifyRequest): string {
  if (caller.is === 'user') return caller.user.id;
  if (caller.is === 'token') return caller.name;
  const by = (body as { by?: unknown } | undefined)?.by;
  return typeof by === 'string' && by.trim() !== '' ? by.trim().slice(0, 80) : say('api.local-user');
}

function dressed(page: string, caller: Caller, access: Access): string {
  const withReader = page.replace(READER_MARK, () => readerPart(caller).text);
  if (caller.is !== 'user') return withReader;
  const field = html`<input type="hidden" name="csrf" value="${access.formToken(caller.session)}" />`.text;
  return withReader.replace(/<form\b[^>]*method="post"[^>]*>/g, (form) => form + field);
}

function readerPart(caller: Caller): Html {
  const links = (list: readonly [string, string][]) =>
    html`<nav aria-label="${say('api.menu')}">
      ${list.map(([href, name]) => html`<a href="${href}">${name}</a> `)}
    </nav>`;
  if (caller.is === 'anybody')
    return links([
      ['/tickets', say('api.menu-tickets')],
      ['/reports', say('api.menu-reports')],
      ['/oncall', say('api.menu-on-call')],
    ]);
  if (caller.is !== 'user') return html``;
  const { user } = caller;
  const list: [string, string][] = isStaff(user.role)
    ? [
        ['/tickets', say('api.menu-tickets')],
        ...(isAtLeast(user.role, 'manager')
          ? ([
              ['/reports', say('api.menu-reports')],
              ['/users', say('api.menu-users')],
            ] as [string, string][])
          : []),
        ['/oncall', say('api.menu-on-call')],
        ['/account', user.name],
      ]
    : [
        ['/portal', say('api.menu-my-tickets')],
        ...(user.role === 'account-manager'
          ? ([['/portal/users', say('api.menu-users')]] as [string, string][])
          : []),
        ['/account', user.name],
      ];
  return html`${links(list)}
    <form class="out" method="post" action="/logout">
      <button>${say('api.sign-out')}</button>
    </form>`;
}
