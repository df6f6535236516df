import { askHealth, failedCallText, SERVING_STATUSES } from '../../checks/shared/grpc-health.ts';
import type { ProbeContext } from '../core/check-type.ts';
import { findingOfFault } from '../core/fault-of-code.ts';
import { hostPortText } from '../core/host-port.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import type { Reason } from '../core/reason.ts';
import { chooseAddress } from './choose-address.ts';
import { inSeconds, type Gauges } from './gauges.ts';
import type { GrpcModule } from './grpc-module.ts';
import { grpcTarget } from './grpc-target.ts';
import { tellShown, tlsWishOf } from './tls.ts';

const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

export async function probeGrpc(
  module: GrpcModule,
  target: string,
  context: ProbeContext,
  gauges: Gauges,
  hostname: string | undefined,
): Promise<Finding> {
  const { tls, tls_config, service, metadata } = module;
  gauges.set('probe_grpc_ssl', 0);
  gauges.set('probe_grpc_status_code', 0);
  gauges.set('probe_ssl_earliest_cert_expiry', 0);
  gauges.set('probe_grpc_duration_seconds', 0, { phase: 'resolve' });
  const place = grpcTarget(target, tls);
  if (!place) return failed('answer', `expected host:port, got ${neutraliseLine(target, 80)}`);
  const chosen = await chooseAddress(place.host, module, context, gauges);
  if (chosen.is === 'fault') return findingOfFault(chosen);
  gauges.set('probe_grpc_duration_seconds', inSeconds(chosen.tookMs), { phase: 'resolve' });
  const wish = tlsWishOf(tls_config, hostname ?? place.host);
  if ('is' in wish) return findingOfFault(wish);
  const startedAt = context.elapsedMs();
  const ended = () => {
    const tookMs = context.elapsedMs() - startedAt;
    gauges.set('probe_grpc_duration_seconds', inSeconds(tookMs), { phase: 'check' });
    for (const name of SERVING_STATUSES)
      gauges.set('probe_grpc_healthcheck_response', 0, { serving_status: name });
  };
  const to = { host: chosen.address, port: place.port };
  const wire = await context.dial(tls ? { ...to, tls: { ...wish, alpn: ['h2'] } } : to);
  if (wire.is === 'fault') {
    ended();
    gauges.set('probe_grpc_status_code', codeOfFault(wire.reason));
    return findingOfFault(wire);
  }
  const authority = hostPortText(place);
  const sent = Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
  const answer = await askHealth(wire, { authority, isTls: tls, service, metadata: sent }, context);
  wire.close();
  ended();
  if (answer.is === 'fault') {
    gauges.set('probe_grpc_status_code', codeOfFault(answer.reason));
    return findingOfFault(answer);
  }
  gauges.set('probe_grpc_status_code', answer.code);
  if (answer.is === 'failed-call') return failed('status', failedCallText(answer, service));
  if (wire.certificate) {
    gauges.set('probe_grpc_ssl', 1);
    tellShown(wire.certificate, gauges);
  }
  gauges.set('probe_grpc_healthcheck_response', 1, { serving_status: answer.status });
  return answer.status === 'SERVING'
    ? good('serving')
    : failed('status', `the health service says ${answer.status}`);
}

/** The gRPC code for a connection or a response that fails. */
const codeOfFault = (reason: Reason): number => (reason === 'timeout' ? DEADLINE_EXCEEDED : UNAVAILABLE);
