import { EVERYBODY, may } from './may.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerName } from '../access/audit-log.ts';
import { PASSWORD_MAX, passwordProblem } from '../access/password.ts';
import type { AuditEvent } from '../core/audit-record.ts';
import { isStaff, type User } from '../core/user.ts';
import { formatDuration } from '../core/duration.ts';
import { say } from '../text/say.ts';
import { sendPage } from './base-server.ts';
import { callerAddress } from './caller-address.ts';
import { cookieHeader, HALF_COOKIE, OPENID_COOKIE, readCookie, SESSION_COOKIE } from './cookies.ts';
import { forgottenPage, invitationPage, loginPage, codePage } from './pages/login.ts';
import { HttpProblem, parsed } from './problem.ts';
import { linkOf, mailLink } from './mail-link.ts';
import type { WebSources } from './sources.ts';

type Form = { Body: Record<string, string> | undefined };

const signInForm = z.object({
  login: z.string().max(200).default(''),
  password: z.string().max(PASSWORD_MAX).default(''),
  code: z.string().max(20).default(''),
  next: z.string().max(600).optional(),
});

/** Sign-in by password or OpenID Connect, and sign-out. */
export async function signInRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { access, openid, mailer } = sources;
  const note = (what: AuditEvent, request: FastifyRequest, who: string, about?: string) =>
    sources.auditLog.note(what, who, { from: callerAddress(request), ...(about !== undefined && { about }) });
  const tried = (
    what: 'sign-in-failed' | 'sign-in-held',
    request: FastifyRequest,
    login: string,
    how?: string,
  ) => {
    const as = login.trim().slice(0, 100);
    const isKnown = access.user(as) !== undefined || access.byEmail(as) !== undefined;
    sources.auditLog.tried(what, { from: callerAddress(request), as, how, isKnown });
  };
  const title = () => sources.config().access.openid?.title;
  const ways = () => ({
    openid: title(),
    canReport: sources.config().status?.takesReports ?? false,
    canForget: mailer.isThere && sources.config().deskSettings.portal.isOpen,
  });

  server.get<{ Querystring: { next?: string } }>('/login', EVERYBODY, async (request, reply) => {
    if (request.caller.is === 'user') return reply.redirect(homeOf(request.caller.user), 302);
    return sendPage(reply, loginPage({ next: ownPath(request.query.next), ...ways() }));
  });

  server.post<Form>('/login', EVERYBODY, async (request, reply) => {
    const { login, password, code, next } = parsed(signInForm, request.body, 'form');
    const signed = await access.signIn(
      login.slice(0, 200),
      password.slice(0, PASSWORD_MAX),
      code.slice(0, 20),
      callerAddress(request),
    );
    const again = (problem: string, wantsCode = false) =>
      sendPage(
        reply.code(signed.is === 'held' ? 429 : 401),
        loginPage({ next: ownPath(next), login, problem, wantsCode, ...ways() }),
      );
    switch (signed.is) {
      case 'in':
        note('signed-in', request, `user ${nameOf(signed.user)}`, 'by password');
        return enter(reply, signed.user, next, sources);
      case 'wants-code':
        return again(say('sign-in.code-needed'), true);
      case 'wrong':
        tried('sign-in-failed', request, login);
        sources.onRefused('login', `wrong name, password or code from ${callerAddress(request)}`);
        return again(say('sign-in.wrong'), code !== '');
      case 'held': {
        tried('sign-in-held', request, login);
        const wait = signed.untilMs - sources.now();
        void reply.header('retry-after', String(Math.ceil(wait / 1_000)));
        return again(heldText(wait));
      }
    }
  });

  server.post('/logout', may('signed-in'), async (request, reply) => {
    if (request.caller.is === 'user') {
      note('signed-out', request, callerName(request.caller));
      await access.end(request.caller.session);
    }
    return clearCookie(reply, sources).redirect('/login', 303);
  });

  server.get('/forgotten', EVERYBODY, async (_request, reply) => {
    if (!ways().canForget) throw noReset();
    return sendPage(reply, forgottenPage(false));
  });

  server.post<Form>('/forgotten', EVERYBODY, async (request, reply) => {
    if (!ways().canForget) throw noReset();
    const asked = access.forgotten((request.body?.['login'] ?? '').slice(0, 254));
    if (asked) note('password-link-sent', request, 'nobody', `to ${asked.user.email}`);
    // Not awaited: the time a mail takes would reveal who is a user.
    if (asked) void mailPassword(asked, sources);
    return sendPage(reply, forgottenPage(true));
  });

  server.get<{ Params: { token: string } }>('/invitation/:token', EVERYBODY, async ({ params }, reply) => {
    const invited = access.invited(params.token);
    if (!invited) throw notInvited();
    return sendPage(reply, invitationPage(params.token, invited.user));
  });

  server.post<{ Params: { token: string } } & Form>(
    '/invitation/:token',
    EVERYBODY,
    async (request, reply) => {
      const { params, body } = request;
      const invited = access.invited(params.token);
      if (!invited) throw notInvited();
      const { user, way } = invited;
      const { password = '', again = '' } = body ?? {};
      const problem = passwordProblem(password, again);
      if (problem) return sendPage(reply.code(422), invitationPage(params.token, user, problem));
      const isSet = await access.setPassword(user.id, password, {
        way,
        isStill: () => access.invited(params.token) !== undefined,
      });
      if (!isSet) throw notInvited();
      note('password-set', request, `user ${user.email}`, `by a link that was ${way}`);
      // The link does not replace the second factor.
      if (user.totp !== undefined) return reply.redirect('/login', 303);
      return enter(reply, access.user(user.id) ?? user, undefined, sources);
    },
  );

  server.get<{ Querystring: { next?: string } }>('/login/openid', EVERYBODY, async ({ query }, reply) => {
    if (title() === undefined) throw noSingleSignOn();
    const begun = await openid.begin(ownPath(query.next));
    if (begun.is === 'failed') throw new HttpProblem(502, say('sign-in.single-sign-on-failed'), begun.why);
    return reply
      .header('set-cookie', cookieHeader(OPENID_COOKIE, begun.cookie, 600, sources.config()))
      .redirect(begun.url, 302);
  });

  server.get('/login/openid/back', EVERYBODY, async (request, reply) => {
    if (title() === undefined) throw noSingleSignOn();
    const ended = await openid.end(request.url, readCookie(request.headers.cookie, OPENID_COOKIE));
    // Valid for one sign-in, whatever its result.
    void reply.header('set-cookie', cookieHeader(OPENID_COOKIE, '', 0, sources.config()));
    if (ended.is === 'failed') {
      tried('sign-in-failed', request, '', `by single sign-on: ${ended.why}`);
      sources.onRefused('openid', ended.why);
      return sendPage(reply.code(401), loginPage({ problem: ended.why, ...ways() }));
    }
    await access.hasMailbox(ended.user);
    // A second factor set up here is required here, whatever the identity provider has checked.
    if (ended.user.totp !== undefined) {
      const half = openid.sealedHalf(ended.user.id, ended.next);
      return reply
        .header('set-cookie', cookieHeader(HALF_COOKIE, half, 600, sources.config()))
        .redirect('/login/code', 303);
    }
    note('signed-in', request, `user ${nameOf(ended.user)}`, 'by single sign-on');
    return enter(reply, ended.user, ended.next, sources);
  });

  server.get('/login/code', EVERYBODY, async (_request, reply) => sendPage(reply, codePage()));

  server.post<Form>('/login/code', EVERYBODY, async (request, reply) => {
    const half = openid.half(readCookie(request.headers.cookie, HALF_COOKIE));
    const user = half && access.user(half.user);
    if (!half || !user) return reply.redirect('/login', 303);
    const code = String(request.body?.['code'] ?? '').slice(0, 20);
    const signed = await access.secondFactor(user, code, callerAddress(request));
    if (signed.is === 'in') {
      note('signed-in', request, `user ${nameOf(user)}`, 'by single sign-on and code');
      return enter(reply, user, half.next, sources);
    }
    if (signed.is === 'held') {
      tried('sign-in-held', request, nameOf(user), 'by a code');
      return sendPage(reply.code(429), codePage(heldText(signed.untilMs - sources.now())));
    }
    tried('sign-in-failed', request, nameOf(user), 'by a wrong code');
    return sendPage(reply.code(401), codePage(say('sign-in.code-wrong')));
  });
}

async function mailPassword({ user, token }: { user: User; token: string }, sources: WebSources) {
  const portal = sources.config().deskSettings.portal.title;
  const sent = await mailLink(sources, user, {
    subject: say('sign-in.reset-mail-subject', { portal }),
    text: say('sign-in.reset-mail', { link: linkOf(sources, token) }),
  });
  if (sent && sent.is !== 'done')
    sources.onRefused('forgotten', `the email to ${user.email} was not sent: ${sent.why}`);
}

async function enter(reply: FastifyReply, user: User, next: string | undefined, sources: WebSources) {
  const wanted = ownPath(next);
  const target =
    wanted !== undefined && (isStaff(user.role) || wanted.startsWith('/portal')) ? wanted : homeOf(user);
  await setSessionCookie(reply, user, sources);
  return reply.redirect(target, 303);
}

/** Starts a session for the user and sets its cookie. */
export async function setSessionCookie(
  reply: FastifyReply,
  user: User,
  { access, config }: WebSources,
): Promise<void> {
  const { cookie, maxAgeMs } = await access.begin(user);
  void reply.header('set-cookie', cookieHeader(SESSION_COOKIE, cookie, maxAgeMs / 1_000, config()));
}

export const heldText = (waitMs: number): string =>
  say('sign-in.held', { wait: formatDuration(Math.ceil(waitMs / 1_000) * 1_000) });

const noReset = (): HttpProblem => new HttpProblem(404, say('sign-in.no-reset'), say('sign-in.no-reset-why'));

const notInvited = (): HttpProblem =>
  new HttpProblem(404, say('sign-in.invitation-not-valid'), say('sign-in.invitation-not-valid-why'));

const noSingleSignOn = (): HttpProblem =>
  new HttpProblem(404, say('sign-in.no-single-sign-on'), say('sign-in.no-single-sign-on-why'));

/** Portal users are logged by email address. */
const nameOf = ({ id, email, role }: User): string => (isStaff(role) ? id : email);

export const clearCookie = (reply: FastifyReply, { config }: Pick<WebSources, 'config'>): FastifyReply =>
  reply.header('set-cookie', cookieHeader(SESSION_COOKIE, '', 0, config()));

const homeOf = ({ role }: User): string => (isStaff(role) ? '/' : '/portal');

/** Only local paths, so that sign-in cannot redirect to another site. */
const ownPath = (next: string | undefined): string | undefined =>
  next !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/.test(next) ? next : undefined;
