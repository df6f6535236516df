import { describe, expect, test } from 'vitest';
import { acknowledge, addNote, messageLost } from '../../src/core/answer-incident.ts';
import type { Directory, Way } from '../../src/core/directory.ts';
import { isMessage, type Effect, type Message, type Recipient } from '../../src/core/effect.ts';
import { advanceEscalation, escalateNow, nextDueAt, startEscalation } from '../../src/core/escalate.ts';
import type { EscalationStep } from '../../src/core/escalation.ts';
import type { Incident } from '../../src/core/incident.ts';
import { IncidentDraft, type Decision } from '../../src/core/incident-draft.ts';
import { sampleIncident, type SampleFields } from '../support/sample-incident.ts';

const MINUTE = 60_000;
const T = Date.parse('2026-11-22T08:00:00Z');

/** maria: sms, a call after 3 minutes; devon: sms only; ines: a call only. */
const WAYS: Record<string, Way[]> = {
  maria: [
    { via: 'sms', afterMs: 0 },
    { via: 'voice', afterMs: 3 * MINUTE },
  ],
  devon: [{ via: 'sms', afterMs: 0 }],
  ines: [{ via: 'voice', afterMs: 0 }],
};
const personOf = (to: Recipient) =>
  to.is === 'schedule' ? 'maria' : to.is === 'fallback' ? 'ines' : to.name;
const directory: Directory = {
  personCalled: (name) => (name in WAYS ? name : undefined),
  nameOf: (person) => person,
  nameIn: () => undefined,
  customerOf: () => undefined,
  titleOf: (target) => target,
  contactOf: () => undefined,
  fallbackOf: () => undefined,
  isCall: (via) => via === 'voice',
  vendorOf: () => undefined,
  mailChannel: () => undefined,
  onCall: () => 'maria',
  alsoOnCall: (schedule) => (schedule === 'both' ? ['devon'] : []),
  membersOf: (team) => (team === 'support' ? ['maria', 'devon', 'ines'] : []),
  hasRoom: (_team, via) => via === 'slack',
  ways: (to) => WAYS[personOf(to)] ?? [{ via: 'slack', afterMs: 0 }],
  channelsOf: (to) => (WAYS[personOf(to)] ?? []).map(({ via }) => via),
};
let codes = 0;
const paging = { newCode: () => `C${++codes}`, directory };

const schedule = (name: string): Recipient => ({ is: 'schedule', name });
const team: Recipient = { is: 'team', name: 'support' };
const step = (more: Partial<EscalationStep>): EscalationStep => ({
  act: 'page',
  to: schedule('ops'),
  via: [],
  afterMs: 0,
  ...more,
});

function begin(steps: EscalationStep[], { episode, ...more }: SampleFields = {}): Decision {
  const draft = new IncidentDraft(
    sampleIncident({
      openedAt: T,
      episode: { openedAt: T, escalation: steps, ...episode },
      chores: { reviewAt: T + 1e9 },
      ...more,
    }),
    T,
  );
  startEscalation(draft, { is: 'outage' }, T, paging);
  return draft.done('opened');
}

const messages = ({ effects }: Decision) => effects.filter(isMessage);
const said = (decision: Decision) =>
  messages(decision).map(({ kind, content: { to, via } }) => `${kind} ${to.is} ${to.name} ${via}`);

describe('who and how', () => {
  test.each<[string, EscalationStep, string[]]>([
    ['as the person on call wants it', step({}), ['page schedule ops sms']],
    [
      'as the step says',
      step({ via: ['sms', 'voice'] }),
      ['page schedule ops sms', 'page schedule ops voice'],
    ],
    [
      'who is on call too',
      step({ to: schedule('both') }),
      ['page schedule both sms', 'page person devon sms'],
    ],
    [
      'everybody of a team',
      step({ to: team }),
      ['page person maria sms', 'page person devon sms', 'page person ines voice'],
    ],
    [
      'a team in its room',
      step({ act: 'mobilise', to: team, via: ['slack'] }),
      ['notice team support slack'],
    ],
    [
      'a team in its room, and everybody by sms',
      step({ act: 'mobilise', to: team, via: ['slack', 'sms'] }),
      [
        'notice team support slack',
        'notice person maria sms',
        'notice person devon sms',
        'notice person ines sms',
      ],
    ],
    [
      'a team as everybody wants it, and nobody is called twice',
      step({ act: 'mobilise', to: team }),
      ['notice person maria sms', 'notice person devon sms', 'notice person ines voice'],
    ],
  ])('%s', (_what, one, expected) => {
    expect(said(begin([one]))).toEqual(expected);
  });
});

describe('the next way', () => {
  test('a call follows after three minutes without an answer, to whoever was paged', () => {
    const { incident } = begin([step({})]);
    expect(nextDueAt([incident])).toBe(T + 3 * MINUTE);
    expect(said(advanceEscalation(incident, T + 3 * MINUTE, paging)!)).toEqual(['page person maria voice']);
  });

  test('and stays away after an answer, whatever the step waits for', () => {
    const { incident } = acknowledge(
      begin([step({ unless: 'resolved' })]).incident,
      'maria',
      undefined,
      T + MINUTE,
    );
    expect(said(advanceEscalation(incident, T + 3 * MINUTE, paging)!)).toEqual([]);
  });

  test('what can never arrive goes on at once: her next way, who stands in, then along the policy', () => {
    const steps = [step({}), step({ to: { is: 'person', name: 'devon' }, afterMs: 60 * MINUTE })];
    let { incident } = begin(steps);
    let page: Effect<Message> | undefined = messages(begin(steps))[0];
    const taken: string[] = [];
    while (page) {
      taken.push(`${page.content.to.is} ${page.content.to.name} ${page.content.via}`);
      const lost = messageLost(incident, page, 'opted out', T + 1, steps, paging);
      incident = lost.incident;
      page = messages(lost)[0];
    }
    expect(taken).toEqual([
      'schedule ops sms',
      'schedule ops voice',
      'fallback ops voice',
      'person devon sms',
    ]);
  });
});

describe('what cannot get through', () => {
  const lose = (decision: Decision, status?: Incident['status']) => {
    const [first] = messages(decision);
    const incident = status ? { ...decision.incident, status } : decision.incident;
    return messageLost(incident, first!, 'gone', T + 1, [step({})], paging);
  };

  test('a call for help goes to everybody of the team when its room is gone', () => {
    const call = begin([step({ act: 'mobilise', to: team, via: ['slack'] })]);
    expect(said(lose(call))).toEqual([
      'notice person maria sms',
      'notice person devon sms',
      'notice person ines voice',
    ]);
  });

  test('the team is called once, when the last of its rooms is gone', () => {
    const call = begin([step({ act: 'mobilise', to: team, via: ['slack', 'pager'] })], {});
    const rooms: Directory = { ...directory, hasRoom: () => true };
    const [slack] = messages(call);
    const pager = { ...slack!, id: 'x', content: { ...slack!.content, via: 'pager' } };
    const lost = (incident: Incident, one: Effect<Message>) =>
      messageLost(incident, one, 'gone', T + 1, [], { ...paging, directory: rooms });
    const first = lost(call.incident, slack!);
    const second = lost(first.incident, pager);
    const third = lost(second.incident, pager);
    expect([said(first), said(second), said(third)]).toEqual([
      [],
      ['notice person maria sms', 'notice person devon sms', 'notice person ines voice'],
      [],
    ]);
  });

  test('a call that nobody took, after she has it by another way, wakes nobody else', () => {
    const { incident } = begin([step({})]);
    const followed = advanceEscalation(incident, T + 3 * MINUTE, paging)!;
    const taken = acknowledge(followed.incident, 'maria', undefined, T + 4 * MINUTE).incident;
    const [call] = messages(followed);
    expect(said(messageLost(taken, call!, 'no answer', T + 5 * MINUTE, [], paging))).toEqual([]);
  });

  test('wakes nobody when somebody has it, or all is over', () => {
    const page = begin([step({})]);
    expect(said(lose(page, { is: 'worked', at: T, by: 'devon' }))).toEqual([]);
    expect(said(lose(page, { is: 'resolved', at: T, how: 'recovered' }))).toEqual([]);
    expect(said(lose(page))).toEqual(['page schedule ops voice']);
  });

  test('a lost word on a live message lets the next one begin anew, and counts as no lost way', () => {
    const to: Recipient = team;
    const card = { to, via: 'slack', lane: 'l', id: 'C:1' };
    const draft = new IncidentDraft(sampleIncident({ cards: [card], openedAt: T }), T);
    draft.event('acknowledged', 'maria has it.');
    const decision = draft.done('acknowledged');
    expect(messages(decision)[0]!.content.occasion).toEqual({
      is: 'progress',
      text: 'maria has it.',
      isLoud: false,
    });
    const lost = lose(decision);
    expect([lost.incident.cards, lost.incident.episode.lost, lost.effects]).toEqual([[], [], []]);
  });
});

describe('a live message', () => {
  const card = { to: team, via: 'slack', lane: 'l', id: 'C:1' };
  test('is brought up to date once for what comes in numbers, and at once for what must not be overlooked', () => {
    let incident = sampleIncident({ cards: [card], openedAt: T, chores: { reviewAt: T + 1e9 } });
    for (let n = 0; n < 60; n++) {
      const draft = new IncidentDraft(incident, T + n);
      draft.event('check-joined', `t${n} fails too.`);
      const decision = draft.done('joined-group');
      expect(decision.effects).toEqual([]);
      incident = decision.incident;
    }
    expect(nextDueAt([incident])).toBe(T + 2_000);
    const draft = new IncidentDraft(incident, T + 100);
    draft.event('escalated', 'maria asked for more people.');
    const [update, ...more] = messages(draft.done('escalated'));
    expect(more).toEqual([]);
    expect(update!.content.occasion).toMatchObject({
      isLoud: true,
      text: expect.stringMatching(/^t0 fails too\.[^]*And 41 more\.$/),
    });
  });
});

describe('when nobody is left', () => {
  test('whoever of the policy has not been told is asked, and not the one who asks', () => {
    const more: Directory = { ...directory, fallbackOf: () => 'ines' };
    const { incident } = begin([step({})]);
    const asked = escalateNow({ ...incident, episode: { ...incident.episode, due: [] } }, 'maria', T + 1, {
      ...paging,
      directory: more,
    });
    expect(said(asked)).toEqual(['page person ines voice']);
    // Asked already, and unreachable: not again.
    const again = escalateNow(asked.incident, 'maria', T + 2, { ...paging, directory: more });
    expect(again.because).toBe('nothing-to-escalate');
    expect(
      escalateNow({ ...incident, episode: { ...incident.episode, due: [] } }, 'ines', T + 1, {
        ...paging,
        directory: { ...more, onCall: () => 'ines' },
      }).because,
    ).toBe('nothing-to-escalate');
  });
});

describe('what comes later', () => {
  const later = step({ to: { is: 'person', name: 'devon' }, afterMs: 15 * MINUTE, repeatMs: 15 * MINUTE });
  test('waits for an answer even when the step does not say so', () => {
    const { incident } = begin([step({}), later]);
    expect(said(advanceEscalation(incident, T + 15 * MINUTE, paging)!)).toContain('page person devon sms');
    const taken = acknowledge(incident, 'maria', undefined, T + MINUTE).incident;
    expect(said(advanceEscalation(taken, T + 15 * MINUTE, paging)!)).toEqual([]);
  });

  test('unless it says that only the end ends it', () => {
    const { incident } = begin([step({}), { ...later, unless: 'resolved' }]);
    const taken = acknowledge(incident, 'maria', undefined, T + MINUTE).incident;
    expect(said(advanceEscalation(taken, T + 15 * MINUTE, paging)!)).toEqual(['page person devon sms']);
  });

  test('who escalates asks for all of the next line, and not for the same person once more', () => {
    const line = [
      step({ to: { is: 'person', name: 'devon' }, afterMs: 15 * MINUTE, line: 1 }),
      step({ to: { is: 'person', name: 'ines' }, afterMs: 15 * MINUTE, line: 1 }),
    ];
    const asked = escalateNow(begin([step({ line: 0 }), ...line]).incident, 'maria', T + MINUTE, paging);
    expect(said(asked)).toEqual(['page person devon sms', 'page person ines voice']);
  });
});

describe('an acknowledgement that lapses', () => {
  const opened = () =>
    acknowledge(
      begin([step({ via: ['sms'] })], { ackExpiresMs: 30 * MINUTE }).incident,
      'maria',
      undefined,
      T + MINUTE,
    ).incident;

  test('begins everything anew, and says of whom nothing was heard', () => {
    expect(nextDueAt([opened()])).toBe(T + 31 * MINUTE);
    expect(advanceEscalation(opened(), T + 31 * MINUTE - 1, paging)).toBeUndefined();
    const lapsed = advanceEscalation(opened(), T + 31 * MINUTE, paging)!;
    expect(lapsed.because).toBe('ack-lapsed');
    expect(lapsed.incident.status).toEqual({ is: 'open' });
    expect(messages(lapsed).map(({ content }) => content.occasion)).toEqual([{ is: 'lapsed', by: 'maria' }]);
  });

  test('and whoever is heard of keeps it', () => {
    const { incident } = addNote(opened(), { by: 'maria', text: 'restarting' }, T + 20 * MINUTE, {
      ...paging,
      wording: { publicUrl: 'https://w.example', timeZone: 'UTC' },
    });
    expect(advanceEscalation(incident, T + 31 * MINUTE, paging)).toBeUndefined();
    expect(nextDueAt([incident])).toBe(T + 50 * MINUTE);
  });
});
