import type { z } from 'zod';
import type { Helpdesk, HelpdeskPorts } from '../helpdesks/helpdesk.ts';

// `watchdesk/helpdesk`: what a helpdesk of your own imports. A name that stands here stays.

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
  /** The file's own name. */
  type: string;
  /** As its vendor writes it, for tickets and pages. */
  product?: string;
  summary: string;
  /** What has to be done in the helpdesk first; Markdown. */
  setup?: string;
  settings: Schema;
  /** Beside the settings that are marked with `.meta({ secret: true })`. */
  secrets?(settings: z.output<Schema>): readonly string[];
  /** Nothing of the helpdesk throws: what went wrong is an outcome. */
  create(
    settings: z.output<Schema>,
    ports: Pick<HelpdeskPorts, 'now' | 'publicUrl'>,
  ): Omit<Helpdesk, 'adapter'>;
}

/** Gives back what it is given; your editor knows its types then. */
export const defineHelpdesk = <Schema extends z.ZodType>(
  type: HelpdeskPlugin<Schema>,
): HelpdeskPlugin<Schema> => type;
