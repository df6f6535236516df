import type { Prepared, ProbeContext } from '../core/check-type.ts';
import { secretsInUrl } from '../core/display-url.ts';
import type { Finding } from '../core/probe-result.ts';
import { probeDns } from './dns-prober.ts';
import { Gauges } from './gauges.ts';
import { probeGrpc } from './grpc-prober.ts';
import { probeHttp } from './http-prober.ts';
import { probeIcmp } from './icmp-prober.ts';
import { secretsOfModule, type BlackboxModule } from './module-schema.ts';
import { probeSmtp } from './smtp-prober.ts';
import { probeTcp } from './tcp-prober.ts';

export interface BlackboxProbe {
  prepared: Prepared;
  /** The metrics of the probe, filled in while it runs. */
  gauges: Gauges;
}

/** A probe as blackbox_exporter makes it: `target` is the `target` parameter of the query. */
export function blackboxProbe(module: BlackboxModule, target: string, hostname?: string): BlackboxProbe {
  const gauges = new Gauges();
  const inTarget = module.prober === 'http' && URL.canParse(target) ? secretsInUrl(target) : [];
  const probe = (context: ProbeContext): Promise<Finding> => {
    switch (module.prober) {
      case 'http':
        return probeHttp(module.http, target, context, gauges, hostname);
      case 'tcp':
        return probeTcp(module.tcp, target, context, gauges, hostname);
      case 'icmp':
        return probeIcmp(module.icmp, target, context, gauges);
      case 'grpc':
        return probeGrpc(module.grpc, target, context, gauges, hostname);
      case 'smtp':
        return probeSmtp(module.smtp, target, context, gauges, hostname);
      case 'dns':
        return probeDns(module.dns, target, context, gauges);
    }
  };
  const secrets = [...secretsOfModule(module), ...inTarget];
  return { prepared: { is: 'prepared', subject: target, secrets, probe }, gauges };
}

const PROMETHEUS_WAITS_S = 120;
const WAY_BACK_S = 0.5;

/**
 * How long a probe may take: the scrape timeout that Prometheus states, less the time for the response, or the module's
 * own timeout where that is shorter. Milliseconds; 0 when there is no time at all.
 */
export function probeTimeoutMs(
  scrapeTimeoutS: number | undefined,
  moduleTimeoutMs: number | undefined,
): number {
  const most = ((scrapeTimeoutS || PROMETHEUS_WAITS_S) - WAY_BACK_S) * 1_000;
  const own = moduleTimeoutMs ?? 0;
  return Math.max(0, (own > 0 && own < most) || most < 0 ? own : most);
}
