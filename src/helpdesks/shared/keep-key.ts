import type { Outcome } from '../../core/effect.ts';
import type { TicketReading } from '../../core/ticket-reading.ts';

/**
 * Reads back whether our key is on a new ticket, because many helpdesks silently drop what they do not know. If it is
 * not, the key goes into the subject. Returns what people should know.
 */
export async function keepKey(
  where: string,
  key: string,
  read: () => Promise<Outcome<Pick<TicketReading, 'key'> | null>>,
  rename: () => Promise<Outcome<unknown>>,
): Promise<string[]> {
  const back = await read();
  if (back.is !== 'done' || back.value?.key === key) return [];
  const renamed = await rename();
  const instead =
    renamed.is === 'done' ? 'it is in the subject instead' : 'and it is not in the subject either';
  return [`The incident key was not saved in ${where}: ${instead}.`];
}
