import type { Priority } from './target.ts';
import { commonTrait } from './traits.ts';
import { say } from '../text/say.ts';
import { listed } from './wording.ts';

/** Why a check at risk has no incident for the time being. Suppression delays an incident, it never drops it. */
export const HOLD_REASONS = [
  'resolved-by-hand',
  'maintenance',
  'behind',
  'cooling-down',
  'asking-parents',
  'grouping',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** In words for people: what a check at risk waits for. */
export function holdText(because: HoldReason, by: readonly string[]): string {
  const whom = listed(by);
  switch (because) {
    case 'maintenance':
      return say('words.held-maintenance', { windows: whom });
    case 'behind':
      return say('words.held-behind', { targets: whom, count: by.length });
    case 'cooling-down':
      return say('words.held-cooling-down', { targets: whom, count: by.length });
    case 'asking-parents':
      return say('words.held-asking-parents', { targets: whom });
    case 'resolved-by-hand':
      return say('words.held-resolved-by-hand');
    case 'grouping':
      return say('words.held-grouping');
  }
}

/** Where a check at risk belongs. */
export type Placement =
  | { is: 'open'; because: 'own-incident' | 'no-reason-to-wait' }
  | { is: 'join-group'; incident: string; trait: string; because: 'common-trait' }
  | {
      is: 'hold';
      because: HoldReason;
      /** What suppresses it: parents, maintenance windows, an incident. */
      by: string[];
      /** When it is re-evaluated at the latest; undefined: when something has changed. */
      until?: number;
      /** Probe the parents again (`itself`: the check too); only results of probes requested after `since` count. */
      ask?: { itself: boolean; since: number };
    };

/** The state of a parent: only checks at least as urgent as the parent itself count. */
export interface ParentFact {
  name: string;
  is: 'well' | 'in-doubt' | 'at-risk' | 'unseen';
  /** Set for a parent that is well. */
  wellSince?: number;
}

/** An open incident that this check may join. */
export interface HeadFact {
  incident: string;
  target: string;
  priority: Priority;
  breachedAt: number;
  traits: readonly string[];
  group?: { trait: string; lastJoinedAt: number };
  /** Number of targets in it. */
  size: number;
}

/** Another check that is held until it is clear whether it belongs to a group. */
export interface WaitingFact {
  target: string;
  priority: Priority;
  breachedAt: number;
  traits: readonly string[];
}

export interface PlacementFacts {
  now: number;
  target: string;
  priority: Priority;
  traits: readonly string[];
  /** The probe that reached the threshold. */
  breachedAt: number;
  hasOwnIncident: boolean;
  /** A human has resolved this outage, and the target has not recovered since. */
  isDismissed: boolean;
  windows: readonly { name: string; until: number }[];
  /** One list for each dependency; of each list any one parent suffices. */
  parents: readonly (readonly ParentFact[])[];
  /** The parents (and the check itself, where that was wanted) have been probed after this moment. */
  askedSince?: number;
  /** How long after a parent's recovery a dependent may open its own incident. */
  coolMs: number;
  heads: readonly HeadFact[];
  waiting: readonly WaitingFact[];
  /** Targets that have begun to fail but have not reached their threshold. */
  inDoubt: readonly { target: string; traits: readonly string[] }[];
}

export interface GroupRules {
  groupWindowMs: number;
  /** Number of targets that must share a trait; at least 2. */
  groupAt: number;
}

/** Limit for a readable list: further targets start another group. */
const MOST_IN_GROUP = 200;

/** The stages run in order; the first one with a reason to wait decides. */
export function place(facts: PlacementFacts, rules: GroupRules): Placement {
  if (facts.hasOwnIncident) return { is: 'open', because: 'own-incident' };
  return (
    dismissed(facts) ??
    maintenance(facts) ??
    behind(facts) ??
    coolingDown(facts) ??
    askingParents(facts) ??
    grouping(facts, rules) ?? { is: 'open', because: 'no-reason-to-wait' }
  );
}

function dismissed({ isDismissed }: PlacementFacts): Placement | undefined {
  return isDismissed ? { is: 'hold', because: 'resolved-by-hand', by: [] } : undefined;
}

function maintenance({ windows }: PlacementFacts): Placement | undefined {
  if (windows.length === 0) return undefined;
  const until = Math.max(...windows.map((window) => window.until));
  return { is: 'hold', because: 'maintenance', by: windows.map(({ name }) => name), until };
}

const isFailing = ({ is }: ParentFact): boolean => is === 'at-risk' || is === 'in-doubt';

function behind({ parents }: PlacementFacts): Placement | undefined {
  const failing = parents.filter((anyOf) => anyOf.length > 0 && anyOf.every(isFailing));
  if (failing.length === 0) return undefined;
  return { is: 'hold', because: 'behind', by: failing.flat().map(({ name }) => name) };
}

/** Until when dependents wait after the last recovery of a parent; -Infinity when none has recovered. */
function coolUntil({ parents, coolMs }: PlacementFacts): number {
  const backSince = parents.map((anyOf) => {
    const well = anyOf.flatMap((parent) => (parent.is === 'well' ? (parent.wellSince ?? -Infinity) : []));
    // Any parent of the list that never failed has kept the dependent reachable all the time.
    return well.length === 0 ? -Infinity : Math.min(...well);
  });
  return Math.max(-Infinity, ...backSince) + coolMs;
}

function coolingDown(facts: PlacementFacts): Placement | undefined {
  const until = coolUntil(facts);
  if (facts.now >= until) return undefined;
  return { is: 'hold', because: 'cooling-down', by: facts.parents.flat().map(({ name }) => name), until };
}

/** The order of probes must not matter: the results of the parents must be newer than the breach. */
function askingParents(facts: PlacementFacts): Placement | undefined {
  const { parents, breachedAt, askedSince } = facts;
  if (parents.length === 0) return undefined;
  const cooled = coolUntil(facts);
  const since = Math.max(breachedAt, cooled);
  if (askedSince !== undefined && askedSince >= since) return undefined;
  const by = parents.flat().map(({ name }) => name);
  return { is: 'hold', because: 'asking-parents', by, ask: { itself: cooled > breachedAt, since } };
}

/** The first target of a storm is never delayed; later ones wait while there are signs of a storm. */
function grouping(facts: PlacementFacts, { groupWindowMs, groupAt }: GroupRules): Placement | undefined {
  const heads = facts.heads.filter(
    (head) =>
      head.priority === facts.priority &&
      head.target !== facts.target &&
      head.size < MOST_IN_GROUP &&
      head.breachedAt <= facts.breachedAt &&
      facts.breachedAt <= (head.group?.lastJoinedAt ?? head.breachedAt) + groupWindowMs,
  );
  const join = (head: HeadFact, trait: string): Placement => ({
    is: 'join-group',
    incident: head.incident,
    trait,
    because: 'common-trait',
  });
  const formed = heads.find((head) => head.group && facts.traits.includes(head.group.trait));
  if (formed?.group) return join(formed, formed.group.trait);
  const open = heads.filter((head) => !head.group && commonTrait(head.traits, facts.traits) !== undefined);
  let until = -Infinity;
  for (const head of open) {
    for (const trait of head.traits.filter((one) => facts.traits.includes(one))) {
      const sharing = sharersOf(trait, head, facts, groupWindowMs, groupAt);
      if (sharing.size >= groupAt) return join(head, trait);
      for (const { target, traits } of facts.inDoubt) if (traits.includes(trait)) sharing.add(target);
      // Enough targets for a group have begun to fail, or more may fail at this very moment.
      const wait = sharing.size >= groupAt ? head.breachedAt + groupWindowMs : facts.breachedAt + GATHER_MS;
      until = Math.max(until, Math.min(wait, head.breachedAt + groupWindowMs));
    }
  }
  if (facts.now >= until) return undefined;
  return { is: 'hold', because: 'grouping', by: open.map(({ incident }) => incident), until };
}

/** Failures with a common cause appear within this time; without signs of more, no check waits longer. */
const GATHER_MS = 500;

/**
 * Targets at risk that share a trait with the first one of a storm, within its window; includes both of these. The
 * search stops at `enough`: in a storm of thousands every target runs it.
 */
function sharersOf(
  trait: string,
  head: HeadFact,
  facts: PlacementFacts,
  windowMs: number,
  enough: number,
): Set<string> {
  const sharers = new Set([head.target, facts.target]);
  for (const some of [facts.waiting, facts.heads]) {
    for (const one of some) {
      if (sharers.size >= enough) return sharers;
      const isInWindow = one.breachedAt >= head.breachedAt && one.breachedAt <= head.breachedAt + windowMs;
      if (isInWindow && one.priority === head.priority && one.traits.includes(trait)) sharers.add(one.target);
    }
  }
  return sharers;
}
