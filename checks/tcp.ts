import { z } from 'zod';
import { certificateFacts, optionProblem, type CheckType } from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { hostPort, hostPortText } from '../src/core/host-port.ts';
import { neutraliseLine } from '../src/core/neutralise.ts';
import { failed, good } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { host, ip, port, within } from './shared/fields.ts';

const ANSWER_LIMIT = 64 * 1024;

const options = z.strictObject({
  host,
  port: port.describe('Required unless the target’s url or address has one.'),
  ip,
  tls: z.boolean().default(false).describe('Use TLS from the first byte; the certificate is verified.'),
  send: z
    .string()
    .max(65_536)
    .optional()
    .describe('Text to send once connected; `\\r\\n` in double quotes ends a line.'),
  expect: z
    .strictObject({
      banner: z.string().min(1).optional().describe('Text that the server must send.'),
      within,
    })
    .default({}),
});

type Options = z.output<typeof options>;

export default {
  type: 'tcp',
  summary: 'A TCP connection is accepted and, if configured, the expected text comes back.',
  notes: `Fails with \`refused\`, \`timeout\`, \`unreachable\` or \`reset\` when the connection fails, with
\`body\` when the expected text has not arrived by the deadline, the end of the connection or 64 KiB, and with
\`slow\` beyond \`within\`. The connection is closed immediately afterwards.`,
  examples: [
    { title: 'A port accepts connections', yaml: '{ type: tcp, port: 5432 }' },
    { title: 'Remote Desktop accepts connections', yaml: '{ type: tcp, port: 3389 }' },
    {
      title: 'A mail server sends its greeting',
      yaml: '{ type: tcp, port: 25, expect: { banner: "220 ", within: 3s } }',
    },
    {
      title: 'Redis responds',
      yaml: '{ type: tcp, port: 6379, send: "PING\\r\\n", expect: { banner: "+PONG" } }',
    },
  ],
  options,
  prepare({ send, ip, tls, expect, ...own }: Options, target) {
    const to = hostPort(own, target);
    if (to === undefined)
      return optionProblem([], 'a `port`, and a `host` here or an `address` or `url` on the target');
    const destination = { ...to, family: ip ?? 0, ...(tls && { tls: { verify: true } }) } as const;
    return {
      is: 'prepared',
      subject: `${tls ? 'tls' : 'tcp'}://${hostPortText(to)}`,
      instance: hostPortText(to),
      secrets: [],
      async probe(context) {
        const wire = await context.dial(destination);
        if (wire.is === 'fault') return findingOfFault(wire);
        const measured = {
          phases: wire.phases,
          address: wire.address,
          ...certificateFacts(wire.certificate),
        };
        if (send !== undefined) wire.write(send);
        if (expect.banner !== undefined) {
          let heard = '';
          const decoder = new TextDecoder();
          while (!heard.includes(expect.banner)) {
            const piece = await wire.read();
            if (Buffer.isBuffer(piece)) heard += decoder.decode(piece, { stream: true });
            const over = piece === 'end' || heard.length > ANSWER_LIMIT;
            if (!Buffer.isBuffer(piece) && piece !== 'end') {
              wire.close();
              return findingOfFault(piece, measured);
            }
            if (over && !heard.includes(expect.banner)) {
              wire.close();
              const said = heard === '' ? 'nothing' : `"${neutraliseLine(heard, 80)}"`;
              return failed('body', `expected "${neutraliseLine(expect.banner, 80)}", got ${said}`, measured);
            }
          }
          context.log('received the expected text');
        }
        wire.close();
        return tooSlow(context.elapsedMs(), expect.within, measured) ?? good('connected', measured);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
