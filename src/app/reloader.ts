import { isDeepStrictEqual } from 'node:util';
import { isGuarded } from '../access/access-settings.ts';
import type { AuditLog } from '../access/audit-log.ts';
import { problemLine } from '../config/config-problem.ts';
import type { Catalogue, Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { isLocalHost } from '../config/local-url.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ConfigState, ReloadOutcome } from '../web/sources.ts';
import type { InForce } from './assemble.ts';

export interface ReloaderPorts {
  folder: string;
  catalogue: Catalogue;
  inForce: InForce;
  now(): number;
  log: Log;
  metrics: Pick<Metrics, 'reloaded'>;
  auditLog: Pick<AuditLog, 'note'>;
  /** Brings a config into force. */
  apply(config: Config): Promise<void>;
  onChange(): void;
  /** It is in force: whether it fits the outside is asked beside it. */
  onApplied(): void;
}

/** Reads the config anew; what is wrong with it is said, and the one before stays in force. */
export class Reloader {
  readonly #ports: ReloaderPorts;
  #state: ConfigState;
  #sources: readonly string[];
  /** One after another: an older reading must not overtake a newer one. */
  #last: Promise<unknown> = Promise.resolve();

  /** `sources`: the files that the config in force was read from. */
  constructor(sources: readonly string[], ports: ReloaderPorts) {
    this.#ports = ports;
    this.#sources = sources;
    this.#state = { inForceSince: ports.now() };
  }

  get state(): ConfigState {
    return this.#state;
  }

  /** Files that the last reading looked at. */
  get sources(): readonly string[] {
    return this.#sources;
  }

  reload(): Promise<ReloadOutcome> {
    const next = this.#last
      .then(() => this.#reload())
      .catch((error: unknown): ReloadOutcome => {
        this.#ports.log.error({ error: String(error) }, 'reload-failed');
        return { is: 'refused', problems: [String(error)] };
      });
    this.#last = next;
    return next;
  }

  async #reload(): Promise<ReloadOutcome> {
    const { folder, catalogue, inForce, now, log, metrics, auditLog, apply, onChange, onApplied } =
      this.#ports;
    const loaded = await loadConfig(folder, catalogue);
    this.#sources = loaded.sources;
    if (loaded.is === 'problems') return this.#refuse(loaded.problems.map(problemLine));
    const before = inForce.config;
    const opened = opensUp(before, loaded.config);
    if (opened !== undefined) return this.#refuse([opened]);
    const config = keepFixed(before, loaded.config);
    const fixed = fixedAtStart(before, loaded.config);
    await apply(config);
    metrics.reloaded('applied');
    this.#state = { inForceSince: now() };
    const changes = `${config.targets.length} targets, ${countChecks(config)} checks`;
    auditLog.note('config-applied', 'the system', { about: changes });
    log.info({ monitoring: changes, ...(fixed && { 'needs-restart': fixed }) }, 'config-applied');
    onChange();
    onApplied();
    return {
      is: 'applied',
      changes: fixed ? `${changes}; ${fixed} takes effect at the next start` : changes,
    };
  }

  #refuse(problems: string[]): ReloadOutcome {
    const { log, metrics, auditLog, now, onChange } = this.#ports;
    metrics.reloaded('refused');
    for (const problem of problems) log.error({ problem }, 'config-refused');
    log.warn({ note: 'the previous config stays in effect' }, 'config-unchanged');
    this.#state = { ...this.#state, refused: { at: now(), problems } };
    onChange();
    auditLog.note('config-refused', 'the system', { about: problems[0] ?? '' });
    return { is: 'refused', problems };
  }
}

const countChecks = ({ targets }: Pick<Config, 'targets'>): number =>
  targets.reduce((sum, target) => sum + target.checks.length, 0);

/** Why a config must not take away the sign-in of a server that other machines reach; undefined when it does not. */
function opensUp(before: Config, after: Config): string | undefined {
  const { host } = before.listen;
  const opens = isGuarded(before.access) && !isGuarded(after.access) && !isLocalHost(host);
  if (!opens || after.access.open.includes('all')) return undefined;
  return `access: nobody would have to sign in any more, but ${host} is reachable from other machines; restart to listen on this machine only`;
}

/** The new config, with what is settled at the start as it is. */
function keepFixed(before: Config, after: Config): Config {
  const { tls, ...rest } = { ...after, listen: before.listen, storePath: before.storePath };
  // A server that speaks TLS goes on doing so, with the certificate of now.
  return before.tls ? { ...rest, tls: tls ?? before.tls } : rest;
}

/** What a running process cannot change. */
function fixedAtStart(before: Config, after: Config): string {
  const changed: string[] = [];
  if (before.listen.host !== after.listen.host || before.listen.port !== after.listen.port)
    changed.push('server.listen');
  if (!isDeepStrictEqual(before.status?.listen, after.status?.listen)) changed.push('status_page.listen');
  if (before.storePath !== after.storePath) changed.push('store');
  if ((before.tls === undefined) !== (after.tls === undefined)) changed.push('server.tls');
  return changed.join(', ');
}
