import { HEALTH_NAMES, type HealthName } from '../../core/health.ts';

export const GROUPINGS = ['customer', 'site', 'kind'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const STATES = [...HEALTH_NAMES, 'maintenance'] as const;
export type WishedState = HealthName | 'maintenance';

/** What a reader asks of the wall, as encoded in the URL. */
export interface WallWish {
  by: Grouping;
  /** Search words; all must match. */
  q: string;
  state?: WishedState;
  group?: string;
  /** Lists every target, however many there are. */
  all: boolean;
  /** Page number, from 1. */
  page: number;
}

const MAX_WORDS = 100;

/** Unknown values are ignored, so that an old bookmark still opens the wall. */
export function wallWish(query: Readonly<Record<string, unknown>>): WallWish {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name] : undefined);
  const state = STATES.find((one) => one === text('state'));
  const group = text('group');
  return {
    by: GROUPINGS.find((one) => one === text('by')) ?? 'customer',
    q: (text('q') ?? '').trim().slice(0, MAX_WORDS),
    ...(state && { state }),
    ...(group !== undefined && { group }),
    all: text('show') === 'all',
    page: Math.min(10_000, Math.max(1, Math.floor(Number(text('page') ?? 1)) || 1)),
  };
}

/** Whether the wall is searched or filtered. */
export const isNarrowed = ({ q, state, group }: WallWish): boolean =>
  q !== '' || state !== undefined || group !== undefined;

/** The URL of the wall with that change. */
export function wallAddress(wish: WallWish, change: Partial<WallWish>): string {
  // Any other change starts again at page 1.
  const { by, q, state, group, all, page } = { ...wish, page: 1, ...change };
  const query = new URLSearchParams();
  if (by !== 'customer') query.set('by', by);
  if (q !== '') query.set('q', q);
  if (state !== undefined) query.set('state', state);
  if (group !== undefined) query.set('group', group);
  if (all) query.set('show', 'all');
  if (page > 1) query.set('page', String(page));
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}
