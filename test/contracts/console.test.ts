import { expect, test } from 'vitest';
import consoleType from '../../src/channels/console.ts';
import { KeptPorts, sampleMessage } from '../support/channel-ports.ts';

test('the console shows the message, and says that it is done', async () => {
  const ports = new KeptPorts();
  const channel = consoleType.create({}, ports, 'sms');
  const message = sampleMessage();
  expect(await channel.send(message)).toEqual({ is: 'done', value: `console-${message.code}` });
  expect(ports.shown).toEqual([[message, 'sms']]);
});
