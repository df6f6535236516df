import { OpenId } from '../access/openid.ts';
import type { CheckTypes } from '../probing/registry.ts';
import type { Effect } from '../core/effect.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { onceEach, oncePerMinute } from '../observe/seldom.ts';
import { ownVersion } from '../observe/version.ts';
import { callerOfHop } from '../web/hop.ts';
import type { HeartbeatWord, WebSources } from '../web/sources.ts';
import type { InForce, World } from './assemble.ts';
import type { Components } from './components.ts';
import type { Reloader } from './reloader.ts';
import { situationOf } from './situation.ts';
import type { Watchdesk } from './watchdesk.ts';

/** How long a heartbeat request waits for its report to become durable. */
const BEAT_WAIT_MS = 1_000;

export interface WebSourcesParts {
  inForce: InForce;
  world: World;
  watchdesk: Watchdesk;
  checkTypes: CheckTypes;
  metrics: Metrics;
  reloader: Reloader;
  log: Log;
  queueOf(effect: Effect): string;
  onChange: WebSources['onChange'];
}

/** The data and actions of the web server. */
export function webSources(parts: WebSourcesParts): WebSources {
  const { inForce, world, watchdesk, checkTypes, metrics, reloader, log, queueOf, onChange } = parts;
  const { clock, store, probe, newCode } = world;
  const { components } = watchdesk;
  const { access, signing, planning, journal } = components;
  const openid = new OpenId({
    settings: () => inForce.config.access.openid,
    publicUrl: () => inForce.config.publicUrl,
    now: () => clock.now(),
    byEmail: (address) => access.byEmail(address),
    key: () => signing.for('openid'),
  });
  return {
    ...components,
    openid,
    config: () => inForce.config,
    store,
    metrics,
    situation: () =>
      situationOf(watchdesk, inForce.config, { now: clock.now(), storeBytes: world.store.bytes() }),
    isInMaintenance() {
      const openFor = planning.windows.openAt(clock.now());
      return (target) => openFor(target).length > 0;
    },
    checkTypes,
    probePorts: probe,
    now: () => clock.now(),
    newId: newCode(8),
    version: ownVersion(),
    queueOf,
    readiness() {
      const why = watchdesk.complaints();
      return why.length === 0 ? { is: 'ready' } : { is: 'not-ready', why };
    },
    reload: () => reloader.reload(),
    configState: () => reloader.state,
    beat: (token, said) => takeBeat(token, said, world, components),
    takesWrites: () => !journal.blocked,
    onRefused: oncePerMinute((channel: string, why: string, more: number) =>
      log.warn({ channel, why, ...(more > 0 && { more }) }, 'call-refused'),
    ),
    callerOfHop: (request, header) => callerOfHop(signing.for('hop'), request, header, clock.now()),
    onStrayProxy: onceEach(20, (from: string) =>
      log.warn(
        {
          from,
          key: 'server.trusted_proxies',
          note: 'it sends X-Forwarded-For but is not a trusted proxy, so everyone behind it counts as one client',
        },
        'proxy-not-trusted',
      ),
    ),
    onFault: world.events.onFault,
    onChange,
  };
}

/** Takes a heartbeat report. Returns false when no check listens for its token. */
async function takeBeat(
  token: string,
  said: HeartbeatWord,
  { clock, beats }: World,
  { field, journal }: Components,
): Promise<boolean> {
  const listening = field.listening(token);
  if (listening.length === 0) return false;
  const now = clock.now();
  const stored =
    said.is === 'start'
      ? beats.started(token, now)
      : beats.report(token, { at: now, status: said.status, message: said.message });
  const durable = journal.append({ beats: [stored] });
  for (const { identity } of listening) field.probeSoon(identity);
  // The report takes effect at once; while writes fail, the job does not wait for the disk.
  await Promise.race([durable, new Promise<void>((go) => clock.after(BEAT_WAIT_MS, go))]);
  return true;
}
