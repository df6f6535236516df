import { addressFields } from '../channels/shared/addressing.ts';
import { readFileSync } from 'node:fs';
import { secretsInUrl } from '../core/display-url.ts';
import { storeAddress, storeSecrets } from '../store/store-address.ts';
import { redactor } from '../core/redact.ts';
import { buildAccess } from './build-access.ts';
import { defaultsFromProblems } from './build-seen-from.ts';
import { buildDesk } from './build-desk.ts';
import { buildModules } from './build-modules.ts';
import { buildService } from './build-service.ts';
import { buildStatus } from './build-status.ts';
import { buildRouting } from './build-routing.ts';
import { buildUpdates } from './build-updates.ts';
import { buildTls } from './build-tls.ts';
import { buildTargets } from './build-targets.ts';
import {
  buildConnectivity,
  buildLocations,
  buildWatchdog,
  buildWindows,
  watchdogProblems,
} from './build-watchdog.ts';
import { isGuarded, type AccessSettings } from '../access/access-settings.ts';
import { keysAt } from './keys-at.ts';
import type { Catalogue, Config } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { explainIssues } from './explain-issues.ts';
import { metricsProblems } from './metrics-problems.ts';
import { isLocalHost, localUrl } from './local-url.ts';
import { parseSettings, withoutWrong } from './parse-settings.ts';
import { inWords, readConfigFiles } from './read-files.ts';
import { planProblems, scopeProblems } from './scope-problems.ts';
import { watchdeskSchema, type WatchdeskFile } from './watchdesk-schema.ts';
import type { Surroundings, YamlFile } from './yaml-file.ts';

/** `sources`: every file that was read for it, so that a change to any of them is noticed. */
export type Loaded = ({ is: 'config'; config: Config } | { is: 'problems'; problems: ConfigProblem[] }) & {
  sources: readonly string[];
};

/** The environment and files of this machine. */
export const systemSurroundings: Surroundings = {
  variable: (name) => process.env[name],
  file(path) {
    try {
      return { text: readFileSync(path, 'utf8') };
    } catch (error) {
      return { problem: inWords(error) };
    }
  },
};

/** Reads the folder and validates all of it; reports every problem at once. */
export async function loadConfig(
  folder: string,
  catalogue: Catalogue,
  surroundings: Surroundings = systemSurroundings,
): Promise<Loaded> {
  const { main, targets: targetFiles, problems } = await readConfigFiles(folder, surroundings);
  const dropped = new Set<string>();
  const schema = watchdeskSchema(addressFields(catalogue.channelTypes.values()));
  const settings = main && parseMain(main, schema, problems, dropped);
  const defaults = settings?.defaults ?? schema.parse({}).defaults;
  const locations = Object.keys(settings?.locations ?? {});
  const built = buildTargets(targetFiles, catalogue.checkTypes, { ...defaults, locations });
  problems.push(...built.problems);
  const sources = [main, ...targetFiles].flatMap((file) => (file ? [file.name, ...file.read] : []));
  if (!main || !settings) return { is: 'problems', problems: withoutEchoes(problems, dropped), sources };
  problems.push(...defaultsFromProblems(defaults, locations, main));
  const routing = await buildRouting(main, settings, catalogue, built.targets);
  problems.push(...routing.problems);
  const timeZone = settings.timezone ?? Temporal.Now.timeZoneId();
  const windows = buildWindows(main, settings, built.targets, timeZone, problems);
  problems.push(...watchdogProblems(main, settings, routing), ...metricsProblems(main, settings));
  const modules = await buildModules(main, settings, folder);
  const tls = await buildTls(main, settings, problems);
  sources.push(...modules.files, ...tls.files);
  problems.push(...modules.problems);
  const publicUrl = (
    settings.server.public_url ?? localUrl(settings.server.listen, settings.server.tls !== undefined)
  ).replace(/\/+$/, '');
  const { channels } = routing;
  const status = buildStatus(main, settings, { targets: built.targets, channels, publicUrl }, problems);
  const { helpdesks } = routing;
  const service = buildService(main, settings, routing, problems);
  scopeProblems(main, settings, built.customers, problems);
  problems.push(...planProblems(targetFiles, settings.plans));
  const deskKnown = { ...routing, store: storeAddress(settings.store) };
  const deskSettings = buildDesk(main, settings, deskKnown, problems);
  const access = buildAccess(main, settings, routing.people, problems);
  if (problems.length > 0) return { is: 'problems', problems: withoutEchoes(problems, dropped), sources };
  const { server, incidents } = settings;
  const sharedSecrets = [
    ...[main, ...targetFiles].flatMap((file) => file.secrets),
    ...helpdesks.flatMap(({ type, settings: own }) => type.secrets(own)),
    ...[...routing.channels.values()].flatMap(({ type, settings: own }) => type.secrets(own)),
    ...(routing.hotline ? [routing.hotline.authToken] : []),
    ...modules.secrets,
    ...secretsOfAccess(access),
    ...deskSettings.hooks.flatMap(({ secret, headers }) => [secret, ...Object.values(headers)]),
    ...(deskSettings.mail ? [deskSettings.mail.password] : []),
    ...storeSecrets(settings.store),
    ...(settings.watchdog?.ping ? secretsInUrl(settings.watchdog.ping) : []),
  ];
  const secrets = [
    ...sharedSecrets,
    ...built.targets.flatMap(({ url }) => (url === undefined ? [] : secretsInUrl(url))),
    ...[...built.prepared.values()].flatMap((prepared) => prepared.secrets),
  ];
  const strike = redactor(sharedSecrets);
  for (const { checks } of built.targets) for (const check of checks) check.subject = strike(check.subject);
  return {
    is: 'config',
    sources,
    config: {
      ...confined(server.listen, access),
      ...(tls.tls && { tls: tls.tls }),
      trustedProxies: server.trusted_proxies,
      publicUrl,
      language: settings.language,
      provider: settings.provider,
      timeZone,
      store: storeAddress(settings.store),
      people: routing.people,
      teams: routing.teams,
      calendars: routing.calendars,
      hotline: routing.hotline,
      schedules: routing.schedules,
      escalation: routing.escalation,
      helpdesks,
      desk: catalogue.helpdeskTypes.get('desk')!,
      channels: routing.channels,
      reopenWindowMs: incidents.reopen_window,
      ackExpiresMs: incidents.ack_expires,
      updates: buildUpdates(settings, routing.channels),
      grouping: { groupWindowMs: incidents.group_window, groupAt: incidents.group_at },
      service,
      deskSettings,
      access,
      customers: built.customers,
      windows,
      objectives: new Map(
        Object.entries(settings.plans).map(([plan, { availability }]) => [plan, availability / 100]),
      ),
      retention: {
        ...(settings.retention.tickets !== undefined && { ticketsMs: settings.retention.tickets }),
        ...(settings.retention.messages !== undefined && { messagesMs: settings.retention.messages }),
        ...(settings.retention.incidents !== undefined && { incidentsMs: settings.retention.incidents }),
      },
      metricsWithout: settings.metrics.without,
      modules: modules.modules,
      refusedModules: modules.refused,
      probeTargets: settings.probe.targets,
      status,
      connectivity: buildConnectivity(settings),
      watchdog: buildWatchdog(settings, routing),
      targets: built.targets,
      prepared: built.prepared,
      orders: built.orders,
      locations: buildLocations(settings),
      secrets: [...new Set(secrets)].filter((secret) => secret.length >= 3),
      sharedSecrets,
      files: [...[main, ...targetFiles].map((file) => file.name), ...modules.files],
    },
  };
}

/** In a file with errors, the rest is still parsed to find further problems, but never used. */
function parseMain(
  main: YamlFile,
  schema: ReturnType<typeof watchdeskSchema>,
  problems: ConfigProblem[],
  dropped: Set<string>,
): WatchdeskFile | undefined {
  if (main.value === undefined || main.value === null) return undefined;
  const parsed = parseSettings(schema, main.value, main);
  if (parsed.success) return parsed.data;
  problems.push(...explainIssues(parsed.error.issues, main, [], main.value, (path) => keysAt(schema, path)));
  const rest = withoutWrong(main.value, parsed.error.issues, dropped);
  const again = rest === undefined ? undefined : parseSettings(schema, rest, main);
  return again?.success ? again.data : undefined;
}

/** Without any sign-in, listens only on this machine, whatever address is configured. */
function confined(
  { host, port }: Config['listen'],
  access: AccessSettings,
): Pick<Config, 'listen' | 'confined'> {
  if (isLocalHost(host) || isGuarded(access) || access.open.includes('all'))
    return { listen: { host, port } };
  return {
    listen: { host: '127.0.0.1', port },
    confined: `listening on 127.0.0.1 instead of ${host}, because sign-in is not set up: add users under \`access\` (\`watchdesk password\` creates a password)`,
  };
}

const secretsOfAccess = ({ users, tokens, openid }: AccessSettings): string[] => [
  ...users.flatMap(({ password, totp }) => [password, totp].filter((one) => one !== undefined)),
  ...tokens.map(({ token }) => token),
  ...(openid ? [openid.clientSecret] : []),
];

/**
 * A failed substitution leaves an empty value, and a value dropped as invalid is missing elsewhere: reports only the
 * original problem.
 */
function withoutEchoes(problems: readonly ConfigProblem[], dropped: ReadonlySet<string>): ConfigProblem[] {
  const failed = new Set(
    problems.filter(({ problem }) => problem.startsWith('${')).map(({ file, line }) => `${file}:${line}`),
  );
  const isEcho = ({ file, line, problem }: ConfigProblem) =>
    (problem.startsWith('found ""') && failed.has(`${file}:${line}`)) ||
    [...dropped].some((name) => problem.startsWith('there is no ') && problem.includes(`"${name}"`)) ||
    (dropped.size > 0 && problem.startsWith('the config has no locations')) ||
    (dropped.size > 0 && (problem.endsWith('known: none') || problem.includes('cannot be reached via')));
  return problems.filter((one) => !isEcho(one));
}
