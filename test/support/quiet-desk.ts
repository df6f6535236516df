import type { DeskRules } from '../../src/core/desk/desk-rules.ts';
import { Desk, type DeskPorts } from '../../src/desk/desk.ts';
import type { Store } from '../../src/store/store.ts';
import { HandClock } from './hand-clock.ts';

export const PLAIN_RULES: DeskRules = {
  names: {},
  types: ['incident', 'question'],
  categories: [],
  fields: [],
  defaultPriority: {},
  lowestPriority: 'low',
  asksSeverity: false,
  defaultSeverity: {},
  links: [],
  tiers: {},
  isEndedByAssignee: false,
  asksRating: false,
  unverified: { mayOpen: ['urgent', 'high', 'medium', 'low'], notFor: [] },
  opensTickets: [],
};

/** The desk on a real store, with nobody around it who listens. */
export function quietDesk(store: Store, more: Partial<DeskPorts> = {}, clock = new HandClock(1_000)): Desk {
  let codes = 0;
  return new Desk({
    clock,
    store: store.desk,
    commit: (change) => store.commit(change),
    enqueue: () => {},
    newCode: () => `C${++codes}`,
    rules: () => PLAIN_RULES,
    hooks: () => [],
    takesMail: () => true,
    mailVia: () => undefined,
    membersOf: () => [],
    onCall: () => undefined,
    nameOf: (person) => person,
    hasMail: () => false,
    planOf: () => undefined,
    links: {
      portal: () => undefined,
      desk: (number) => `https://w.example/tickets/${number}`,
      rating: (number, score) => `https://w.example/rate/${number}?score=${score}`,
    },
    heard: async () => ({}),
    onChange: () => {},
    onFault: (error) => {
      throw error;
    },
    ...more,
  });
}
