import { may } from './may.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerName } from '../access/audit-log.ts';
import type { AuditEvent } from '../core/audit-record.ts';
import { PASSWORD_MAX, passwordProblem } from '../access/password.ts';
import { newTotpKey } from '../access/totp.ts';
import { isStaff, type User } from '../core/user.ts';
import { say } from '../text/say.ts';
import { sendPage } from './base-server.ts';
import { callerAddress } from './caller-address.ts';
import { userOf } from './guard.ts';
import { accountPage, factorPage } from './pages/account.ts';
import { clearCookie, heldText, setSessionCookie } from './sign-in-routes.ts';
import type { WebSources } from './sources.ts';

/** Routes with which users change their own account; each change asks for their password. */
export async function accountRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { access, auditLog } = sources;
  const note = (what: AuditEvent, request: FastifyRequest) =>
    auditLog.note(what, callerName(request.caller), { from: callerAddress(request) });
  const show = (reply: FastifyReply, user: User, problem?: string, done?: string) =>
    sendPage(
      problem === undefined ? reply : reply.code(422),
      accountPage(
        { user, ...(problem !== undefined && { problem }), ...(done !== undefined && { done }) },
        sources,
      ),
    );

  server.get('/account', may('signed-in'), (request, reply) => show(reply, userOf(request)));

  server.post<{ Body: Record<string, string> | undefined }>(
    '/account',
    may('signed-in'),
    async (request, reply) => {
      const user = userOf(request);
      const { caller } = request;
      const session = caller.is === 'user' ? caller.session : '';
      const {
        what = '',
        current = '',
        code = '',
        password = '',
        again = '',
        key = '',
        proof = '',
      } = request.body ?? {};
      if (what === 'everywhere') {
        await access.endAll(user);
        note('signed-out-everywhere', request);
        return clearCookie(reply, sources).redirect('/login', 303);
      }
      if (isStaff(user.role) || user.password === undefined)
        return show(reply, user, say('account.managed-elsewhere'));
      if (what === 'confirm') {
        if (!access.isFactorOffer(session, key, proof))
          return show(reply, user, say('account.setup-expired'));
        if (await access.turnOnTotp(user.id, key, code.slice(0, 20))) {
          note('second-factor-on', request);
          // Every other browser must enter the code from now on.
          await setSessionCookie(reply, access.user(user.id) ?? user, sources);
          return show(reply, access.user(user.id) ?? user, undefined, say('account.two-factor-is-on'));
        }
        const problem = say('account.setup-code-wrong');
        return sendPage(reply.code(422), factorPage({ user, problem }, { key, proof }, sources));
      }
      const proven = await access.signIn(
        user.id,
        current.slice(0, PASSWORD_MAX),
        code.slice(0, 20),
        callerAddress(request),
      );
      if (proven.is === 'held') return show(reply, user, heldText(proven.untilMs - sources.now()));
      if (proven.is !== 'in')
        return show(
          reply,
          user,
          say(user.totp === undefined ? 'account.password-wrong' : 'account.password-or-code-wrong'),
        );
      switch (what) {
        case 'password': {
          const problem = passwordProblem(password, again);
          if (problem !== undefined) return show(reply, user, problem);
          // The password was verified as of now: if another one has been set meanwhile, that one is kept.
          const isSet = await access.setPassword(user.id, password, {
            isStill: () => access.user(user.id)?.password === user.password,
          });
          if (!isSet) return show(reply, user, say('account.password-wrong'));
          note('password-set', request);
          const changed = access.user(user.id) ?? user;
          await setSessionCookie(reply, changed, sources);
          return reply.redirect('/account', 303);
        }
        case 'factor': {
          const offered = newTotpKey();
          const offer = { key: offered, proof: access.factorOffer(session, offered) };
          return sendPage(reply, factorPage({ user }, offer, sources));
        }
        case 'remove':
          await access.setTotp(user.id, undefined);
          note('second-factor-off', request);
          return show(reply, access.user(user.id) ?? user, undefined, say('account.two-factor-is-off'));
        default:
          return show(reply, user, say('account.no-such-setting'));
      }
    },
  );
}
