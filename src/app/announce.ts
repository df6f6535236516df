import { storeName } from '../store/store-address.ts';
import type { Config } from '../config/config.ts';
import { isLocalHost } from '../config/local-url.ts';
import { problemLine } from '../config/config-problem.ts';
import { onCallSpans, type OnCallSchedule } from '../core/on-call.ts';
import { COVERAGE_DAYS, coverageWarnings, warningText } from '../on-call/coverage.ts';
import type { Log } from '../observe/log.ts';

export interface Announcing {
  log: Log;
  /** How pings are sent. */
  echoes: string;
  /** URL of the wall. */
  url: string;
  /** Including overrides planned by people. */
  schedules: ReadonlyMap<string, OnCallSchedule>;
}

/** Logs what is monitored, how, and who is notified. */
export function announce(config: Config, { log, echoes, url, schedules }: Announcing): void {
  const types = new Map<string, number>();
  for (const { checks } of config.targets) {
    for (const { type } of checks) types.set(type, (types.get(type) ?? 0) + 1);
  }
  const checks = [...types].map(([type, count]) => `${count} ${type}`).join(', ');
  log.info({ targets: config.targets.length, checks, files: config.files.length }, 'monitoring');
  if (types.has('ping')) log.info({ method: echoes }, 'ping');
  log.info(
    { helpdesk: config.helpdesks.map(({ name }) => name).join(', '), store: storeName(config.store) },
    'tickets',
  );
  const used = new Set(
    Object.values(config.escalation).flatMap((steps) => steps.flatMap((step) => step.via)),
  );
  const printed = [...used].filter((name) => config.channels.get(name)?.type.type === 'console');
  const real = [...used].filter((name) => !printed.includes(name));
  if (real.length > 0) log.info({ channels: real.join(', ') }, 'pages');
  if (real.length > 0 && /\/\/(127\.|localhost|\[::1\])/.test(config.publicUrl)) {
    log.warn(
      { url: config.publicUrl, note: 'links in pages will not open on a phone; set server.public_url' },
      'public-url',
    );
  }
  if (printed.length > 0) {
    log.warn({ channels: printed.join(', '), note: 'printed here only, not sent to anyone' }, 'pages');
  }
  for (const schedule of schedules.values()) {
    const now = Temporal.Now.instant();
    const [duty] = onCallSpans(schedule, now, now.add({ hours: 24 * 60 }));
    const until = duty!.to
      .toZonedDateTimeISO(schedule.timeZone)
      .toString({ smallestUnit: 'minute', timeZoneName: 'never' });
    log.info({ schedule: schedule.name, person: config.people.get(duty!.person)?.name, until }, 'on-call');
    const warnings = coverageWarnings(schedule, now, now.add({ hours: 24 * COVERAGE_DAYS }), config);
    // Unreachable people were already reported with the channels.
    const first = warnings.find(({ is }) => is !== 'unreachable');
    if (first) {
      const warning = warningText(first, schedule, (id) => config.people.get(id)?.name ?? id);
      log.warn({ schedule: schedule.name, warning, more: 'watchdesk oncall' }, 'on-call');
    }
  }
  if (!config.connectivity) {
    const note = 'without anchors, a monitor that loses its own network reports everything as down';
    log.info({ note, key: 'connectivity.anchors' }, 'connectivity');
  }
  if (config.status) {
    const { url: at, listen } = config.status;
    log.info({ url: at, listen: listen && `${listen.host}:${listen.port}` }, 'status-page');
  }
  for (const [module, problems] of config.refusedModules)
    log.warn({ module, problem: problems.map(problemLine).join('; ') }, 'probe-module-not-served');
  if (
    config.access.users.length > 0 &&
    !config.publicUrl.startsWith('https:') &&
    !isLocalHost(config.listen.host)
  )
    log.warn(
      {
        note: 'sign-in cookies travel without encryption: set server.tls, or use a proxy with TLS and set its address as server.public_url',
        key: 'server.public_url',
      },
      'no-tls',
    );
  if (config.confined !== undefined) log.warn({ note: config.confined }, 'listen');
  log.info({ url: `${url}/` }, 'status-wall');
}
