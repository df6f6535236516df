import type { DeskTicket } from '../core/desk/desk-ticket.ts';

const HOUR_MS = 3_600_000;
/**
 * Most new tickets in an hour. More from one address come from a machine that talks to itself; more from ever new
 * unauthenticated addresses are a flood, in the name of one customer or of strangers.
 */
const MOST_AN_HOUR = { address: 15, customer: 60, strangers: 30 } as const;

/** A ticket that an unauthenticated mail has opened. */
export interface UnprovenTicket {
  /** Unix milliseconds. */
  at: number;
  number: number;
  address: string;
  customer: string | undefined;
}

/** Counts the tickets of the last hour whose senders are not authenticated. */
export class FloodGuard {
  #unproven: UnprovenTicket[] = [];

  note(ticket: UnprovenTicket): void {
    this.#unproven.push(ticket);
  }

  /**
   * Takes up what the last run counted, oldest ticket first. What is stored does not tell an authenticated stranger from
   * another one; for the rest of that hour both count.
   */
  restore(tickets: readonly DeskTicket[], now: number): void {
    for (const { number, createdAt: at, origin, requester, customer } of tickets) {
      const isUnproven = origin === 'mail' && requester?.verifiedBy === 'no';
      if (isUnproven && requester.email !== undefined && at > now - HOUR_MS)
        this.note({ at, number, address: requester.email, customer });
    }
  }

  /** The tickets that further mail belongs to, because too many were opened by that address or in that name; else empty. */
  floodOf(address: string, customer: string | undefined, now: number): readonly UnprovenTicket[] {
    this.#unproven = this.#unproven.filter(({ at }) => at > now - HOUR_MS);
    const fromThere = this.#unproven.filter((one) => one.address === address);
    if (fromThere.length >= MOST_AN_HOUR.address) return fromThere;
    const alike = this.#unproven.filter((one) => one.customer === customer);
    const most = customer === undefined ? MOST_AN_HOUR.strangers : MOST_AN_HOUR.customer;
    return alike.length >= most ? alike : [];
  }
}
