import { clockTimeSeenFrom } from '../wording.ts';
import type { ClockName } from './promise.ts';
import { say } from '../../text/say.ts';

/** The clock that an alarm is about. */
export interface RungClock {
  clock: ClockName;
  dueAt?: number;
  /** Its time is up; else it is a warning. */
  isOver: boolean;
}

/** `first response is due 14:00, not sent yet`: what an alarm says, in the zone of the reader. */
export function ringSentence({ clock, dueAt, isOver }: RungClock, now: number, timeZone: string): string {
  return say(`words.ring-${clock}`, {
    when: dueAt === undefined ? 'soon' : isOver ? 'over' : 'due',
    at: dueAt === undefined ? '' : clockTimeSeenFrom(dueAt, now, timeZone),
  });
}
