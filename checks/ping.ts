import { z } from 'zod';
import { optionProblem, type CheckType } from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { hostPort } from '../src/core/host-port.ts';
import { failed, good } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { host, ip, within } from './shared/fields.ts';

const options = z.strictObject({
  host,
  ip,
  packets: z.int().min(1).max(20).default(1).describe('Echo requests to send, one after another.'),
  expect: z
    .strictObject({
      loss: z.number().min(0).max(0.99).default(0).describe('Share of packets that may be lost, 0 to 0.99.'),
      within: within.describe('A longer mean round trip fails with `slow`.'),
    })
    .prefault({}),
});

type Options = z.output<typeof options>;

export default {
  type: 'ping',
  summary: 'A host answers ICMP echo requests, fast enough and without too much packet loss.',
  notes: `Fails with \`no-reply\` when nothing comes back, \`loss\` when too many packets are lost, \`unreachable\` when
a router says so, and \`slow\` beyond \`within\`. The packets share the check's timeout.

How echo requests are sent is decided at start and logged: one ICMP socket for all targets where the system
allows it (Linux: \`net.ipv4.ping_group_range\` or \`CAP_NET_RAW\`; macOS: always), otherwise the system's \`ping\`
command through the \`ping\` package. On a machine with neither, the check is \`unknown\`, never \`down\`.`,
  examples: [
    { title: 'A router responds', yaml: '{ type: ping }' },
    {
      title: 'Line quality',
      yaml: '{ type: ping, packets: 5, expect: { loss: 0.2, within: 80ms } }',
    },
  ],
  options,
  prepare({ host, ip, packets, expect }: Options, target) {
    const to = hostPort({ host }, target, 1);
    if (to === undefined) return optionProblem([], 'a `host` here, or an `address` or `url` on the target');
    return {
      is: 'prepared',
      subject: `ping ${to.host}`,
      instance: to.host,
      secrets: [],
      async probe(context) {
        const resolved = await context.resolve(to.host, ip ?? 0);
        if (resolved.is === 'fault') return findingOfFault(resolved);
        const address = resolved.addresses[0]!;
        const roundTrips: number[] = [];
        let lastFault = 'no reply';
        for (let packet = 0; packet < packets; packet++) {
          const share = context.remainingMs() / (packets - packet);
          // The last echo must be judged before the check's deadline.
          const echoed = await context.echo(address, Math.max(1, share - Math.min(50, share / 10)));
          if (echoed.is === 'echoed') {
            roundTrips.push(echoed.roundTripMs);
            if (packets > 1) context.log(`packet ${packet + 1}: ${echoed.roundTripMs.toFixed(2)} ms`);
          } else if (echoed.reason === 'internal' || echoed.reason === 'unreachable') {
            return findingOfFault(echoed);
          } else {
            lastFault = echoed.message;
            context.log(`packet ${packet + 1}: ${echoed.message}`);
          }
        }
        const packetLoss = 1 - roundTrips.length / packets;
        const mean = roundTrips.reduce((sum, ms) => sum + ms, 0) / roundTrips.length;
        const phases = resolved.tookMs > 0 ? { resolve: resolved.tookMs } : {};
        if (roundTrips.length === 0) {
          return failed('no-reply', `no reply from ${address}: ${lastFault}`, {
            packetLoss,
            phases,
            address,
          });
        }
        const measured = { roundTripMs: mean, packetLoss, phases, address };
        if (packetLoss > expect.loss) {
          const lost = `${packets - roundTrips.length} of ${packets} packets lost`;
          return failed('loss', `${lost}, allowed ${Math.round(expect.loss * 100)} %`, measured);
        }
        return tooSlow(mean, expect.within, measured) ?? good(`${mean.toFixed(2)} ms`, measured);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
