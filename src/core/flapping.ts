/** Number of results remembered: there are 20 changes between 21 results. */
const REMEMBERED = 21;
const CHANGES = REMEMBERED - 1;
/**
 * Weights in 95ths: from 1.2 down to 0.8 they are whole numbers, so that a share at the limit is exact in whatever
 * order it is summed.
 */
const WHOLE = 95;
const NEWEST = 114;
/** Share of changes at which a check starts to flap, and below which it stops. */
const BEGINS_AT = 0.3;
const ENDS_BELOW = 0.25;

/** The last results, the newest in the lowest bit, 1 for a failed one. */
export interface Recent {
  bits: number;
  /** How many of the bits are results, 0 to 21. */
  count: number;
}

/** Whether a check keeps changing between good and failed. Times are Unix milliseconds. */
export type Flap = { is: 'steady'; recent: Recent } | { is: 'flapping'; since: number; recent: Recent };

/** The flapping of a check, for people. */
export interface FlapNow {
  since: number;
  /** Changes between good and failed among the remembered results. */
  changes: number;
  /** Number of remembered results. */
  of: number;
  /** Whether the last probe was good. */
  isGood: boolean;
}

/** Undefined for a check that is steady. */
export function flapNow(flap: Flap): FlapNow | undefined {
  if (flap.is === 'steady') return undefined;
  const { bits, count } = flap.recent;
  let changes = 0;
  for (let age = 0; age < count - 1; age++) if (((bits >> age) & 1) !== ((bits >> (age + 1)) & 1)) changes++;
  return { since: flap.since, changes, of: count, isGood: (bits & 1) === 0 };
}

/** Shared states with nothing but good results: nearly all of up to 100,000 checks are in one of them at any time. */
const ALL_GOOD: readonly Flap[] = Array.from({ length: REMEMBERED + 1 }, (_, count) => ({
  is: 'steady',
  recent: { bits: 0, count },
}));

export const STEADY: Flap = ALL_GOOD[0]!;

/** Returns the state after one more result; hysteresis keeps a check near the limit from toggling it. */
export function judgeFlap(flap: Flap, failed: boolean, now: number): Flap {
  const { bits, count } = flap.recent;
  if (!failed && bits === 0 && flap.is === 'steady') return ALL_GOOD[Math.min(REMEMBERED, count + 1)]!;
  const recent = remember(flap.recent, failed);
  const share = changeShare(recent);
  if (flap.is === 'flapping') return share < ENDS_BELOW ? { is: 'steady', recent } : { ...flap, recent };
  return share >= BEGINS_AT ? { is: 'flapping', since: now, recent } : { is: 'steady', recent };
}

/**
 * Share of changes between neighbouring results, 0 to 1; the newest change weighs 1.2, the oldest 0.8. Missing results
 * count as no change. After Nagios, "Detection and Handling of State Flapping".
 */
export function changeShare({ bits, count }: Recent): number {
  let sum = 0;
  for (let age = 0; age < count - 1; age++) {
    const changed = ((bits >> age) & 1) !== ((bits >> (age + 1)) & 1);
    if (changed) sum += NEWEST - 2 * age;
  }
  return sum / (CHANGES * WHOLE);
}

function remember({ bits, count }: Recent, failed: boolean): Recent {
  const mask = 2 ** REMEMBERED - 1;
  return { bits: ((bits << 1) | (failed ? 1 : 0)) & mask, count: Math.min(REMEMBERED, count + 1) };
}
