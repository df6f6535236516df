import { chooseAssignee } from '../core/desk/choose-assignee.ts';
import type { Directory } from '../core/directory.ts';
import type { AssignTo } from '../core/service/alarm.ts';
import type { NewOwner } from '../core/service/ring.ts';
import type { Mark } from '../store/store.ts';
import { Turns } from './turns.ts';

type People = Pick<Directory, 'membersOf' | 'onCall' | 'nameIn' | 'personCalled'>;

/** Chooses the new assignee of a ticket in an external helpdesk that nobody has taken care of in time. */
export class NewOwners {
  readonly #people: People;
  /** By helpdesk and team, who was assigned the last ticket. */
  readonly #turns = new Turns('service/turn/');

  constructor(people: People) {
    this.#people = people;
  }

  restore(marks: readonly Mark[]): void {
    this.#turns.restore(marks);
  }

  /**
   * Undefined when nobody else in the team is known to the helpdesk. Only the helpdesk knows each person's load, so the
   * least loaded is whoever's turn it is. `current`: the helpdesk's name for the present assignee.
   */
  choose(
    helpdesk: string,
    rule: AssignTo,
    current: string | undefined,
  ): { owner: NewOwner; marks: Mark[] } | undefined {
    const { membersOf, onCall, nameIn, personCalled } = this.#people;
    const team = 'team' in rule ? rule.team : undefined;
    const members =
      team === undefined ? [] : membersOf(team).filter((one) => nameIn(helpdesk, one) !== undefined);
    const turn = `${helpdesk}/${team}`;
    const person = chooseAssignee(
      team === undefined ? rule : { is: 'round-robin', team },
      { membersOf: () => members, onCall, loadOf: () => 0, lastOf: () => this.#turns.last(turn) },
      members.find((one) => nameIn(helpdesk, one) === current || one === personCalled(current ?? '')),
    );
    const there = person === undefined ? undefined : nameIn(helpdesk, person);
    if (person === undefined || there === undefined || there === current) return undefined;
    if (team === undefined) return { owner: { person, there }, marks: [] };
    return { owner: { person, there }, marks: [this.#turns.take(turn, person)] };
  }
}
