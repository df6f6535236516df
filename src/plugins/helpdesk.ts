import type { z } from 'zod';
import type { Helpdesk, HelpdeskPorts } from '../helpdesks/helpdesk.ts';

// `watchdesk/helpdesk`: what a custom helpdesk imports. An exported name is never removed.

export { z } from 'zod';
export { neutralise, neutraliseLine } from '../core/neutralise.ts';
export type { Outcome } from '../core/effect.ts';
export type { ChangedTickets, HumanAct, TicketReading, TicketStatus } from '../core/ticket-reading.ts';
export type {
  CreatedTicket,
  Helpdesk,
  NewTicket,
  RemoteTicket,
  TicketChange,
  TicketEntry,
} from '../helpdesks/helpdesk.ts';

export interface HelpdeskPlugin<Schema extends z.ZodType> {
  /** Must equal the file name. */
  type: string;
  /** As its vendor writes it, for tickets and pages. */
  product?: string;
  summary: string;
  /** What to set up in the helpdesk first; Markdown. */
  setup?: string;
  settings: Schema;
  /** Secrets besides the settings marked with `.meta({ secret: true })`. */
  secrets?(settings: z.output<Schema>): readonly string[];
  /** No method of the helpdesk may throw: errors are returned as an outcome. */
  create(
    settings: z.output<Schema>,
    ports: Pick<HelpdeskPorts, 'now' | 'publicUrl'>,
  ): Omit<Helpdesk, 'adapter'>;
}

/** Returns its argument; it gives your editor the types. */
export const defineHelpdesk = <Schema extends z.ZodType>(
  type: HelpdeskPlugin<Schema>,
): HelpdeskPlugin<Schema> => type;
