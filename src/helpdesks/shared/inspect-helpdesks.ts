import type { Inspection } from '../../outside/inspection.ts';
import type { Helpdesk } from '../helpdesk.ts';

/** Asks every helpdesk that can be asked what in its settings does not fit it. */
export function inspectHelpdesks(helpdesks: ReadonlyMap<string, Helpdesk>): Promise<Inspection[]> {
  return Promise.all(
    [...helpdesks].flatMap(([name, { inspect }]) =>
      inspect ? [inspect().then((outcome): Inspection => ({ name, outcome }))] : [],
    ),
  );
}
