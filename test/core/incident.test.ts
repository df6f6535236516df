import { describe, expect, test } from 'vitest';
import { acknowledge, messageLost, messageReached } from '../../src/core/answer-incident.ts';
import { checkRecovered, resolveByHand, targetRemoved } from '../../src/core/close-incident.ts';
import { isMessage, type Effect, type Message } from '../../src/core/effect.ts';
import { advanceEscalation, escalateNow, nextDueAt } from '../../src/core/escalate.ts';
import type { EscalationStep } from '../../src/core/escalation.ts';
import type { FailingCheck, Incident } from '../../src/core/incident.ts';
import type { Decision } from '../../src/core/incident-draft.ts';
import { checkWentDown, type IncidentRules } from '../../src/core/open-incident.ts';
import type { Target } from '../../src/core/target.ts';
import { plainDirectory } from '../support/plain-directory.ts';

const HOUR = 3_600_000;
const T = Date.parse('2026-11-22T08:00:00Z');

const target: Target = {
  name: 'shop',
  kind: 'site',
  customer: { name: 'Acme Ltd', plan: 'vip' },
  url: 'https://shop.example',
  dependsOn: [{ anyOf: ['edge-router'] }],
  priority: 'urgent',
  tags: [],
  source: { file: 'config/targets/acme.yaml', line: 3 },
  checks: ['http', 'tls'].map((name) => ({ name }) as Target['checks'][number]),
};

const failing = (check: string, firstFailureAt = T - 30_000): FailingCheck => ({
  target: 'shop',
  check,
  type: 'http',
  subject: 'https://shop.example/',
  reason: 'refused',
  message: 'connection refused',
  firstFailureAt,
  breachedAt: firstFailureAt + 30_000,
  failures: 3,
  lastGoodAt: T - 60_000,
  log: ['+1 ms  connecting'],
});

const manager = { is: 'schedule', name: 'operations-manager' } as const;
const steps: EscalationStep[] = [
  { act: 'page', to: manager, via: ['sms'], afterMs: 0 },
  { act: 'mobilise', to: { is: 'team', name: 'support-team' }, via: ['slack'], afterMs: 0 },
  { act: 'page', to: manager, via: ['sms', 'voice'], afterMs: HOUR, unless: 'worked', repeatMs: HOUR },
];

let codes = 0;
const rules: IncidentRules = {
  escalation: { urgent: steps },
  reopenWindowMs: 30 * 60_000,
  wording: { publicUrl: 'https://w.example', timeZone: 'America/Toronto' },
  helpdeskFor: () => ({ name: 'desk' }),
  newId: () => `I${++codes}`,
  directory: plainDirectory,
  newCode: () => `C${++codes}`,
};

const down = (check = 'http', now = T, current?: Incident) =>
  checkWentDown({ target, priority: 'urgent', failing: failing(check, now - 30_000), current, now }, rules);
const kinds = ({ effects }: Decision) => effects.map((effect) => effect.kind);
const messages = ({ effects }: Decision) => effects.filter(isMessage) as Effect<Message>[];
const reached = (decision: Decision, person: string, now = T + 1_000): Incident =>
  messages(decision).reduce(
    (incident, effect) =>
      messageReached(incident, effect, effect.content.to.is === 'team' ? undefined : person, now, rules)
        .incident,
    decision.incident,
  );

describe('an incident', () => {
  test('opens with one ticket, one page and the call to the team; the outage dates from the first failure', () => {
    const decision = down();
    expect(decision.because).toBe('opened');
    expect(kinds(decision)).toEqual(['ticket.open', 'page', 'notice']);
    expect(decision.incident).toMatchObject({
      startedAt: T - 30_000,
      openedAt: T,
      episode: { due: [{ step: 2, dueAt: T + HOUR, round: 0 }] },
    });
    expect(new Set(decision.effects.map((effect) => effect.id)).size).toBe(3);
    // The page may wait a moment for the ticket's number, never longer.
    expect(messages(decision)[0]!.state).toEqual({ is: 'pending', dueAt: T + 250 });
  });

  test('takes in further failing checks with a note, and ends with the last of them', () => {
    const first = down();
    const second = down('tls', T + 1_000, first.incident);
    expect([second.because, kinds(second)]).toEqual(['joined', ['ticket.note']]);
    expect(down('tls', T + 2_000, second.incident)).toMatchObject({
      because: 'already-failing',
      effects: [],
    });
    const eased = checkRecovered(second.incident, { target: 'shop', check: 'http' }, T + 3_000, rules);
    expect([eased.because, kinds(eased), eased.incident.status.is]).toEqual([
      'eased',
      ['ticket.note'],
      'open',
    ]);
    const over = checkRecovered(eased.incident, { target: 'shop', check: 'tls' }, T + 4_000, rules);
    expect([over.because, kinds(over)]).toEqual(['recovered', ['ticket.note', 'ticket.resolve']]);
    expect(over.incident).toMatchObject({
      status: { is: 'resolved', at: T + 4_000, how: 'recovered' },
      episode: { due: [] },
    });
  });

  test('tells everybody who was told of the beginning of the end, once', () => {
    const incident = reached(down(), 'maria');
    const again = messageReached(incident, messages(down())[0]!, 'maria', T + 2_000, rules);
    expect(again.incident.episode.told).toHaveLength(2);
    const over = checkRecovered(again.incident, { target: 'shop', check: 'http' }, T + 3_000, rules);
    expect(messages(over).map(({ kind, content }) => [kind, content.to.name, content.occasion.is])).toEqual([
      ['notice', 'maria', 'recovery'],
      ['notice', 'support-team', 'recovery'],
    ]);
  });

  test('a page that is accepted after the end is followed by word of the end', () => {
    const opened = down();
    const over = checkRecovered(opened.incident, { target: 'shop', check: 'http' }, T + 1_000, rules);
    expect(messages(over)).toEqual([]);
    const late = messageReached(over.incident, messages(opened)[0]!, 'maria', T + 2_000, rules);
    expect(messages(late).map(({ kind, content }) => [kind, content.occasion.is])).toEqual([
      ['notice', 'recovery'],
    ]);
  });

  test('a relapse inside the window reopens the ticket and pages; after it a new incident opens', () => {
    const over = checkRecovered(down().incident, { target: 'shop', check: 'http' }, T + 1_000, rules);
    const again = down('http', T + 1_000 + 30 * 60_000, over.incident);
    expect(again.because).toBe('reopened');
    expect(again.incident.id).toBe(over.incident.id);
    expect(kinds(again)).toEqual(['ticket.reopen', 'ticket.note', 'page', 'notice']);
    expect(messages(again)[0]!.content.occasion.is).toBe('again');
    const later = down('http', T + 1_001 + 30 * 60_000, over.incident);
    expect(later.because).toBe('opened');
    expect(later.incident.id).not.toBe(over.incident.id);
  });

  test('a relapse begins a new episode: nothing of the last outage is known to it', () => {
    const { incident } = checkRecovered(down().incident, { target: 'shop', check: 'http' }, T + 1_000, rules);
    const person = { is: 'person', name: 'maria' } as const;
    const route = { to: person, via: 'sms' };
    const full: Incident = {
      ...incident,
      ticket: { adapter: 'desk', helpdesk: 'desk', remoteId: '1', url: '' },
      ticketNews: { status: 'resolved', assignee: 'Maria', actedAt: T, broughtBack: 1 },
      episode: {
        ...incident.episode,
        number: 3,
        urgency: 'raised',
        escalation: [],
        told: [{ ...route, lane: 'l', by: 'page' }],
        lost: [route],
        asked: ['ines'],
        detours: [{ effect: 'e', route, at: T }],
        group: { trait: 'site Berlin', lastJoinedAt: T, paged: true },
        affected: [{ target: 'blog', since: T }],
        news: [{ is: 'joined', target: 'blog' }],
        estimate: { at: T, by: 'maria', setAt: T },
        vendor: { name: 'Line Co', by: 'maria', at: T },
      },
    };
    const again = down('http', T + 60_000, full);
    const { due, ...episode } = again.incident.episode;
    expect(episode).toEqual({
      number: 4,
      startedAt: T + 30_000,
      openedAt: T + 60_000,
      urgency: 'own',
      // Frozen anew, since the last one was the one of a raised ticket.
      escalation: rules.escalation.urgent,
      ...{ told: [], lost: [], asked: [], detours: [], affected: [], news: [] },
    });
    expect(due.length).toBeGreaterThan(0);
    expect(again.incident.ticketNews).toEqual({
      status: 'open',
      assignee: 'Maria',
      actedAt: T,
      broughtBack: 0,
      carriedOver: 'assignee-and-acts',
    });
  });

  test('that a human has resolved stays so until the target has been well', () => {
    const done = resolveByHand(down().incident, 'maria', 'known issue', T + 1_000, rules);
    expect(done.incident.status).toMatchObject({ is: 'resolved', how: 'by-hand', by: 'maria' });
    const well = checkRecovered(done.incident, { target: 'shop', check: 'http' }, T + 2_000, rules);
    expect([well.because, well.effects]).toEqual(['already-resolved', []]);
  });

  test('a failing check that is renamed does not hold a later incident open', () => {
    const gone = targetRemoved(down().incident, T + 1_000, rules).incident;
    const renamed = { ...target, checks: [{ name: 'web' } as Target['checks'][number]] };
    const again = checkWentDown(
      { target: renamed, priority: 'urgent', failing: failing('web'), current: gone, now: T + 2_000 },
      rules,
    );
    const over = checkRecovered(again.incident, { target: 'shop', check: 'web' }, T + 3_000, rules);
    expect([again.because, over.because]).toEqual(['reopened', 'recovered']);
  });

  test('ends when its target is no longer watched', () => {
    const gone = targetRemoved(down().incident, T + 1_000, rules);
    expect(gone.incident.failing.every((part) => part.recoveredAt !== undefined)).toBe(true);
    expect([gone.because, kinds(gone), gone.incident.status]).toEqual([
      'target-removed',
      ['ticket.note', 'ticket.resolve'],
      { is: 'resolved', at: T + 1_000, how: 'removed' },
    ]);
  });
});

describe('escalation', () => {
  test('pages again after an hour, every hour, by every channel of the step', () => {
    const { incident } = down();
    expect(advanceEscalation(incident, T + HOUR - 1, rules)).toBeUndefined();
    const first = advanceEscalation(incident, T + HOUR, rules)!;
    expect(messages(first).map(({ content }) => [content.via, content.occasion.is])).toEqual([
      ['sms', 'reminder'],
      ['voice', 'reminder'],
    ]);
    expect(first.incident.episode.due.map(({ dueAt }) => dueAt)).toEqual([T + 2 * HOUR]);
    expect(nextDueAt([first.incident])).toBe(first.incident.chores.reviewAt);
  });

  test('after a long absence there is one reminder, not one for each that was missed', () => {
    const late = advanceEscalation(down().incident, T + 5.5 * HOUR, rules)!;
    expect(messages(late)).toHaveLength(2);
    expect(late.incident.episode.due.map(({ dueAt }) => dueAt)).toEqual([T + 6 * HOUR]);
  });

  test('stays away once somebody has it', () => {
    const { incident } = acknowledge(down().incident, 'maria', undefined, T + 60_000);
    expect(incident.status).toEqual({ is: 'worked', at: T + 60_000, by: 'maria' });
    const due = advanceEscalation(incident, T + HOUR, rules)!;
    expect([messages(due), due.incident.episode.due]).toEqual([[], []]);
  });

  test('is taken now when a human asks for it, and repeats from then', () => {
    const now = T + 60_000;
    const decision = escalateNow(down().incident, 'maria', now, rules);
    expect(messages(decision)).toHaveLength(2);
    expect(decision.incident.episode.due).toEqual([{ step: 2, dueAt: now + HOUR, round: 1 }]);
  });

  test('goes to the fallback when a page is lost, then along the policy, and never to what has failed', () => {
    const opened = down();
    const taken: string[] = [];
    let incident = opened.incident;
    let page: Effect<Message> | undefined = messages(opened)[0];
    while (page) {
      taken.push(`${page.content.to.is} by ${page.content.via}`);
      const lost = messageLost(incident, page, 'invalid number', T + 1_000, steps, rules);
      incident = lost.incident;
      page = messages(lost)[0];
    }
    expect(taken).toEqual(['schedule by sms', 'fallback by sms', 'schedule by voice', 'fallback by voice']);
  });

  test('says who asked when a human wants more people', () => {
    const decision = escalateNow(down().incident, 'maria', T + 60_000, rules);
    expect(messages(decision)[0]!.content.occasion).toEqual({ is: 'asked', by: 'maria' });
    expect(kinds(decision)).toContain('ticket.note');
  });
});
