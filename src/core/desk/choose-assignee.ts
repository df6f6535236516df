import type { AssignTo } from '../service/alarm.ts';

export interface Staff {
  membersOf(team: string): readonly string[];
  onCall(schedule: string): string | undefined;
  /** Number of open tickets that are assigned to the person. */
  loadOf(person: string): number;
  /** The team member who got the last ticket. */
  lastOf(team: string): string | undefined;
}

/** Assignee by that rule; `not`: the present assignee, who has missed a deadline. Undefined when there is nobody. */
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
      // On a tie the first member wins, so that the result is predictable.
      return (others.length > 0 ? others : members).reduce<string | undefined>(
        (best, one) => (best === undefined || staff.loadOf(one) < staff.loadOf(best) ? one : best),
        undefined,
      );
    }
  }
}
