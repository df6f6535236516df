import { createHmac, randomBytes } from 'node:crypto';
import type { Priority } from '../../src/core/target.ts';
import {
  FakeHelpdesk,
  HUMAN,
  Refused,
  US,
  type FakeAnswer,
  type FakeCall,
  type FakeTicket,
  type HumanHand,
  type Json,
  type TicketView,
} from './fake-helpdesk.ts';

/** A receiver that keeps its side of docs/webhook.md: signature, age, idempotency. */
export class FakeReceiver extends FakeHelpdesk {
  readonly secret = randomBytes(20).toString('hex');
  readonly #done = new Map<string, FakeAnswer>();

  view({ id, fields, entries, mergedInto }: FakeTicket): TicketView {
    return { ...(fields as unknown as TicketView), id, entries, mergedInto };
  }

  openByHuman(subject: string, priority: Priority): FakeTicket {
    return this.add({ subject, body: subject, status: 'open', priority });
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    if (status) ticket.fields['status'] = status;
    if (priority) ticket.fields['priority'] = priority;
    if (assignee !== undefined) ticket.fields['assignee'] = assignee ? 'Ana Agent' : null;
  }

  protected authenticate({ headers, text }: FakeCall): void {
    const stamp = String(headers['x-watchdesk-timestamp']);
    const expected = createHmac('sha256', this.secret).update(`${stamp}.${text}`).digest('hex');
    const isFresh = Math.abs(Date.now() / 1_000 - Number(stamp)) < 300;
    if (headers['x-watchdesk-signature'] === `sha256=${expected}` && isFresh) return;
    throw new Refused(401, { error: 'bad signature' });
  }

  protected missing(): FakeAnswer {
    return { status: 404, body: { error: 'no such ticket' } };
  }

  protected answer({ method, headers, body }: FakeCall): FakeAnswer | undefined {
    if (method !== 'POST') return undefined;
    const key = headers['idempotency-key'];
    const isOnce = body['event'] === 'ticket.create' || body['event'] === 'ticket.note';
    if (!isOnce) return this.#handle(body);
    if (typeof key !== 'string') throw new Refused(400, { error: 'no idempotency key' });
    const known = this.#done.get(key);
    if (known) return known;
    const answer = this.#handle(body);
    this.#done.set(key, answer);
    return answer;
  }

  #handle(body: Json): FakeAnswer {
    const id = String(body['id'] ?? '');
    switch (body['event']) {
      case 'ping':
        return { status: 204 };
      case 'ticket.create': {
        this.onWrite('ticket', body);
        const { event: _event, ...fields } = body;
        const ticket = this.add({ ...fields, status: 'open' });
        return { status: 201, body: { id: ticket.id, url: `https://help.example/${ticket.id}` } };
      }
      case 'ticket.note':
        this.onWrite('note', body);
        this.enter(this.ticket(id), {
          author: US,
          body: String(body['text']),
          isPublic: body['public'] === true,
        });
        return { status: 204 };
      case 'ticket.update': {
        const ticket = this.ticket(id);
        const { status, priority, assignee } = body;
        if (assignee !== undefined && assignee !== 'ana')
          throw new Refused(422, { error: `there is no ${String(assignee)} here` });
        Object.assign(
          ticket.fields,
          status !== undefined && { status },
          priority !== undefined && { priority },
          assignee !== undefined && { assignee: 'Ana Agent' },
        );
        this.touch(ticket);
        return { status: 204 };
      }
      case 'ticket.read':
        return { status: 200, body: shown(this.ticket(id)) };
      case 'ticket.find':
        return {
          status: 200,
          body: {
            tickets: this.listed()
              .filter(({ fields }) => fields['key'] === body['key'])
              .map(shown),
          },
        };
      case 'tickets.changed': {
        const since = Date.parse(String(body['since']));
        return {
          status: 200,
          body: {
            tickets: this.listed()
              .filter((ticket) => ticket.updatedAtMs >= since)
              .map(shown),
          },
        };
      }
      default:
        throw new Refused(400, { error: `unknown event ${String(body['event'])}` });
    }
  }
}

const shown = ({ id, fields, entries, createdAtMs, updatedAtMs, mergedInto }: FakeTicket) => ({
  id,
  url: `https://help.example/${id}`,
  key: fields['key'] ?? null,
  subject: fields['subject'],
  status: fields['status'],
  priority: fields['priority'],
  assignee: fields['assignee'] ?? null,
  assignee_id: fields['assignee'] ? 'ana' : null,
  requester: fields['requester'] ?? null,
  company: fields['company'] ?? null,
  waiting_on: fields['waiting_on'] ?? null,
  merged_into: mergedInto ?? null,
  created_at: new Date(createdAtMs).toISOString(),
  updated_at: new Date(updatedAtMs).toISOString(),
  acts: entries
    .filter(({ author }) => author === HUMAN)
    .map(({ at, isPublic }) => ({
      at: new Date(at).toISOString(),
      by: 'Ana Agent',
      what: isPublic ? 'replied' : 'noted',
    })),
});
