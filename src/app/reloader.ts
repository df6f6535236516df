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
  /** Puts a config into force. */
  apply(config: Config): Promise<void>;
  onChange(): void;
  /** The config is in force: it is now checked against the outside services, in the background. */
  onApplied(): void;
}

/** Reloads the config; if it has problems, reports them and keeps the previous config in force. */
export class Reloader {
  readonly #ports: ReloaderPorts;
  #state: ConfigState;
  #sources: readonly string[];
  /** One at a time: an older read must not overtake a newer one. */
  #last: Promise<unknown> = Promise.resolve();

  /** `sources`: the files from which the config in force was read. */
  constructor(sources: readonly string[], ports: ReloaderPorts) {
    this.#ports = ports;
    this.#sources = sources;
    this.#state = { inForceSince: ports.now() };
  }

  get state(): ConfigState {
    return this.#state;
  }

  /** The files that the last reload read. */
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

/** Why a config must not remove sign-in from a server that other machines can reach; undefined when it does not. */
function opensUp(before: Config, after: Config): string | undefined {
  const { host } = before.listen;
  const opens = isGuarded(before.access) && !isGuarded(after.access) && !isLocalHost(host);
  if (!opens || after.access.open.includes('all')) return undefined;
  return `access: nobody would have to sign in any more, but ${host} is reachable from other machines; restart to listen on this machine only`;
}

/** The new config, with the settings that are fixed at start left as they are. */
function keepFixed(before: Config, after: Config): Config {
  const { tls, ...rest } = { ...after, listen: before.listen, store: before.store };
  // A server that uses TLS keeps using it, with the current certificate.
  return before.tls ? { ...rest, tls: tls ?? before.tls } : rest;
}

/** The changed settings that a running process cannot apply. */
function fixedAtStart(before: Config, after: Config): string {
  const changed: string[] = [];
  if (before.listen.host !== after.listen.host || before.listen.port !== after.listen.port)
    changed.push('server.listen');
  if (!isDeepStrictEqual(before.status?.listen, after.status?.listen)) changed.push('status_page.listen');
  if (!isDeepStrictEqual(before.store, after.store)) changed.push('store');
  if ((before.tls === undefined) !== (after.tls === undefined)) changed.push('server.tls');
  return changed.join(', ');
}
