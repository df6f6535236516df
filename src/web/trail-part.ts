/** Of a ticket's trail so much is shown on one page: what anybody may write to a ticket has no end. Bytes as stored. */
export const TRAIL_SHOWN = 500_000;

/** `?before=` of the link to the earlier part; undefined for the latest. */
export function beforeOf(query: unknown): number | undefined {
  const { before } = (query ?? {}) as { before?: unknown };
  return typeof before === 'string' && /^\d{1,15}$/.test(before) ? Number(before) : undefined;
}
