import type { Priority } from './target.ts';
import { commonTrait } from './traits.ts';
import { say } from '../text/say.ts';
import { listed } from './wording.ts';

/** Why a check that is at risk has no incident, for the time being. Suppression defers, it never deletes. */
export const HOLD_REASONS = [
  'resolved-by-hand',
  'maintenance',
  'behind',
  'cooling-down',
  'asking-parents',
  'grouping',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** In a person's words, what a check at risk waits for. */
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
      /** Who or what holds it: parents, windows, an incident. */
      by: string[];
      /** When it is looked at again at the latest; undefined: when something has changed. */
      until?: number;
      /** Probe these anew; the next look counts only with answers that were asked for after that moment. */
      ask?: { itself: boolean; since: number };
    };

/** A parent as it stands: only checks at least as urgent as the parent itself say so. */
export interface ParentFact {
  name: string;
  is: 'well' | 'in-doubt' | 'at-risk' | 'unseen';
  /** Of one that is well. */
  wellSince?: number;
}

/** An open incident that this check may be a part of. */
export interface HeadFact {
  incident: string;
  target: string;
  priority: Priority;
  breachedAt: number;
  traits: readonly string[];
  group?: { trait: string; lastJoinedAt: number };
  /** Targets in it. */
  size: number;
}

/** Another check that waits to see whether it belongs to a group. */
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
  /** A human has said that this outage is over, and it has not been well since. */
  isDismissed: boolean;
  windows: readonly { name: string; until: number }[];
  /** One list for each dependency; of a list any one parent suffices. */
  parents: readonly (readonly ParentFact[])[];
  /** Parents (and the check itself, where that was wanted) have been probed after this moment. */
  askedSince?: number;
  /** After a parent has come back, how long until a child may open its own. */
  coolMs: number;
  heads: readonly HeadFact[];
  waiting: readonly WaitingFact[];
  /** Targets that have begun to fail and are not at their threshold yet. */
  inDoubt: readonly { target: string; traits: readonly string[] }[];
}

export interface GroupRules {
  groupWindowMs: number;
  /** Targets that must share a trait; at least 2. */
  groupAt: number;
}

/** More than this and the list is no list any more: the next one begins another group. */
const MOST_IN_GROUP = 200;

/** One stage after another; the first that has a reason to wait decides. */
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

/** Until when children stay quiet after the last of their parents came back; -Infinity when none did. */
function coolUntil({ parents, coolMs }: PlacementFacts): number {
  const backSince = parents.map((anyOf) => {
    const well = anyOf.flatMap((parent) => (parent.is === 'well' ? (parent.wellSince ?? -Infinity) : []));
    // One of several that never failed has carried the child all the time.
    return well.length === 0 ? -Infinity : Math.min(...well);
  });
  return Math.max(-Infinity, ...backSince) + coolMs;
}

function coolingDown(facts: PlacementFacts): Placement | undefined {
  const until = coolUntil(facts);
  if (facts.now >= until) return undefined;
  return { is: 'hold', because: 'cooling-down', by: facts.parents.flat().map(({ name }) => name), until };
}

/** The order of probes decides nothing: what is said of the parents must be newer than the breach. */
function askingParents(facts: PlacementFacts): Placement | undefined {
  const { parents, breachedAt, askedSince } = facts;
  if (parents.length === 0) return undefined;
  const cooled = coolUntil(facts);
  const since = Math.max(breachedAt, cooled);
  if (askedSince !== undefined && askedSince >= since) return undefined;
  const by = parents.flat().map(({ name }) => name);
  return { is: 'hold', because: 'asking-parents', by, ask: { itself: cooled > breachedAt, since } };
}

/** The first of a storm is never delayed; those that follow it wait while there are signs that it is one. */
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
      // As many as would make a group are failing already, or there may be more in this very moment.
      const wait = sharing.size >= groupAt ? head.breachedAt + groupWindowMs : facts.breachedAt + GATHER_MS;
      until = Math.max(until, Math.min(wait, head.breachedAt + groupWindowMs));
    }
  }
  if (facts.now >= until) return undefined;
  return { is: 'hold', because: 'grouping', by: open.map(({ incident }) => incident), until };
}

/** Failures that come up together are seen within this time; where there are no signs of more, nobody waits longer. */
const GATHER_MS = 500;

/**
 * Targets at risk that share a trait with the first of a storm, within its window; both of these among them. No more
 * than `enough` are looked for: in a storm of thousands each of them asks this.
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
