import { z } from 'zod';
import {
  DESK_STATES,
  stateName,
  actorName,
  type DeskEntry,
  type DeskTicket,
} from '../core/desk/desk-ticket.ts';
import type { DeskAction } from '../core/desk/desk-action.ts';
import { dueAt, isMissed, type TicketClock } from '../core/service/clocks.ts';
import { PRIORITIES } from '../core/target.ts';
import { say } from '../text/say.ts';
import { deskActed, deskTicketAnswer, deskTicketWithTrail } from './answers.ts';
import { apiRoute, by, list, listing, type ApiRoute } from './api-route.ts';
import { checkCustomer, checkNames } from './desk-names.ts';
import { HttpProblem, notFound } from './problem.ts';
import type { WebSources } from './sources.ts';

const text = z.string().trim().min(1).max(60_000);
const severity = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);

const listQuery = z.strictObject({
  ...listing,
  state: z.enum(DESK_STATES).optional(),
  priority: z.enum(PRIORITIES).optional(),
  assignee: z.string().max(80).optional().describe('A person, or `none`.'),
  customer: z.string().max(120).optional(),
  requester: z.string().max(254).optional().describe('Email address.'),
  q: z.string().max(100).optional().describe('Words in the subject or text.'),
});

const opening = z.strictObject({
  subject: z.string().trim().min(1).max(200),
  body: z.string().max(60_000).default(''),
  type: z.string().max(80).optional(),
  category: z.string().max(80).optional(),
  priority: z.enum(PRIORITIES).optional(),
  severity: severity.optional(),
  customer: z.string().max(120).optional(),
  requester: z
    .strictObject({
      name: z.string().min(1).max(80),
      email: z.string().max(254).optional(),
      phone: z.string().max(40).optional(),
    })
    .optional(),
  fields: z.record(z.string().max(80), z.string().max(500)).default({}),
  related: z
    .string()
    .regex(/^\d{1,12}$/, { error: () => say('desk.ticket-number-expected') })
    .optional(),
  key: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Idempotency key: the same key never opens a second ticket.'),
});

const acting = {
  reply: z.strictObject({ by, text, then: z.enum(['waiting-customer', 'resolved']).optional() }),
  note: z.strictObject({ by, text }),
  answer: z.strictObject({ name: z.string().min(1).max(80).describe('Name of the requester.'), text }),
  assign: z.strictObject({ by, to: z.string().max(80).nullable() }),
  state: z.strictObject({
    by,
    to: z.enum(['open', 'in-progress', 'waiting-customer', 'waiting-third-party', 'resolved', 'closed']),
    text: text.optional(),
  }),
  change: z.strictObject({
    by,
    subject: z.string().trim().min(1).max(200).optional(),
    priority: z.enum(PRIORITIES).optional(),
    severity: severity.optional(),
    type: z.string().max(80).optional(),
    category: z.string().max(80).optional(),
    team: z.string().max(80).optional(),
    tier: z.union([z.literal(1), z.literal(2)]).optional(),
    customer: z.string().max(120).optional(),
    fields: z.record(z.string().max(80), z.string().max(500)).optional(),
  }),
  merge: z.strictObject({ by, into: z.int().min(1) }),
} as const;

/** API for tickets of the built-in helpdesk. */
export const DESK_API_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/api/v1/desk/tickets',
    may: { needs: 'viewer', scope: 'tickets' },
    summary: 'Desk tickets, newest first.',
    query: listQuery,
    good: list('A list of tickets.', deskTicketAnswer),
    async handle({ query }, sources) {
      const { state, q, requester, ...rest } = query;
      const { items, next } = await sources.store.desk.list({
        ...rest,
        ...(state && { states: [state] }),
        ...(q !== undefined && { text: q }),
        ...(requester !== undefined && { requester: requester.toLowerCase() }),
      });
      return { items: items.map((ticket) => deskTicketView(ticket, sources)), next };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/api/v1/desk/tickets',
    may: { needs: 'agent', scope: 'tickets' },
    summary: 'Open a ticket.',
    body: opening,
    good: { status: 201, description: 'The ticket.', answer: deskTicketAnswer },
    async handle({ body }, sources) {
      const { requester, customer, key, related, ...given } = body;
      checkCustomer(customer, sources);
      const { type, category, fields } = given;
      await checkNames({ is: 'change', change: { type, category, fields } }, {}, sources);
      if (related !== undefined) await checkNames({ is: 'link', kind: 'related', to: related }, {}, sources);
      const email = requester?.email?.toLowerCase();
      const ticket = await sources.office.desk.open(
        {
          ...given,
          ...(key !== undefined && { key: `api ${key}` }),
          ...(customer !== undefined && { customer }),
          ...(related !== undefined && { related }),
          ...(requester && {
            requester: { ...requester, ...(email && { email }), verifiedBy: 'api' as const },
          }),
          origin: 'api',
        },
        { is: 'requester', name: requester?.name ?? say('desk.client'), verifiedBy: 'api' },
      );
      return deskTicketView(ticket, sources);
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/desk/tickets/{number}',
    may: { needs: 'viewer', scope: 'tickets' },
    summary: 'One ticket with its SLA clocks and its activity trail.',
    good: { status: 200, description: 'The ticket.', answer: deskTicketWithTrail },
    async handle({ params }, sources) {
      const ticket = await at(params, sources);
      const entries = await sources.store.desk.entries(ticket.number);
      return { ...deskTicketView(ticket, sources), trail: entries.map(entryView) };
    },
  }),
  actRoute('reply', 'Public reply to the customer.', ({ text: said, then }) => ({
    is: 'reply',
    text: said,
    ...(then && { then }),
  })),
  actRoute('note', 'Internal note.', ({ text: said }) => ({ is: 'note', text: said })),
  actRoute('answer', 'A public reply by the requester; reopens a resolved ticket.', ({ text: said }) => ({
    is: 'answer',
    text: said,
  })),
  actRoute('assign', 'Set or clear the assignee.', ({ to }) => ({
    is: 'assign',
    to: to ?? undefined,
  })),
  actRoute('state', 'Set the state.', ({ to, text: said }) => ({
    is: 'state',
    to,
    ...(said && { text: said }),
  })),
  actRoute(
    'change',
    'Change priority, severity, type, category, team, tier, customer or fields.',
    ({ by: _by, ...change }) => ({ is: 'change', change }),
  ),
  actRoute('merge', 'Merge it into another ticket.', ({ into }) => ({ is: 'merge', into })),
];

function actRoute<Verb extends keyof typeof acting>(
  verb: Verb,
  summary: string,
  action: (body: z.output<(typeof acting)[Verb]>) => DeskAction,
): ApiRoute {
  return {
    method: 'POST',
    path: `/api/v1/desk/tickets/{number}/${verb}`,
    may: { needs: 'agent', scope: 'tickets' },
    summary,
    body: acting[verb],
    good: { status: 200, description: 'The outcome.', answer: deskActed },
    async handle({ params, body, caller }, sources) {
      const ticket = await at(params, sources);
      const given = body as { by?: string; name?: string };
      const actor =
        verb === 'answer'
          ? ({ is: 'requester', name: given.name!, verifiedBy: 'api', via: caller } as const)
          : ({ is: 'agent', id: given.by!, ...(caller !== `user ${given.by}` && { via: caller }) } as const);
      const wanted = action(body as z.output<(typeof acting)[Verb]>);
      await checkNames(wanted, { ticket, ...(given.by !== undefined && { by: given.by }) }, sources);
      const acted = await sources.office.desk.act(ticket.number, actor, wanted);
      if (acted.is === 'refused') throw new HttpProblem(409, say('desk.not-possible'), acted.why);
      return { because: acted.because, ticket: deskTicketView(acted.ticket, sources) };
    },
  };
}

async function at(params: Record<string, string>, { office }: WebSources): Promise<DeskTicket> {
  const number = params['number'] ?? '';
  const ticket = /^\d{1,12}$/.test(number) ? await office.desk.ticket(Number(number)) : undefined;
  if (!ticket) throw notFound(say('desk.no-ticket', { number }));
  return ticket;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function deskTicketView(ticket: DeskTicket, { office, now }: Pick<WebSources, 'office' | 'now'>) {
  const service = office.promisedFor(ticket);
  return {
    number: ticket.number,
    subject: ticket.subject,
    body: ticket.body,
    type: ticket.type,
    category: ticket.category ?? null,
    state: stateName(ticket.state),
    priority: ticket.priority,
    severity: ticket.severity ?? null,
    wished: ticket.wished,
    customer: ticket.customer ?? null,
    requester: ticket.requester
      ? {
          name: ticket.requester.name,
          email: ticket.requester.email ?? null,
          reply_to: ticket.requester.replyTo ?? null,
          verified_by: ticket.requester.verifiedBy,
        }
      : null,
    origin: ticket.origin,
    assignee: ticket.assignee ?? null,
    team: ticket.team ?? null,
    tier: ticket.tier,
    fields: ticket.fields,
    links: ticket.links,
    incident: ticket.key ?? null,
    rating: ticket.rating ? { score: ticket.rating.score, text: ticket.rating.text } : null,
    created_at: iso(ticket.createdAt),
    updated_at: iso(ticket.updatedAt),
    url: office.links.desk(ticket.number),
    clocks: service ? office.service.clocks(service).map((clock) => clockView(clock, now())) : [],
  };
}

export function clockView(clock: TicketClock, _now: number) {
  const due = clock.state.is === 'running' ? dueAt(clock) : undefined;
  return {
    clock: clock.clock,
    round: clock.round,
    state: clock.state.is,
    used_seconds: clock.usedMs / 1_000,
    limit_seconds: clock.limitMs / 1_000,
    due_at: due === undefined ? null : iso(due),
    stopped_at: clock.state.is === 'stopped' ? iso(clock.state.at) : null,
    missed: isMissed(clock),
  };
}

const entryView = ({
  at: when,
  event,
  by: who,
  text: said,
  quoted,
  isPublic,
  attachments = [],
}: DeskEntry) => ({
  at: iso(when),
  event,
  by: { is: who.is, name: actorName(who), via: 'via' in who ? (who.via ?? null) : null },
  text: said,
  trimmed: quoted ?? null,
  public: isPublic,
  attachments: attachments.map(({ id, name, type, bytes }) => ({ id, name, type, bytes })),
});
