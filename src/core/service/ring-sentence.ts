import { clockTimeSeenFrom } from '../wording.ts';
import type { ClockName } from './promise.ts';
import { say } from '../../text/say.ts';

/** The SLA clock that an alarm is about. */
export interface RungClock {
  clock: ClockName;
  dueAt?: number;
  /** Whether the deadline has passed; otherwise it is a warning. */
  isOver: boolean;
}

/** `first response is due 14:00, not sent yet`: the text of an alarm, in the reader's time zone. */
export function ringSentence({ clock, dueAt, isOver }: RungClock, now: number, timeZone: string): string {
  return say(`words.ring-${clock}`, {
    when: dueAt === undefined ? 'soon' : isOver ? 'over' : 'due',
    at: dueAt === undefined ? '' : clockTimeSeenFrom(dueAt, now, timeZone),
  });
}
