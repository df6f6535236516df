import { tellLater, tellNews } from './chores.ts';
import { closeUpdates, type TellingRules } from './customer-updates.ts';
import {
  cardOf,
  failingTargets,
  isOpen,
  partName,
  stillFailing,
  ticketName,
  type Incident,
  type IncidentStatus,
  type Part,
} from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { easedNote, recoveryNote } from './ticket-text.ts';
import { say } from '../text/say.ts';

export type ClosingRules = TellingRules;

/** A check has recovered: the incident is resolved with its last failing check. */
export function checkRecovered(
  incident: Incident,
  { target, check }: Part,
  now: number,
  rules: ClosingRules,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const recovered = incident.failing.find(
    (part) => part.target === target && part.check === check && part.recoveredAt === undefined,
  );
  if (recovered) {
    const failing = incident.failing.map((part) =>
      part === recovered ? { ...part, recoveredAt: now } : part,
    );
    draft.set({ failing });
    draft.event('check-recovered', say('timeline.check-recovered', { check: partName(incident, recovered) }));
  }
  if (!isOpen(incident)) return draft.done('already-resolved');
  const left = stillFailing(draft.incident);
  if (left.length === 0) {
    const note = recoveryNote(draft.incident, now, rules.wording);
    end(draft, { is: 'resolved', at: now, how: 'recovered' }, note, rules);
    return draft.done('recovered');
  }
  if (recovered && incident.episode.group && !failingTargets(draft.incident).includes(target)) {
    tellLater(draft, { is: 'back', target }, now);
  } else if (recovered) draft.ticket('ticket.note', { body: easedNote(recovered, left) });
  return draft.done('eased');
}

/** A human resolves the incident. No new one opens until the target, if it still fails, has recovered once. */
export function resolveByHand(
  incident: Incident,
  by: string,
  text: string | undefined,
  now: number,
  rules: ClosingRules,
): Decision {
  const draft = new IncidentDraft(incident, now);
  if (!isOpen(incident)) return draft.done('already-resolved');
  const person = rules.directory.nameOf(by);
  const note = text
    ? say('timeline.resolved-by-saying', { person, text })
    : say('timeline.resolved-by', { person });
  end(draft, { is: 'resolved', at: now, how: 'by-hand', by }, note, rules);
  return draft.done('resolved-by-hand');
}

/** A human has ended the ticket in its helpdesk: the incident is resolved as if by hand. */
export function endedInHelpdesk(
  draft: IncidentDraft,
  { by, what, note }: { by: string; what: 'resolved' | 'lowered' | 'deleted'; note: boolean },
  now: number,
  rules: ClosingRules,
): Decision {
  const { ticket } = draft.incident;
  const how = what === 'lowered' ? 'lowered' : 'by-hand';
  const text = say(`timeline.ticket-ended-${what}`, { ticket: ticket ? ticketName(ticket) : '', person: by });
  finish(draft, { is: 'resolved', at: now, how, by }, text, rules, note ? 'note' : 'nothing');
  return draft.done('ticket-ended');
}

/** What the SLA requires for the ticket has been done: resolves the incident, so that nobody is reminded of it. */
export function settleIncident(incident: Incident, now: number, rules: ClosingRules): Decision {
  const draft = new IncidentDraft(incident, now);
  // A recipient of a warning by mail gets no second mail to say that it is over.
  draft.setEpisode({ told: incident.episode.told.filter(({ by }) => by === 'page') });
  const text = say('timeline.sla-cleared', { ticket: incident.ticket ? ticketName(incident.ticket) : '' });
  finish(draft, { is: 'resolved', at: now, how: 'settled' }, text, rules, 'nothing');
  return draft.done('promise-settled');
}

/** A ticket that a human marked urgent: its helpdesk is no longer in the config, so nothing more is heard of it. */
export function helpdeskGone(incident: Incident, now: number, rules: ClosingRules): Decision {
  const draft = new IncidentDraft(incident, now);
  const text = say('timeline.helpdesk-removed', { helpdesk: incident.helpdesk });
  finish(draft, { is: 'resolved', at: now, how: 'removed' }, text, rules, 'nothing');
  return draft.done('target-removed');
}

/** The target, or its last failing check, is no longer in the config. */
export function targetRemoved(incident: Incident, now: number, rules: ClosingRules): Decision {
  const draft = new IncidentDraft(incident, now);
  draft.set({ failing: incident.failing.map((part) => ({ ...part, recoveredAt: part.recoveredAt ?? now })) });
  if (!isOpen(incident)) return draft.done('already-resolved');
  const note = say('timeline.target-removed', { target: incident.target });
  end(draft, { is: 'resolved', at: now, how: 'removed' }, note, rules);
  return draft.done('target-removed');
}

function end(
  draft: IncidentDraft,
  status: Extract<IncidentStatus, { is: 'resolved' }>,
  note: string,
  rules: ClosingRules,
): void {
  const { news, group } = draft.incident.episode;
  if (news.length > 0) {
    draft.setEpisode({ group: group && { ...group, paged: true } });
    tellNews(draft, rules.newCode);
  }
  finish(draft, status, note, rules, 'note-and-resolve');
}

function finish(
  draft: IncidentDraft,
  status: Extract<IncidentStatus, { is: 'resolved' }>,
  note: string,
  rules: ClosingRules,
  ticketWork: 'note-and-resolve' | 'note' | 'nothing',
): void {
  draft.set({ status });
  draft.setEpisode({ due: [] });
  draft.event('resolved', note, { by: status.by });
  if (ticketWork !== 'nothing') draft.ticket('ticket.note', { body: note });
  closeUpdates(draft, status.at, rules);
  if (ticketWork === 'note-and-resolve' && !draft.incident.ticket?.isTheirs) draft.ticket('ticket.resolve');
  for (const { to, via, lane } of draft.incident.episode.told) {
    // A recovery message does not ring the phone of a person who reads it on another channel.
    const isReadElsewhere = draft.incident.episode.told.some(
      (other) => other.to.is === to.is && other.to.name === to.name && !rules.directory.isCall(other.via),
    );
    if (rules.directory.isCall(via) && isReadElsewhere) continue;
    // The live message already shows the end.
    if (cardOf(draft.incident, { to, via })) continue;
    draft.message('notice', { to, via, code: rules.newCode(), occasion: { is: 'recovery' } }, 0, lane);
  }
}
