import { isMessage, type Effect } from '../core/effect.ts';
import { withoutLinks } from '../core/without-links.ts';
import type { DecisionReason } from '../core/incident-draft.ts';
import type { Reason } from '../core/reason.ts';
import type { Incident } from '../core/incident.ts';
import type { OutgoingMessage } from '../channels/channel.ts';
import type { WatchedCheck } from '../probing/watched-check.ts';
import type { MonitorEvents } from './monitor-events.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Hearers {
  metrics(): Metrics;
  adapterOf(queue: string): string;
  incidentOf(id: string): Incident | undefined;
  /** Id of the check's open incident, if it has one. */
  incidentAt(watched: WatchedCheck): string | undefined;
  onChange(): void;
  onShown?(message: OutgoingMessage, channel: string): void;
}

/** Decisions whose timeline entry is logged, because they cannot be understood without it. */
const TOLD = new Set<string>([
  'ticket-heard',
  'ticket-ended',
  'ticket-held',
  'marked-urgent',
  'promise-rings',
  'unreachable',
]);

/** Log names for decisions whose own names operators would not know. */
const LOGGED_AS: Partial<Record<DecisionReason, string>> = {
  'ack-lapsed': 'acknowledgement-expired',
  'called-in': 'hotline-call',
  'chore-due': 'scheduled-task',
  detour: 'rerouted',
  eased: 'partly-recovered',
  'promise-rings': 'sla-alarm',
  'promise-settled': 'sla-settled',
  'reported-in': 'status-page-report',
  steady: 'flapping-ended',
  'step-due': 'escalation-step',
  swept: 'duplicates-closed',
  'ticket-heard': 'ticket-changed',
};

/** Records what the monitor does in the log and the metrics. */
export function recordEvents(
  log: Log,
  { metrics, adapterOf, incidentOf, incidentAt, onChange, onShown }: Hearers,
): MonitorEvents {
  /** The last polling error by helpdesk; the same error is logged once. */
  const deaf = new Map<string, string>();
  return {
    onDecided(decision) {
      const { incident, because, events } = decision;
      metrics().decided(decision);
      const { id, target, priority, reason } = incident;
      // The timeline says what was read of a ticket; no entry there means that nothing changed.
      const said = TOLD.has(because) ? events.map(({ text }) => text).join(' ') : undefined;
      if (because === 'reached' || said === '') return;
      const cause = LOGGED_AS[because] ?? because;
      log.info({ incident: id, target, priority, reason, because: cause, said }, 'incident');
    },
    onOutcome(effect, queue) {
      const { id, incident, kind, attempts, state } = effect;
      metrics().delivered(effect, queue, adapterOf(queue), incidentOf(incident));
      const why = 'why' in state ? state.why : undefined;
      const lost = kind === 'notice' ? 'warn' : 'error';
      const isGood = state.is === 'accepted' || state.is === 'confirmed';
      const isMoot = state.is === 'dead' && state.isMoot === true;
      const level = isMoot || isGood ? 'info' : state.is === 'dead' ? lost : 'warn';
      const to = recipientOf(effect);
      const ticket = !isMessage(effect) && 'remoteId' in state ? state.remoteId : undefined;
      log[level]({ incident, effect: id, queue, to, ticket, attempts, outcome: state.is, why }, kind);
    },
    onStart: (lagMs) => metrics().started(lagMs),
    onSkipped: (slots) => metrics().skipped(slots),
    onResult(watched, result, transition) {
      const incident = result?.verdict === 'failed' ? incidentAt(watched) : undefined;
      if (result) metrics().probed(watched.check.type, result, incident);
      if (!transition) return;
      metrics().judged(watched.check.type, transition);
      const { identity: check, state } = watched;
      const level = transition.to === 'up' ? 'info' : 'warn';
      // Of a check that several locations probe, what they agree on says more than the last result of one.
      const told =
        result && !watched.sightings
          ? result
          : (state.last ?? { verdict: 'unknown' as const, message: undefined });
      const why = told.verdict === 'good' ? undefined : (told as { reason?: Reason }).reason;
      const message = told.verdict === 'good' ? undefined : told.message;
      if (transition.why !== 'first-good') {
        log[level]({ check, because: transition.why, reason: why, message }, transition.to);
      } else log.debug({ check, since: state.health.since }, 'up');
    },
    onHeld: ({ identity: check }, because, by) =>
      log.info({ check, because, by: by.join(', ') || undefined }, 'suppressed'),
    onSight({ network, resolver, seen, total, missing }, before) {
      if (!before && network === 'sees' && resolver !== 'broken') return;
      const level = network === 'blind' || resolver === 'broken' ? 'error' : 'warn';
      const fields = {
        network: network === 'sees' ? 'up' : 'lost',
        resolver: resolver === 'not-known' ? 'unknown' : resolver,
        anchors: `${seen}/${total}`,
        failed: missing.join(', ') || undefined,
      };
      log[level](fields, 'connectivity');
    },
    onLocation(location, now) {
      const why = now.is === 'blind' ? now.why : undefined;
      log[now.is === 'sees' ? 'info' : 'error']({ location, why }, `location-${now.is}`);
    },
    onAgent: ({ id, location, host }, standsBy) =>
      log.info({ agent: id, location, host, role: standsBy ? 'standby' : 'probes' }, 'agent-connected'),
    onOddReport: ({ id, location, host }, why) =>
      log.warn({ agent: id, location, host, why }, 'agent-report-not-used'),
    onPast: (location, { check, to, at, message }) =>
      log.info({ location, check, was: to, at: new Date(at).toISOString(), message }, 'told-later'),
    onFinding({ is, what }) {
      metrics().found(is);
      log.error({ finding: is, what }, 'auditor');
    },
    onTicketsHeard(helpdesk, outcome) {
      metrics().heardTickets(helpdesk, outcome.is === 'done');
      if (outcome.is === 'done') {
        if (deaf.delete(helpdesk)) log.info({ helpdesk }, 'helpdesk-poll-recovered');
      } else if (deaf.get(helpdesk) !== outcome.why) {
        deaf.set(helpdesk, outcome.why);
        log.warn({ helpdesk, why: outcome.why }, 'helpdesk-poll-failed');
      }
    },
    onPromise(clock, priority, outcome) {
      metrics().promised(clock, priority, outcome);
      const isMet = outcome === 'kept';
      log[isMet ? 'debug' : 'warn']({ clock, priority, outcome: isMet ? 'met' : 'missed' }, 'sla');
    },
    onMail(taken) {
      metrics().mailed(taken.is);
      log.info(
        { outcome: taken.is, why: 'why' in taken ? taken.why : undefined, from: taken.from, id: taken.id },
        'mail-received',
      );
    },
    onAttachmentTrouble(why) {
      log.error({ why }, 'attachment-not-saved');
    },
    onMailTrouble(why) {
      if (why === undefined) log.info('mailbox-recovered');
      else log.warn({ why }, 'mailbox-failed');
    },
    onDeadMan(outcome, why) {
      metrics().reportedIn(outcome);
      if (outcome !== 'sent') log.warn({ outcome, why }, 'watchdog');
    },
    onFault: (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault'),
    onDurable: (afterMs) => metrics().committed(afterMs),
    onStoreTrouble(trouble) {
      if (trouble) log.error({ why: trouble.message }, 'store-refuses');
      else log.info('store-writes-again');
    },
    onPause: (what, ms) => log.warn({ seconds: Math.round(ms / 100) / 10 }, what),
    onChange,
    show(message, channel) {
      log.warn({ channel, to: message.recipient, text: withoutLinks(message.text) }, 'page-printed');
      onShown?.(message, channel);
    },
  };
}

/** The recipient, for one line of the log. */
function recipientOf(effect: Effect): string | undefined {
  return isMessage(effect) ? (effect.content.person ?? effect.content.to.name) : undefined;
}
