import type { Person } from '../core/person.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { say } from '../text/say.ts';

/** Display name for someone who gives a name but cannot prove that it is theirs; empty if they give none. */
export function outsider(said: unknown, people: ReadonlyMap<string, Person>): string {
  const name = neutraliseLine(typeof said === 'string' ? said : '', 60);
  const folded = name.toLowerCase();
  const isTaken = [...people.values()].some(
    (person) => person.id.toLowerCase() === folded || person.name.toLowerCase() === folded,
  );
  return isTaken ? say('slack.not-verified', { name }) : name;
}
