import { isMessage, type Effect } from '../core/effect.ts';
import { withoutLinks } from '../core/without-links.ts';
import type { Incident } from '../core/incident.ts';
import type { OutgoingMessage } from '../paging/channel.ts';
import type { WatchedCheck } from '../probing/monitor.ts';
import type { EngineEvents } from './engine-events.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Hearers {
  metrics(): Metrics;
  adapterOf(queue: string): string;
  incidentOf(id: string): Incident | undefined;
  /** Id of the open incident of a check, where it has one. */
  incidentAt(watched: WatchedCheck): string | undefined;
  onChange(): void;
  onShown?(message: OutgoingMessage, channel: string): void;
}

/** Decisions that one word does not explain. */
const TOLD = new Set<string>([
  'ticket-heard',
  'ticket-ended',
  'ticket-held',
  'marked-urgent',
  'promise-rings',
  'unreachable',
]);

/** What the engine does, as lines of the log and numbers. */
export function heard(
  log: Log,
  { metrics, adapterOf, incidentOf, incidentAt, onChange, onShown }: Hearers,
): EngineEvents {
  /** Why a helpdesk was not heard last; what stays is said once. */
  const deaf = new Map<string, string>();
  return {
    onDecided(decision) {
      const { incident, because, events } = decision;
      metrics().decided(decision);
      const { id, target, priority, reason } = incident;
      // What was heard or lost of a ticket stands in its story; without a line there, nothing has come of it.
      const said = TOLD.has(because) ? events.map(({ text }) => text).join(' ') : undefined;
      if (because === 'reached' || said === '') return;
      log.info({ incident: id, target, priority, reason, because, said }, 'incident');
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
      const incident = result.verdict === 'failed' ? incidentAt(watched) : undefined;
      metrics().probed(watched.check.type, result, incident);
      if (!transition) return;
      metrics().judged(watched.check.type, transition);
      const { identity: check, state } = watched;
      const level = transition.to === 'up' ? 'info' : 'warn';
      const why = result.verdict === 'good' ? undefined : result.reason;
      const message = result.verdict === 'good' ? undefined : result.message;
      if (transition.why !== 'first-good') {
        log[level]({ check, because: transition.why, reason: why, message }, transition.to);
      } else log.debug({ check, since: state.health.since }, 'up');
    },
    onHeld: ({ identity: check }, because, by) =>
      log.info({ check, because, by: by.join(', ') || undefined }, 'held-back'),
    onSight({ network, resolver, seen, total, missing }, before) {
      if (!before && network === 'sees' && resolver !== 'broken') return;
      const level = network === 'blind' || resolver === 'broken' ? 'error' : 'warn';
      log[level]({ network, resolver, seen, of: total, missing: missing.join(', ') || undefined }, 'sight');
    },
    onFinding({ is, what }) {
      metrics().found(is);
      log.error({ finding: is, what }, 'auditor');
    },
    onTicketsHeard(helpdesk, outcome) {
      metrics().heardTickets(helpdesk, outcome.is === 'done');
      if (outcome.is === 'done') {
        if (deaf.delete(helpdesk)) log.info({ helpdesk }, 'helpdesk-answers-again');
      } else if (deaf.get(helpdesk) !== outcome.why) {
        deaf.set(helpdesk, outcome.why);
        log.warn({ helpdesk, why: outcome.why }, 'helpdesk-not-heard');
      }
    },
    onPromise(clock, priority, outcome) {
      metrics().promised(clock, priority, outcome);
      log[outcome === 'kept' ? 'debug' : 'warn']({ clock, priority, outcome }, 'promise');
    },
    onMail(taken) {
      metrics().mailed(taken.is);
      log.info(
        { outcome: taken.is, why: 'why' in taken ? taken.why : undefined, from: taken.from, id: taken.id },
        'mail-in',
      );
    },
    onAttachmentTrouble(why) {
      log.error({ why }, 'attachment');
    },
    onMailTrouble(why) {
      if (why === undefined) log.info('mailbox-answers-again');
      else log.warn({ why }, 'mailbox-not-read');
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

/** Who it is for and what became of it, for one line of the log. */
function recipientOf(effect: Effect): string | undefined {
  return isMessage(effect) ? (effect.content.person ?? effect.content.to.name) : undefined;
}
