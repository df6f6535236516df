import { PRIORITIES } from '../target.ts';
import { isOver, type DeskTicket } from './desk-ticket.ts';

interface InQueue {
  ticket: Pick<DeskTicket, 'number' | 'priority' | 'state'>;
  /** The next SLA deadline. */
  due?: { at: number };
}

/** Sorts by the order of work: by priority and, within a priority, by the next deadline. */
export const inWorkingOrder = <Row extends InQueue>(rows: readonly Row[]): Row[] =>
  rows.toSorted(
    (a, b) =>
      Number(isOver(a.ticket)) - Number(isOver(b.ticket)) ||
      PRIORITIES.indexOf(a.ticket.priority) - PRIORITIES.indexOf(b.ticket.priority) ||
      (a.due?.at ?? NEVER) - (b.due?.at ?? NEVER) ||
      a.ticket.number - b.ticket.number,
  );

const NEVER = Number.MAX_SAFE_INTEGER;
