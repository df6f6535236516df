import { findingOfFault } from '../core/fault-of-code.ts';
import { good, type Finding } from '../core/probe-result.ts';
import type { ProbeContext } from '../core/check-type.ts';
import { chooseAddress } from './choose-address.ts';
import { inSeconds, type Gauges } from './gauges.ts';
import type { IcmpModule } from './icmp-module.ts';

export async function probeIcmp(
  module: IcmpModule,
  target: string,
  context: ProbeContext,
  gauges: Gauges,
): Promise<Finding> {
  for (const phase of ['resolve', 'setup', 'rtt']) gauges.set('probe_icmp_duration_seconds', 0, { phase });
  const chosen = await chooseAddress(target, module, context, gauges);
  if (chosen.is === 'fault') return findingOfFault(chosen);
  gauges.set('probe_icmp_duration_seconds', inSeconds(chosen.tookMs), { phase: 'resolve' });
  const echoed = await context.echo(chosen.address, context.remainingMs(), {
    ...(module.ttl !== 0 && { ttl: module.ttl }),
    payloadBytes: module.payload_size,
    dontFragment: module.dont_fragment && !chosen.address.includes(':'),
  });
  if (echoed.is === 'fault') return findingOfFault(echoed);
  gauges.set('probe_icmp_duration_seconds', inSeconds(echoed.roundTripMs), { phase: 'rtt' });
  if (echoed.hopLimit !== undefined) gauges.set('probe_icmp_reply_hop_limit', echoed.hopLimit);
  return good('reply');
}
