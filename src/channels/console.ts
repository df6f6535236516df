import { z } from 'zod';
import type { ChannelType } from './channel.ts';

const settings = z.strictObject({});

/** Prints to the terminal: to try things out, and until a real channel is configured. */
export default {
  type: 'console',
  summary: 'Prints pages to the terminal; no one is paged.',
  setup:
    'Nothing to set up. The channels `sms`, `voice`, `slack` and `email` are of this type until you configure them.',
  example: `sms: { type: console }`,
  settings,
  secrets: () => [],
  create(_settings, { show }, name) {
    return {
      type: 'console',
      async send(message) {
        show(message, name);
        return { is: 'done', value: `console-${message.code}` };
      },
    };
  },
} satisfies ChannelType<z.output<typeof settings>>;
