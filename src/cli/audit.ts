import { plural } from '../core/wording.ts';
import { openStore } from '../store/open-store.ts';
import { StoreError } from '../store/store.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { listLimit } from './list-limit.ts';
import { complain, print, printJson, table } from './print.ts';
import { readConfig } from './read-config.ts';
import { THIS_PROCESS } from './this-process.ts';

/** Lists the audit log, or verifies that no record was changed or removed. */
export async function audit(options: {
  config: string;
  limit: string;
  verify?: boolean;
  json?: boolean;
}): Promise<ExitCode> {
  const limit = listLimit(options.limit);
  if (limit === undefined) return EXIT.usage;
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  try {
    const store = await openStore(read.config.store, { exclusive: false, ...THIS_PROCESS });
    try {
      if (options.verify) {
        const verdict = await store.audit.verify();
        if (options.json) printJson(verdict);
        else if (verdict.is === 'whole')
          print(
            `The chain is intact: ${plural(verdict.records, 'record')}${verdict.erased > 0 ? `, ${verdict.erased} of them with a person erased` : ''}, head ${verdict.head}.`,
          );
        else
          complain(
            `The chain is broken at record ${verdict.seq}: a record was changed, added or removed outside Watchdesk.`,
          );
        return verdict.is === 'whole' ? EXIT.well : EXIT.failed;
      }
      const { items } = await store.audit.list({ limit });
      if (options.json) printJson(items.map((one) => ({ ...one, at: new Date(one.at).toISOString() })));
      else if (items.length === 0) print('The audit log is empty.');
      else {
        const time = (at: number) =>
          Temporal.Instant.fromEpochMilliseconds(at)
            .toZonedDateTimeISO(read.config.timeZone)
            .toString({ smallestUnit: 'second', timeZoneName: 'never' });
        print(
          table(items.map(({ at, who, what, about = '', from = '' }) => [time(at), who, what, about, from])),
        );
      }
      return EXIT.well;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
}
