import type { AssignTo } from '../service/alarm.ts';

export interface Staff {
  membersOf(team: string): readonly string[];
  onCall(schedule: string): string | undefined;
  /** Open tickets that somebody has. */
  loadOf(person: string): number;
  /** Who of a team got the last one. */
  lastOf(team: string): string | undefined;
}

/** Who gets a ticket by that rule; `not`: who has it and has not done what was due. Undefined when there is nobody. */
export function chooseAssignee(rule: AssignTo, staff: Staff, not?: string): string | undefined {
  switch (rule.is) {
    case 'person':
      return rule.name;
    case 'on-call':
      return staff.onCall(rule.schedule);
    case 'round-robin': {
      const members = staff.membersOf(rule.team);
      const last = members.indexOf(staff.lastOf(rule.team) ?? '');
      const inTurn = [...members.slice(last + 1), ...members.slice(0, last + 1)];
      return inTurn.find((one) => one !== not) ?? inTurn[0];
    }
    case 'least-loaded': {
      const members = staff.membersOf(rule.team);
      const others = members.filter((one) => one !== not);
      // Of equals the first one, so that it can be foreseen.
      return (others.length > 0 ? others : members).reduce<string | undefined>(
        (best, one) => (best === undefined || staff.loadOf(one) < staff.loadOf(best) ? one : best),
        undefined,
      );
    }
  }
}
