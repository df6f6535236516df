import { EXIT, type ExitCode } from './exit-code.ts';
import { askMonitor, isExit } from './ask-monitor.ts';
import { localSpan } from './local-span.ts';
import { print, printJson, table } from './print.ts';

interface Common {
  config: string;
  json?: boolean;
}

export interface OverrideOptions extends Common {
  from?: string;
  to?: string;
  for?: string;
  with?: string;
  replace?: string;
  add?: string;
  remove?: string;
  by?: string;
}

interface OverrideView {
  id: string;
  schedule: string;
  from: string;
  to: string;
  text: string;
}

const PATH = '/api/v1/oncall/overrides';
const otherwise = 'add the override to the config';

/** Lists overrides planned by people. Asks the running monitor: it alone accepts new ones. */
export async function listOverrides(options: Common): Promise<ExitCode> {
  const answer = await askMonitor(options, {
    method: 'GET',
    path: `${PATH}?limit=500`,
    otherwise: 'see `overrides` in the config',
  });
  if (isExit(answer)) return answer;
  const { items } = answer as { items: OverrideView[] };
  if (options.json) printJson(items);
  else if (items.length === 0) print('No overrides are planned.');
  else
    print(table(items.map(({ id, schedule, from, to, text }) => [id, schedule, localSpan(from, to), text])));
  return EXIT.well;
}

/** Plans an on-call override in the running monitor. */
export async function addOverride(schedule: string, options: OverrideOptions): Promise<ExitCode> {
  const { from, to, with: who, replace, add, remove, by } = options;
  const answer = await askMonitor(options, {
    method: 'POST',
    path: PATH,
    body: {
      schedule,
      from,
      to,
      for: options.for,
      with: who,
      replace,
      add,
      remove,
      by: by ?? process.env['USER'],
    },
    otherwise,
  });
  if (isExit(answer)) return answer;
  const view = answer as OverrideView;
  if (options.json) printJson(view);
  else print(`Added ${view.id}: ${view.text} on ${view.schedule}, ${localSpan(view.from, view.to)}.`);
  return EXIT.well;
}

/** Removes an override. */
export async function endOverride(id: string, options: Common): Promise<ExitCode> {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const answer = await askMonitor(options, { method: 'DELETE', path, otherwise });
  if (isExit(answer)) return answer;
  if (options.json) printJson(answer);
  else print(`Cancelled ${id}.`);
  return EXIT.well;
}
