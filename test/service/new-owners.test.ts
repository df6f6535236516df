import { expect, test } from 'vitest';
import { NewOwners } from '../../src/service/new-owners.ts';

const THERE: Record<string, string> = { maria: '11', devon: '12' };

const owners = (members: readonly string[]) =>
  new NewOwners({
    membersOf: () => members,
    onCall: () => 'maria',
    nameIn: (_helpdesk, person) => THERE[person],
    personCalled: () => undefined,
  });

test('whoever has it is not who it is given to, by whichever rule', () => {
  const team = { is: 'least-loaded', team: 'support' } as const;
  expect(owners(['maria']).choose('help', team, '11')).toBeUndefined();
  expect(owners(['maria']).choose('help', { is: 'on-call', schedule: 'ops' }, '11')).toBeUndefined();
  expect(owners(['maria', 'devon']).choose('help', team, '11')?.owner.person).toBe('devon');
  // Whom nobody knows there cannot be given anything.
  expect(owners(['ines']).choose('help', team, undefined)).toBeUndefined();
});

test('turns are taken by helpdesk and team, and go on after a restart', () => {
  const rule = { is: 'round-robin', team: 'support' } as const;
  const first = owners(['maria', 'devon']);
  const { owner, marks } = first.choose('help', rule, undefined)!;
  expect(owner).toEqual({ person: 'maria', there: '11' });
  expect(first.choose('other', rule, undefined)?.owner.person).toBe('maria');
  const second = owners(['maria', 'devon']);
  second.restore(marks);
  expect(second.choose('help', rule, undefined)?.owner.person).toBe('devon');
});
