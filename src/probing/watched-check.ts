import type { CheckState } from '../core/check-state.ts';
import type { Check, Target } from '../core/target.ts';
import type { StoredCheck, StoredSighting } from '../store/store.ts';
import type { ProbedCheck } from './prober.ts';

/** A check that is being watched: what is known of it. */
export interface WatchedCheck extends ProbedCheck {
  target: Target;
  check: Check;
  /** When its state was last handed to the store, monotonic clock. */
  writtenAt: number;
  /** By location, when it is probed from locations; its own state is then what they agree on. */
  sightings?: Map<string, Sighting>;
}

/** What one location knows of a check. */
export interface Sighting {
  readonly location: string;
  readonly of: WatchedCheck;
  state: CheckState;
  /** Why the location cannot probe it; such a location has no vote. */
  cannot?: string;
  /** When it was last handed to the store, monotonic clock. */
  writtenAt: number;
}

/** The sighting of the location in which this process stands: it is probed by this process. */
export interface OwnSighting extends Sighting, ProbedCheck {}

/** For a good result, only its time is stored. */
export const storedCheck = ({
  target,
  check,
  state,
}: Pick<WatchedCheck, 'target' | 'check' | 'state'>): StoredCheck => ({
  target: target.name,
  check: check.name,
  state: state.last?.verdict === 'good' ? { ...state, last: undefined } : state,
});

export const isOwn = (sighting: Sighting): sighting is OwnSighting => 'dueMs' in sighting;

export const wholeOf = (probed: WatchedCheck | OwnSighting): WatchedCheck =>
  'of' in probed ? probed.of : probed;

export const storedSighting = ({
  location,
  of: { target, check },
  state,
}: Pick<Sighting, 'location' | 'of' | 'state'>): StoredSighting => ({
  ...storedCheck({ target, check, state }),
  location,
});

export const sightingKey = ({ target, check, location }: StoredSighting) => ({ target, check, location });
