import type { Person } from '../core/person.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { say } from '../text/say.ts';

/** How somebody is called who says a name and cannot show that it is theirs; empty when they say none. */
export function outsider(said: unknown, people: ReadonlyMap<string, Person>): string {
  const name = neutraliseLine(typeof said === 'string' ? said : '', 60);
  const folded = name.toLowerCase();
  const isTaken = [...people.values()].some(
    (person) => person.id.toLowerCase() === folded || person.name.toLowerCase() === folded,
  );
  return isTaken ? say('slack.not-verified', { name }) : name;
}
