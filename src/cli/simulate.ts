import type { Config } from '../config/config.ts';
import { formatDuration, durationMs, DURATION_PATTERN, DURATION_EXPECTED } from '../core/duration.ts';
import { REASON_NAMES, type Reason } from '../core/reason.ts';
import { nearest } from '../config/explain-issues.ts';
import { simulate as run, type SimulatedEvent } from '../simulation/simulate.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { momentOf } from './moment-of.ts';
import { complain, print, printJson, styled, table } from './print.ts';
import { readConfig } from './read-config.ts';
import { plansInForce } from './plans-in-force.ts';

export interface SimulateOptions {
  config: string;
  target: string;
  at?: string;
  for: string;
  ack?: string;
  reason?: string;
  with?: string[];
  json?: boolean;
}

/** Prints what an outage would lead to, minute by minute, without sending anything. */
export async function simulate(options: SimulateOptions): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { config } = read;
  const [name, checkName] = options.target.split('/');
  const target = config.targets.find((one) => one.name === name);
  if (!target) {
    const names = config.targets.map((one) => one.name);
    const near = nearest(name!, names);
    const hint = near ? `Did you mean "${near}"?` : `Known: ${names.slice(0, 20).join(', ')}.`;
    complain(`There is no target "${name}". ${hint}`);
    return EXIT.usage;
  }
  const check =
    checkName === undefined ? target.checks[0] : target.checks.find((one) => one.name === checkName);
  if (!check) {
    complain(
      `${name} has no check "${checkName}". Known: ${target.checks.map((one) => one.name).join(', ')}.`,
    );
    return EXIT.usage;
  }
  const at = options.at === undefined ? Date.now() : momentOf(options.at, config.timeZone, Date.now());
  if (at === undefined) {
    complain(
      `--at ${options.at}: expected a time such as "Sat 03:00", 2026-12-24T09:00 or 2026-12-24T09:00Z.`,
    );
    return EXIT.usage;
  }
  for (const key of ['for', 'ack'] as const) {
    if (options[key] !== undefined && !DURATION_PATTERN.test(options[key])) {
      complain(`--${key} ${options[key]}: expected ${DURATION_EXPECTED}.`);
      return EXIT.usage;
    }
  }
  const reason = options.reason ?? 'timeout';
  if (!isReason(reason)) {
    const near = nearest(reason, REASON_NAMES);
    complain(
      `There is no reason "${reason}". ${near ? `Did you mean "${near}"?` : `Known: ${REASON_NAMES.join(', ')}.`}`,
    );
    return EXIT.usage;
  }
  const alongside = options.with ?? [];
  for (const other of alongside) {
    if (config.targets.some((one) => one.name === other)) continue;
    const near = nearest(
      other,
      config.targets.map((one) => one.name),
    );
    complain(`--with ${other}: there is no such target.${near ? ` Did you mean "${near}"?` : ''}`);
    return EXIT.usage;
  }
  const forMs = durationMs(options.for);
  if (forMs > 7 * 86_400_000) {
    complain(`--for ${options.for}: expected at most 7d.`);
    return EXIT.usage;
  }
  const { schedules, windows } = await plansInForce(config);
  const events = run({
    config,
    schedules,
    windows,
    reason,
    alongside,
    target,
    check,
    at,
    forMs,
    ...(options.ack !== undefined && { ackAfterMs: durationMs(options.ack) }),
  });
  if (options.json) {
    printJson(events.map((event) => ({ ...event, at: new Date(event.at).toISOString() })));
    return EXIT.well;
  }
  const length = formatDuration(forMs);
  print(
    `${styled(target.name, 'bold')} fails for ${length} from ${localTime(at, config.timeZone)} (${config.timeZone}). Nothing is sent.`,
  );
  print(table(events.map((event) => rowOf(event, at, config))));
  return EXIT.well;
}

const isReason = (name: string): name is Reason => (REASON_NAMES as readonly string[]).includes(name);

function rowOf(
  { at, is, to, via, text }: SimulatedEvent,
  start: number,
  { timeZone, channels }: Config,
): string[] {
  const isPrinted = channels.get(via ?? '')?.type.type === 'console' ? ' (printed only)' : '';
  const who =
    is === 'page' || is === 'notice'
      ? `${to} via ${via}${isPrinted}`
      : is === 'ticket'
        ? `${via} in ${to}`
        : '';
  const [first = '', ...more] = text.split('\n');
  const offset = `+${formatDuration(at - start)}`;
  return [localTime(at, timeZone), offset, is, who, more.length > 0 ? `${first} …` : first];
}

const localTime = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toLocaleString('en-GB', {
    weekday: 'short',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
