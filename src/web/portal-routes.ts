import { may } from './may.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerName } from '../access/audit-log.ts';
import type { AuditEvent } from '../core/audit-record.ts';
import type { DeskTicket } from '../core/desk/desk-ticket.ts';
import type { Severity } from '../core/service/promise.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { PRIORITIES } from '../core/target.ts';
import { isAtLeast, isStaff, type User } from '../core/user.ts';
import { isOf } from '../desk/office.ts';
import { say } from '../text/say.ts';
import { sendPage } from './base-server.ts';
import { sendFile, withoutEmpty } from './desk-routes.ts';
import { callerAddress } from './caller-address.ts';
import { userOf } from './guard.ts';
import { portalFormPage, portalPage, portalTicketPage } from './pages/portal.ts';
import { linkOf, mailLink } from './mail-link.ts';
import { usersPage, type Invited } from './pages/users.ts';
import { takesFiles } from './multipart.ts';
import { HttpProblem } from './problem.ts';
import { beforeOf, TRAIL_SHOWN } from './trail-part.ts';
import type { WebSources } from './sources.ts';

const MOST_SHOWN = 200;
/** Characters in a custom field of the config. */
const LONGEST_VALUE = 500;

const newUser = z.object({
  name: z.string().trim().min(1).max(80),
  email: z
    .string()
    .trim()
    .regex(/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/)
    .max(254),
  role: z.enum(['customer', 'account-manager']).default('customer'),
  customer: z.string().max(120).optional(),
});

/** The portal: customers see and work on their own tickets only. */
export async function portalRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { office, store, access } = sources;
  const { desk, attachments } = office;
  const note = (what: AuditEvent, request: FastifyRequest, about: string) =>
    sources.auditLog.note(what, callerName(request.caller), { from: callerAddress(request), about });
  server.addHook('onRequest', async (request) => {
    if (
      (request.routeOptions.url ?? '').startsWith('/portal') &&
      !sources.config().deskSettings.portal.isOpen
    )
      throw notFound(say('portal.portal-off'));
  });

  server.get<{ Querystring: { all?: string } }>('/portal', may('signed-in'), async (request, reply) => {
    const user = userOf(request);
    const { items } = await store.desk.list({ limit: MOST_SHOWN, ...ownFilter(user) });
    return sendPage(reply, portalPage({ user, tickets: items }, sources));
  });

  server.get('/portal/new', may('signed-in'), (request, reply) =>
    sendPage(reply, portalFormPage({ user: userOf(request), given: {} }, sources)),
  );

  server.post<{ Body: Record<string, string> }>(
    '/portal/new',
    takesFiles(may('signed-in')),
    async (request, reply) => {
      const user = writerOf(request);
      const given = withoutEmpty(request.body);
      const related = /^#?(\d{1,12})$/.exec(given['related'] ?? '')?.[1];
      const problems = problemsOf(given, sources);
      if (related !== undefined && !(await isTheirs(Number(related), user, sources)))
        problems.push(say('portal.related-unknown', { number: related }));
      if (problems.length > 0)
        return sendPage(reply.code(422), portalFormPage({ user, given, problems }, sources));
      const { kept, remarks } = await attachments.keep(request.attached ?? []);
      const rules = sources.config().deskSettings.rules;
      const fields = Object.fromEntries(
        rules.fields.flatMap(({ name }) => (given[`field-${name}`] ? [[name, given[`field-${name}`]!]] : [])),
      );
      const requester = { name: user.name, email: user.email, verifiedBy: 'portal' } as const;
      const ticket = await desk.open(
        {
          subject: given['subject']!,
          body: [given['body'] ?? '', ...remarks].join('\n\n').trim(),
          type: given['type'] ?? rules.types[0]!,
          ...(given['category'] && { category: given['category'] }),
          ...(given['priority'] && { priority: given['priority'] as DeskTicket['priority'] }),
          ...(given['severity'] && { severity: Number(given['severity']) as Severity }),
          ...(user.customer !== undefined && { customer: user.customer }),
          requester,
          origin: 'portal',
          fields,
          ...(related !== undefined && { related }),
          attachments: kept,
        },
        { is: 'requester', name: user.name, verifiedBy: 'portal' },
      );
      return reply.redirect(`/portal/tickets/${ticket.number}`, 303);
    },
  );

  server.get<{ Params: { number: string } }>(
    '/portal/tickets/:number',
    may('signed-in'),
    async (request, reply) => {
      const ticket = await ownTicket(request, sources);
      const { entries, before } = await store.desk.trailEnd(ticket.number, {
        mostBytes: TRAIL_SHOWN,
        before: beforeOf(request.query),
        isPublic: true,
      });
      return sendPage(
        reply,
        portalTicketPage({ ticket, entries, before, service: office.promisedFor(ticket) }, sources),
      );
    },
  );

  server.post<{ Params: { number: string }; Body: Record<string, string> }>(
    '/portal/tickets/:number',
    takesFiles(may('signed-in')),
    async (request, reply) => {
      const user = writerOf(request);
      const asked = await ownTicket(request, sources);
      const ticket = (await desk.living(asked.number)) ?? asked;
      // The ticket that it was merged into may belong to another customer.
      if (!isOwn(user, ticket))
        throw new HttpProblem(409, say('portal.ticket-closed'), say('portal.ticket-closed-why'));
      const text = (request.body?.['text'] ?? '').trim().slice(0, 60_000);
      const { kept, remarks } = await attachments.keep(request.attached ?? []);
      if (text === '' && kept.length === 0)
        throw new HttpProblem(422, say('portal.message-empty'), say('portal.message-empty-why'));
      await desk.act(
        ticket.number,
        { is: 'requester', name: user.name, verifiedBy: 'portal' },
        {
          is: 'answer',
          text: [text || say('portal.see-attachment'), ...remarks].join('\n\n'),
          attachments: kept,
        },
      );
      return reply.redirect(`/portal/tickets/${ticket.number}`, 303);
    },
  );

  server.get<{ Params: { number: string; id: string } }>(
    '/portal/tickets/:number/attachments/:id',
    may('signed-in'),
    async (request, reply) =>
      sendFile(reply, await ownTicket(request, sources), request.params.id, sources, true),
  );

  for (const [path, mayUse] of [
    ['/portal/users', may('signed-in')],
    ['/users', may('manager')],
  ] as const) {
    server.get(path, mayUse, (request, reply) => {
      const user = managerOf(request);
      return sendPage(reply, usersPage({ user, users: usersFor(user), path }, sources));
    });
    server.post<{ Body: Record<string, string> }>(path, mayUse, async (request, reply) => {
      const user = managerOf(request);
      const body = withoutEmpty(request.body);
      const show = (more: { invited?: Invited; problem?: string }, status = 200) =>
        sendPage(reply.code(status), usersPage({ user, users: usersFor(user), path, ...more }, sources));
      const named = body['remove'] ?? body['invite'] ?? body['unlock'];
      if (named !== undefined) {
        const chosen = usersFor(user).find(({ id }) => id === named);
        if (!chosen) throw notFound(say('portal.no-such-user'));
        // Users change their own account under /account, with their password.
        if (chosen.id === user.id) return show({ problem: say('portal.own-account') }, 422);
        if (body['invite'] !== undefined) {
          note('invited', request, `${chosen.email}, again`);
          return show({ invited: await invite(chosen, user, sources) });
        }
        if (body['unlock'] !== undefined) {
          note('second-factor-off', request, `of ${chosen.email}`);
          await access.setTotp(chosen.id, undefined);
        } else {
          note('user-removed', request, chosen.email);
          await access.removeUser(chosen.id);
        }
        return reply.redirect(path, 303);
      }
      const given = newUser.safeParse(body);
      if (!given.success) {
        const fields = Object.keys(newUser.shape) as (keyof typeof newUser.shape)[];
        const wrong = fields.filter((field) => given.error.issues.some(({ path: [at] }) => at === field));
        return show({ problem: wrong.map((field) => say(`portal.invalid-${field}`)).join(' ') }, 422);
      }
      const customer = isStaff(user.role) ? given.data.customer : user.customer;
      if (customer === undefined || !sources.config().customers.has(customer)) {
        return show({ problem: say('portal.no-such-customer', { customer: customer ?? '' }) }, 422);
      }
      const email = given.data.email.toLowerCase();
      const { people, customers } = sources.config();
      const isOurs = [...people.values()].some((one) => one.addresses['email']?.toLowerCase() === email);
      const isElsewhere = [...customers.values()].some((one) => one.name !== customer && isOf(one, email));
      if (isOurs || isElsewhere) return show({ problem: say('portal.cannot-be-invited') }, 422);
      const made = await access.addUser(
        { name: given.data.name, email: given.data.email, role: given.data.role, customer },
        user.id,
      );
      if (!made) return show({ problem: say('portal.cannot-be-invited') }, 409);
      note('invited', request, `${made.email} of ${customer}`);
      return show({ invited: await invite(made, user, sources) });
    });
  }

  /** A manager of the provider sees all portal users, an account manager only those of their own customer. */
  const usersFor = (user: User): User[] =>
    isStaff(user.role) ? access.portalUsers() : access.usersOf(user.customer ?? '');
}

const notFound = (detail: string): HttpProblem => new HttpProblem(404, say('portal.not-found'), detail);

/** The signed-in user; staff with read-only access may not open tickets. */
function writerOf(request: FastifyRequest): User {
  const user = userOf(request);
  if (isStaff(user.role) && !isAtLeast(user.role, 'agent'))
    throw new HttpProblem(403, say('portal.no-access'), say('portal.read-only'));
  return user;
}

function managerOf(request: FastifyRequest): User {
  const user = userOf(request);
  const isPortal = (request.routeOptions.url ?? '').startsWith('/portal');
  if (isPortal ? user.role !== 'account-manager' : !isAtLeast(user.role, 'manager')) {
    throw new HttpProblem(
      403,
      say('portal.no-access'),
      say(isPortal ? 'portal.no-access-portal-users' : 'portal.no-access-users'),
    );
  }
  return user;
}

/**
 * Invites by mail if possible. In that case the account manager is not shown the link: its holder acts as the owner of
 * that address. A link shown on screen lets its holder in, but proves no mailbox.
 */
async function invite(user: User, by: User, sources: WebSources): Promise<Invited> {
  const { email } = user;
  const shown = () => linkOf(sources, sources.access.invitation(user, 'shown'));
  const mayBeShown = isStaff(by.role) || !sources.mailer.isThere;
  const link = mayBeShown ? shown() : undefined;
  if (sources.mailer.isThere && !sources.access.mayMail(user))
    return { email, ...(link && { link }), mailed: { is: 'too-soon' } };
  const token = sources.access.invitation(user, 'mailed');
  // Without the invited user's name: an account manager could put any text there and send it to anyone in our name.
  const inviter = neutraliseLine(by.name, 80);
  const portal = sources.config().deskSettings.portal.title;
  const mailed = linkOf(sources, token);
  const sent = await mailLink(
    sources,
    user,
    user.password === undefined
      ? {
          subject: say('portal.invitation-subject', { portal }),
          text: say('portal.invitation', { inviter, link: mailed, email }),
        }
      : {
          subject: say('portal.new-password-subject', { portal }),
          text: say('portal.new-password', { inviter, link: mailed }),
        },
  );
  if (!sent) return { email, link: link ?? shown() };
  return { email, ...(link && { link }), mailed: sent };
}

/** All tickets of the customer; without a customer, only the user's own requests. */
const ownFilter = ({ customer, email }: User) =>
  customer === undefined ? { requester: email } : { customer };

async function ownTicket(request: FastifyRequest, sources: WebSources): Promise<DeskTicket> {
  const user = userOf(request);
  const { number } = request.params as { number: string };
  const ticket = /^\d{1,12}$/.test(number) ? await sources.office.desk.ticket(Number(number)) : undefined;
  // Outsiders must not learn that the ticket exists.
  if (!ticket || !isOwn(user, ticket)) throw notFound(say('portal.no-such-ticket', { number }));
  return ticket;
}

/** A customer's user sees only that customer's tickets, whoever the requester is: an address proves nothing. */
function isOwn(user: User, { customer, requester }: DeskTicket): boolean {
  if (user.customer !== undefined) return customer === user.customer;
  return isStaff(user.role) && requester?.email !== undefined && requester.email === user.email;
}

/** A merged ticket keeps its number. */
async function isTheirs(number: number, user: User, { office }: WebSources): Promise<boolean> {
  const ticket = await office.desk.ticket(number);
  return ticket !== undefined && isOwn(user, ticket);
}

/** Everything that is missing or wrong, at once. */
function problemsOf(given: Record<string, string>, { config }: WebSources): string[] {
  const { rules } = config().deskSettings;
  const type = given['type'] ?? rules.types[0]!;
  const problems: string[] = [];
  if (!given['subject']) problems.push(say('portal.subject-missing'));
  if (!given['body']) problems.push(say('portal.description-missing'));
  if (!rules.types.includes(type)) problems.push(say('portal.type-unknown'));
  if (given['priority'] && !PRIORITIES.some((one) => one === given['priority']))
    problems.push(say('portal.priority-unknown'));
  if (given['severity'] && !/^[1-4]$/.test(given['severity'])) problems.push(say('portal.severity-unknown'));
  if (rules.asksSeverity && !given['severity']) problems.push(say('portal.severity-missing'));
  if (given['category'] && !rules.categories.some(({ name }) => name === given['category']))
    problems.push(say('portal.category-unknown'));
  for (const { name, label, requiredFor, choices } of rules.fields) {
    const value = given[`field-${name}`];
    if (requiredFor.includes(type) && !value) problems.push(say('portal.field-missing', { field: label }));
    if (value && choices && !choices.includes(value))
      problems.push(say('portal.field-unknown', { field: label }));
    if (value && value.length > LONGEST_VALUE)
      problems.push(say('portal.field-too-long', { field: label, count: LONGEST_VALUE }));
  }
  return problems;
}
