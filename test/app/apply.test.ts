import { expect, test } from 'vitest';
import type { Message } from '../../src/core/effect.ts';
import { Night, tcpTargets } from '../support/night.ts';

test('a page of a new channel leaves although the desk has not taken up the new settings yet', async () => {
  const night = await Night.begin({
    targets: { t: tcpTargets(['shop']) },
    escalation: '{ urgent: [{ page: operations-manager, via: [sms] }] }',
  });
  const { sms } = Object.fromEntries(night.config.channels);
  const [step] = night.config.escalation.urgent!;
  let release = () => {};
  night.components.office.apply = () => new Promise((resolve) => (release = resolve));
  const applied = night.watchdesk.apply({
    ...night.config,
    channels: new Map([...night.config.channels, ['second', sms!]]),
    escalation: { urgent: [{ ...step!, via: ['second'] }] },
  });
  night.world.stand('10.0.0.1', 'silent');
  await night.minutes(3);
  const { items } = await night.store.effects({ kinds: ['page'], limit: 10 });
  expect(items.map(({ content, state }) => `${(content as Message).via} ${state.is}`)).toEqual([
    'second accepted',
  ]);
  release();
  await night.settled(applied);
});
