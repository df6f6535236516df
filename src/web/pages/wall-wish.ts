import { HEALTH_NAMES, type HealthName } from '../../core/health.ts';

export const GROUPINGS = ['customer', 'site', 'kind'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const STATES = [...HEALTH_NAMES, 'maintenance'] as const;
export type WishedState = HealthName | 'maintenance';

/** What a reader wants of the wall, as it stands in the address. */
export interface WallWish {
  by: Grouping;
  /** Words that must all be found. */
  q: string;
  state?: WishedState;
  group?: string;
  /** Every target, however many there are. */
  all: boolean;
  /** Which of the pages that it takes, from 1. */
  page: number;
}

const MAX_WORDS = 100;

/** What is not understood is left out: an old bookmark still leads to the wall. */
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

/** Whether something is looked for. */
export const isNarrowed = ({ q, state, group }: WallWish): boolean =>
  q !== '' || state !== undefined || group !== undefined;

/** The address of the wall with that changed. */
export function wallAddress(wish: WallWish, change: Partial<WallWish>): string {
  // Whatever else is wished begins at its first page.
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
