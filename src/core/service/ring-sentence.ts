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
  acknowledge: 'nobody has taken notice',
  respond: 'nobody has answered',
  update: 'the customer has not been told',
  resolve: 'it is not resolved',
};

const NOUN: Record<ClockName, string> = {
  acknowledge: 'notice',
  respond: 'answer',
  update: 'status',
  resolve: 'resolution',
};

/** `answer due 14:00, nobody has answered`: what an alarm says, in the zone of the reader. */
export function ringSentence({ clock, dueAt, isOver }: RungClock, now: number, timeZone: string): string {
  const when = dueAt === undefined ? 'soon' : clockTimeSeenFrom(dueAt, now, timeZone);
  return `${NOUN[clock]} ${isOver ? 'was' : 'is'} due ${when}, ${WANTED[clock]}`;
}
