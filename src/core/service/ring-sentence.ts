import { clockTimeSeenFrom } from '../wording.ts';
import type { ClockName } from './promise.ts';

/** The clock that an alarm is about. */
export interface RungClock {
  clock: ClockName;
  dueAt?: number;
  /** Its time is up; else it is a warning. */
  isOver: boolean;
}

const WANTED: Record<ClockName, string> = {
  acknowledge: 'unacknowledged',
  respond: 'not sent yet',
  update: 'not sent yet',
  resolve: 'not resolved yet',
};

const NOUN: Record<ClockName, string> = {
  acknowledge: 'acknowledgement',
  respond: 'first response',
  update: 'customer update',
  resolve: 'resolution',
};

/** `answer due 14:00, nobody has answered`: what an alarm says, in the zone of the reader. */
export function ringSentence({ clock, dueAt, isOver }: RungClock, now: number, timeZone: string): string {
  const when = dueAt === undefined ? 'soon' : clockTimeSeenFrom(dueAt, now, timeZone);
  return `${NOUN[clock]} ${isOver ? 'was' : 'is'} due ${when}, ${WANTED[clock]}`;
}
