import { EVERYBODY, may } from './may.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { DeskAction } from '../core/desk/desk-action.ts';
import type { Attachment, DeskStateName, DeskTicket } from '../core/desk/desk-ticket.ts';
import { recordTitle } from '../core/incident.ts';
import { isAtLeast, isStaff } from '../core/user.ts';
import { PRIORITIES } from '../core/target.ts';
import { say } from '../text/say.ts';
import { sendPage } from './base-server.ts';
import { checkCustomer, checkNames } from './desk-names.ts';
import { agentOf } from './guard.ts';
import { ratePage, ratedPage } from './pages/portal.ts';
import { OPEN_STATES, queuePage, QUEUE_VIEWS, type QueueView } from './pages/queue.ts';
import { ticketPage } from './pages/ticket.ts';
import { beforeOf, TRAIL_SHOWN } from './trail-part.ts';
import { takesFiles } from './multipart.ts';
import { HttpProblem, notFound, parsed } from './problem.ts';
import type { TicketRecord } from '../store/store.ts';
import type { WebSources } from './sources.ts';

const MOST_SHOWN = 500;

/** The newest tickets in other helpdesks that match the view. Only those helpdesks know who has them. */
async function ticketsElsewhere(
  view: QueueView,
  text: string,
  store: WebSources['store'],
): Promise<TicketRecord[]> {
  if (view !== 'open' && view !== 'all') return [];
  const { items } = await store.tickets({
    limit: MOST_SHOWN,
    ...(view === 'open' && { status: 'open' as const }),
  });
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return items
    .filter(({ adapter }) => adapter !== 'desk')
    .filter((ticket) => {
      const said = `${recordTitle(ticket)} ${ticket.subject}`.toLowerCase();
      return words.every((word) => said.includes(word));
    });
}

const newTicket = z.object({
  subject: z
    .string({ error: () => say('desk.subject-expected') })
    .trim()
    .min(1)
    .max(200),
  body: z.string().trim().max(60_000).default(''),
  priority: z.enum(PRIORITIES).optional(),
  customer: z.string().max(120).optional(),
  name: z.string().max(80).optional(),
  email: z.string().max(254).optional(),
  type: z.string().max(80).optional(),
});

/** Pages of the desk for agents. */
export async function deskRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const { office, store } = sources;
  const { desk, attachments } = office;

  server.get<{ Querystring: Record<string, string> }>('/tickets', may('viewer'), async (request, reply) => {
    const { query, caller } = request;
    const view: QueueView = QUEUE_VIEWS.find((one) => one === query['view']) ?? 'open';
    const me = caller.is === 'user' ? caller.user.id : undefined;
    const text = (query['q'] ?? '').slice(0, 100);
    const { items, next } = await store.desk.list({
      limit: MOST_SHOWN,
      ...viewFilter(view, me),
      ...(text !== '' && { text }),
      ...(query['customer'] && { customer: query['customer'] }),
    });
    const elsewhere = await ticketsElsewhere(view, text, store);
    const queue = {
      tickets: items,
      hasMore: next !== null,
      elsewhere,
      view,
      text,
      me,
      mayAct: mayAct(request),
    };
    return sendPage(reply, queuePage(queue, sources));
  });

  server.post<{ Body: Record<string, string> }>('/tickets', may('agent'), async (request, reply) => {
    const wanted = parsed(newTicket, withoutEmpty(request.body), 'form');
    const { subject, body, priority, customer, name, email, type } = wanted;
    checkCustomer(customer, sources);
    const by = agentOf(request);
    const ticket = await desk.open(
      {
        subject,
        body,
        ...(priority && { priority }),
        ...(customer && { customer }),
        ...(type && { type }),
        ...((name || email) && {
          requester: {
            name: name ?? email!,
            ...(email && { email: email.toLowerCase() }),
            verifiedBy: 'agent' as const,
          },
        }),
        origin: 'agent',
      },
      { is: 'agent', id: by },
    );
    return reply.redirect(`/tickets/${ticket.number}`, 303);
  });

  server.get<{ Params: { number: string } }>('/tickets/:number', may('viewer'), async (request, reply) => {
    const ticket = await ticketAt(request.params.number, sources);
    const { entries, before } = await store.desk.trailEnd(ticket.number, {
      mostBytes: TRAIL_SHOWN,
      before: beforeOf(request.query),
    });
    const service = office.promisedFor(ticket);
    return sendPage(
      reply,
      ticketPage({ ticket, entries, before, service, mayAct: mayAct(request) }, sources),
    );
  });

  server.post<{ Params: { number: string }; Body: Record<string, string> }>(
    '/tickets/:number',
    takesFiles(may('agent')),
    async (request, reply) => {
      const ticket = await ticketAt(request.params.number, sources);
      const body = request.body ?? {};
      const by = { is: 'agent', id: agentOf(request) } as const;
      // Validate the names first: attachments of a rejected action must not be stored.
      for (const action of actionsOf(body, [], by.id, (request.attached ?? []).length > 0))
        await checkNames(action, { ticket, by: by.id }, sources);
      const { kept, remarks } = await attachments.keep(request.attached ?? []);
      for (const action of actionsOf(body, kept, by.id)) {
        const acted = await desk.act(ticket.number, by, action);
        if (acted.is === 'refused')
          throw new HttpProblem(
            409,
            say('desk.not-possible'),
            `${acted.why[0]!.toUpperCase()}${acted.why.slice(1)}.`,
          );
      }
      if (body['action'] === 'bug') await handOver(ticket, by.id, sources);
      for (const text of remarks) await desk.act(ticket.number, by, { is: 'note', text });
      return reply.redirect(`/tickets/${ticket.number}`, 303);
    },
  );

  server.get<{ Params: { number: string; id: string } }>(
    '/tickets/:number/attachments/:id',
    may('viewer'),
    async ({ params }, reply) => {
      const ticket = await ticketAt(params.number, sources);
      return sendFile(reply, ticket, params.id, sources, false);
    },
  );

  server.get<{ Params: { token: string }; Querystring: { score?: string } }>(
    '/rate/:token',
    EVERYBODY,
    async ({ params, query }, reply) => {
      const ticket = await ratedTicket(params.token, sources);
      return sendPage(reply, ratePage(params.token, ticket, Number(query.score ?? 0)));
    },
  );

  server.post<{ Params: { token: string }; Body: Record<string, string> }>(
    '/rate/:token',
    EVERYBODY,
    async ({ params, body }, reply) => {
      const ticket = await ratedTicket(params.token, sources);
      const score = Number(body?.['score']);
      if (!Number.isInteger(score) || score < 1 || score > 5)
        throw new HttpProblem(422, say('desk.rating-missing'), say('desk.rating-missing-detail'));
      const name = ticket.requester?.name ?? say('desk.requester');
      const text = (body?.['text'] ?? '').trim().slice(0, 2_000);
      await desk.act(
        ticket.number,
        { is: 'requester', name, verifiedBy: ticket.requester?.verifiedBy ?? 'no' },
        { is: 'rate', score, text },
      );
      return sendPage(reply, ratedPage());
    },
  );
}

/** Hands a bug over to the bug tracker; the ticket and the bug link to each other. */
async function handOver(ticket: DeskTicket, by: string, { office }: WebSources): Promise<void> {
  const handed = await office.bugs.hand(ticket, by);
  if (handed.is === 'refused') throw new HttpProblem(409, say('desk.not-possible'), handed.why);
}

async function ratedTicket(token: string, { office }: WebSources): Promise<DeskTicket> {
  const number = office.links.ratedBy(token);
  const ticket = number === undefined ? undefined : await office.desk.ticket(number);
  if (!ticket) throw notFound(say('desk.no-ticket-for-link'));
  return ticket;
}

export async function sendFile(
  reply: FastifyReply,
  ticket: DeskTicket,
  id: string,
  { office, store }: WebSources,
  isPublicOnly: boolean,
): Promise<FastifyReply> {
  const entries = await store.desk.entries(ticket.number);
  const found = entries
    .filter(({ isPublic }) => isPublic || !isPublicOnly)
    .flatMap(({ attachments = [] }) => attachments)
    .find((one) => one.id === id);
  const bytes = found && (await office.attachments.read(found));
  if (!found || !bytes) throw notFound(say('desk.no-attachment', { id }));
  const ascii = found.name.replace(/[^\x20-\x7e]/g, '_');
  return reply
    .header('content-type', found.type)
    .header(
      'content-disposition',
      `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(found.name)}`,
    )
    .header('cache-control', 'private, no-store')
    .send(Buffer.from(bytes));
}

async function ticketAt(number: string, { office }: WebSources): Promise<DeskTicket> {
  const ticket = /^\d{1,12}$/.test(number) ? await office.desk.ticket(Number(number)) : undefined;
  if (!ticket) throw notFound(say('desk.no-ticket', { number }));
  return ticket;
}

function mayAct({ caller }: FastifyRequest): boolean {
  if (caller.is === 'anybody') return true;
  return caller.is === 'user' && isStaff(caller.user.role) && isAtLeast(caller.user.role, 'agent');
}

function viewFilter(
  view: QueueView,
  me: string | undefined,
): { states?: readonly DeskStateName[]; assignee?: string } {
  switch (view) {
    case 'open':
      return { states: OPEN_STATES };
    case 'mine':
      return { states: OPEN_STATES, assignee: me ?? 'none' };
    case 'unassigned':
      return { states: OPEN_STATES, assignee: 'none' };
    case 'waiting':
      return { states: ['waiting-customer', 'waiting-third-party'] };
    case 'all':
      return {};
  }
}

const STATES = [
  'open',
  'in-progress',
  'waiting-customer',
  'waiting-third-party',
  'resolved',
  'closed',
] as const;

/** The actions requested by a form of the ticket page. */
function actionsOf(
  body: Record<string, string>,
  attachments: Attachment[],
  me: string,
  hasFiles = attachments.length > 0,
): DeskAction[] {
  const text = (body['text'] ?? '').trim().slice(0, 60_000);
  const words = (): { text: string; attachments: Attachment[] } => {
    if (text === '' && !hasFiles)
      throw new HttpProblem(422, say('desk.message-empty'), say('desk.message-empty-detail'));
    return { text: text || say('desk.see-attachment'), attachments };
  };
  switch (body['action']) {
    case 'reply': {
      const then = body['then'];
      return [
        { is: 'reply', ...words(), ...((then === 'waiting-customer' || then === 'resolved') && { then }) },
      ];
    }
    case 'note':
      return [{ is: 'note', ...words() }];
    case 'take':
      return [{ is: 'assign', to: me }];
    case 'assign':
      return [{ is: 'assign', to: body['to'] || undefined }];
    case 'state': {
      const to = STATES.find((one) => one === body['to']);
      if (!to) throw new HttpProblem(422, say('desk.invalid-request'), say('desk.state-unknown'));
      return [{ is: 'state', to }];
    }
    case 'change':
      return [{ is: 'change', change: parsed(changeForm, withoutEmpty(body), 'form') }];
    case 'merge':
    case 'link': {
      const number = Number((body['to'] ?? '').replace(/^#/, ''));
      if (!Number.isInteger(number) || number < 1)
        throw new HttpProblem(
          422,
          say('desk.ticket-number-missing'),
          say('desk.ticket-number-missing-detail'),
        );
      return [
        body['action'] === 'merge'
          ? { is: 'merge', into: number }
          : { is: 'link', kind: 'related', to: String(number) },
      ];
    }
    case 'bug':
      return [];
    default:
      throw new HttpProblem(400, say('desk.invalid-request'), say('desk.unknown-action'));
  }
}

const changeForm = z.object({
  priority: z.enum(PRIORITIES).optional(),
  severity: z.coerce
    .number()
    .pipe(z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]))
    .optional(),
  type: z.string().max(80).optional(),
  category: z.string().max(80).optional(),
  team: z.string().max(80).optional(),
  tier: z.coerce
    .number()
    .pipe(z.union([z.literal(1), z.literal(2)]))
    .optional(),
  customer: z.string().max(120).optional(),
});

export const withoutEmpty = (body: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body ?? {}).filter(([, value]) => typeof value === 'string' && value.trim() !== ''),
  );
