import { askMonitor, isExit, type MonitorQuestion } from './ask-monitor.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { localSpan } from './local-span.ts';
import { print, printJson, table } from './print.ts';

interface Common {
  config: string;
  json?: boolean;
}

export interface WindowOptions extends Common {
  name: string;
  targets?: string;
  customers?: string;
  tags?: string;
  all?: boolean;
  from?: string;
  to?: string;
  cron?: string;
  for?: string;
  timezone?: string;
  by?: string;
}

interface WindowView {
  id: string;
  name: string;
  scope: string;
  from: string;
  to: string;
  open: boolean;
  cron: string | null;
  timezone: string | null;
}

/** Lists maintenance windows. Asks the running monitor: it alone knows what other people have planned. */
export async function listMaintenance(options: Common): Promise<ExitCode> {
  const answer = await askMonitor(options, {
    method: 'GET',
    path: '/api/v1/maintenance?limit=500',
    otherwise: 'see `maintenance` in the config',
  });
  if (isExit(answer)) return answer;
  const { items } = answer as { items: WindowView[] };
  if (options.json) printJson(items);
  else if (items.length === 0) print('No maintenance is planned.');
  else
    print(
      table(
        items.map((item) => [
          item.id,
          item.open ? 'active' : 'planned',
          localSpan(item.from, item.to, item.timezone ?? undefined),
          item.cron === null ? '' : `recurs: ${item.cron}`,
          item.name,
          item.scope,
        ]),
      ),
    );
  return EXIT.well;
}

/** Plans a maintenance window in the running monitor. */
export async function addMaintenance(options: WindowOptions): Promise<ExitCode> {
  const { name, all, from, to, cron, timezone, by } = options;
  const listed = (text: string | undefined) => text?.split(',').map((part) => part.trim());
  const body = {
    name,
    targets: listed(options.targets),
    customers: listed(options.customers),
    tags: listed(options.tags),
    all,
    from,
    to,
    cron,
    for: options.for,
    timezone,
    by: by ?? process.env['USER'],
  };
  const answer = await ask(options, 'POST', '/api/v1/maintenance', body);
  if (isExit(answer)) return answer;
  const view = answer as WindowView;
  if (options.json) printJson(view);
  else
    print(
      `Planned ${view.id}: ${view.name}, ${view.scope}, ${localSpan(view.from, view.to, view.timezone ?? undefined)}${view.cron === null ? '' : `, recurring at ${view.cron}`}.`,
    );
  return EXIT.well;
}

/** Ends a planned maintenance window at once. */
export async function endMaintenance(id: string, options: Common): Promise<ExitCode> {
  const answer = await ask(options, 'DELETE', `/api/v1/maintenance/${encodeURIComponent(id)}`);
  if (isExit(answer)) return answer;
  if (options.json) printJson(answer);
  else print(`Ended ${id}.`);
  return EXIT.well;
}

const ask = (options: Common, method: MonitorQuestion['method'], path: string, body?: unknown) =>
  askMonitor(options, { method, path, body, otherwise: 'add the window to the config' });
