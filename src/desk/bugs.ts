import type { DeskAction } from '../core/desk/desk-action.ts';
import type { Actor, DeskTicket } from '../core/desk/desk-ticket.ts';
import { effectId, isTicketOrder, type Effect } from '../core/effect.ts';
import { ticketName, type TicketReference } from '../core/incident.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { TicketReading } from '../core/ticket-reading.ts';
import type { Change } from '../store/store.ts';
import { say } from '../text/say.ts';
import { deskNumber, deskSubject } from '../core/desk/desk-subject.ts';

export interface BugPorts {
  /** Name of the helpdesk where bugs are kept. */
  tracker(): string | undefined;
  now(): number;
  commit(change: Change): Promise<void>;
  enqueue(effects: readonly Effect[]): void;
  isKnown(effect: string): Promise<boolean>;
  url(number: number): string;
  act(number: number, by: Actor, action: DeskAction): Promise<unknown>;
}

const keyOf = (number: number): string => `bug-${number}`;
const MONITOR: Actor = { is: 'monitor' };

/** Hands bugs to the bug tracker: ticket and bug link to each other, and the customer is told when the bug is fixed. */
export class Bugs {
  readonly #ports: BugPorts;

  constructor(ports: BugPorts) {
    this.#ports = ports;
  }

  async hand(
    { number, subject, body, priority, severity, fields }: DeskTicket,
    by: string,
  ): Promise<{ is: 'done' } | { is: 'refused'; why: string }> {
    const { tracker, now, commit, enqueue, isKnown, url, act } = this.#ports;
    const helpdesk = tracker();
    if (helpdesk === undefined) return { is: 'refused', why: say('mail.bug-no-helpdesk') };
    const incident = deskSubject(number);
    const id = effectId(incident, 'ticket.open', 1);
    if (await isKnown(id))
      return { is: 'refused', why: say('mail.bug-already-escalated', { number, helpdesk }) };
    const effect: Effect = {
      id,
      incident,
      kind: 'ticket.open',
      n: 1,
      lane: `ticket/${incident}`,
      createdAt: now(),
      attempts: 0,
      state: { is: 'pending', dueAt: now() },
      content: {
        is: 'ticket',
        helpdesk,
        key: keyOf(number),
        subject: neutraliseLine(subject, 200),
        body: [
          body,
          '',
          ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
          ...(severity === undefined ? [] : [say('mail.bug-severity', { severity })]),
          say('mail.bug-conversation', { url: url(number) }),
        ].join('\n'),
        priority,
      },
    };
    await commit({ newEffects: [effect] });
    enqueue([effect]);
    const text = say('mail.bug-escalated', { helpdesk });
    await act(number, { is: 'agent', id: by }, { is: 'note', text });
    return { is: 'done' };
  }

  /** The tracker has accepted or rejected the bug: the ticket gets a link or a note. */
  async accepted(effect: Effect, ticket: TicketReference | undefined): Promise<void> {
    const number = deskNumber(effect.incident);
    if (number === undefined || !isTicketOrder(effect) || effect.kind !== 'ticket.open') return;
    if (effect.state.is === 'dead') {
      await this.#ports.act(number, MONITOR, {
        is: 'note',
        text: say('mail.bug-rejected', { helpdesk: effect.content.helpdesk, why: effect.state.why }),
        key: `lost ${effect.id}`,
      });
    }
    if (!ticket) return;
    await this.#ports.act(number, MONITOR, {
      is: 'link',
      kind: ticket.adapter,
      to: ticketName(ticket),
      url: ticket.url,
    });
  }

  /** The tracker reports a change: when the bug is resolved, the customer is told. */
  async heard(reading: TicketReading): Promise<void> {
    const number = /^bug-(\d{1,12})$/.exec(reading.key ?? '')?.[1];
    if (number === undefined || reading.status !== 'resolved') return;
    await this.#ports.act(Number(number), MONITOR, {
      is: 'reply',
      text: say('mail.bug-fixed', { bug: ticketName(reading) }),
      key: `mended ${reading.remoteId}`,
    });
  }
}
