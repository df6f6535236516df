import { ticketAtHand, ticketTitle, type Incident } from '../core/incident.ts';
import { incidentSentence } from '../core/sentence.ts';
import { openStore } from '../store/open-store.ts';
import { StoreError } from '../store/store.ts';
import { pageCounts } from '../web/api-routes.ts';
import { incidentView } from '../web/views.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { listLimit } from './list-limit.ts';
import { complain, print, printJson, table } from './print.ts';
import { readConfig } from './read-config.ts';
import { THIS_PROCESS } from './this-process.ts';

function ticketWords(incident: Incident): string {
  const ticket = ticketAtHand(incident);
  if (!ticket) return 'no ticket yet';
  return ticketTitle(ticket);
}

/** Lists incidents from the store, whether or not the monitor is running. */
export async function incidents(options: {
  config: string;
  all?: boolean;
  limit: string;
  json?: boolean;
}): Promise<ExitCode> {
  const limit = listLimit(options.limit);
  if (limit === undefined) return EXIT.usage;
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  try {
    const store = await openStore(read.config.store, { exclusive: false, ...THIS_PROCESS });
    const lists = options.all
      ? [await store.incidents({ limit })]
      : [
          await store.incidents({ limit, status: 'open' }),
          await store.incidents({ limit, status: 'worked' }),
        ];
    const shown = lists.flatMap(({ items }) => items).toSorted((a, b) => b.openedAt - a.openedAt);
    const views = await Promise.all(
      shown.map(async (incident) => incidentView(incident, await pageCounts(incident.id, { store }))),
    );
    await store.close();
    if (options.json) printJson(views);
    else if (shown.length === 0) print(options.all ? 'No incidents so far.' : 'No open incidents.');
    else {
      const now = Date.now();
      print(
        table(
          shown.map((incident) => [
            incident.id,
            incident.priority,
            incident.status.is,
            ticketWords(incident),
            incidentSentence(incident, now),
          ]),
        ),
      );
    }
    return EXIT.well;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
}
