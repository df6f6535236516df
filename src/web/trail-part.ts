/** Size of a trail part on one page: a trail that anyone may write to can grow without limit. Bytes as stored. */
export const TRAIL_SHOWN = 500_000;

/** Cursor from `?before=` in the link to the earlier part; undefined for the latest part. */
export function beforeOf(query: unknown): number | undefined {
  const { before } = (query ?? {}) as { before?: unknown };
  return typeof before === 'string' && /^\d{1,15}$/.test(before) ? Number(before) : undefined;
}
