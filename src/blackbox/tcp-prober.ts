import { findingOfFault } from '../core/fault-of-code.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import { fault, type Fault, type ProbeContext, type Wire } from '../core/check-type.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { chooseAddress } from './choose-address.ts';
import type { Gauges } from './gauges.ts';
import { splitHostPort } from './split-host-port.ts';
import type { TcpModule } from './tcp-module.ts';
import { tellTls, tlsWishOf } from './tls.ts';
import { WireLines } from './wire-lines.ts';

export async function probeTcp(
  module: TcpModule,
  target: string,
  context: ProbeContext,
  gauges: Gauges,
  hostname: string | undefined,
): Promise<Finding> {
  gauges.set('probe_failed_due_to_regex', 0);
  const place = splitHostPort(target);
  if (!place) return failed('answer', `expected host:port, got ${neutraliseLine(target, 80)}`);
  const chosen = await chooseAddress(place.host, module, context, gauges);
  if (chosen.is === 'fault') return findingOfFault(chosen);
  const wish = tlsWishOf(module.tls_config, hostname ?? place.host);
  if ('is' in wish) return findingOfFault(wish);
  const to = { host: chosen.address, port: place.port };
  const wire = await context.dial(module.tls ? { ...to, tls: wish } : to);
  if (wire.is === 'fault') return findingOfFault(wire);
  if (wire.certificate) tellTls(wire.certificate, wish.verify, gauges);
  const problem = await converse(module, wire, gauges, context, async () => {
    const refused = await wire.secure(place.host, wish);
    if (!refused && wire.certificate) tellTls(wire.certificate, wish.verify, gauges);
    return refused;
  });
  wire.close();
  return problem ? findingOfFault(problem) : good('connected');
}

async function converse(
  { query_response }: TcpModule,
  wire: Wire,
  gauges: Gauges,
  context: ProbeContext,
  startTls: () => Promise<Fault | undefined>,
): Promise<Fault | undefined> {
  let lines = new WireLines(wire);
  for (const { expect, send, starttls, labels } of query_response) {
    let groups: { group(key: number | string): string | null } | undefined;
    while (expect && !groups) {
      const line = await lines.next();
      if (typeof line === 'object') return line;
      if (line === undefined) {
        gauges.set('probe_failed_due_to_regex', 1);
        return fault('body', `no line matches ${expect.pattern()}`);
      }
      context.log(`read: ${neutraliseLine(line, 120)}`);
      const matcher = expect.matcher(line);
      if (matcher.find()) groups = matcher as unknown as NonNullable<typeof groups>;
    }
    if (groups && labels.length > 0) {
      const values = Object.fromEntries(labels.map(({ name, value }) => [name, expanded(value, groups)]));
      gauges.set('probe_expect_info', 1, values);
    }
    if (send) {
      const text = expanded(send, groups);
      context.log(`send: ${neutraliseLine(text, 120)}`);
      wire.write(`${text}\n`);
    }
    if (!starttls) continue;
    const refused = await startTls();
    if (refused) return refused;
    lines = new WireLines(wire);
  }
  return undefined;
}

/** Replaces `$1`, `${1}` and `${name}` by what the pattern found (Go, `Regexp.Expand`), or by nothing. */
function expanded(
  template: string,
  groups: { group(key: number | string): string | null } | undefined,
): string {
  if (!groups) return template;
  return template.replace(/\$\$|\$\{(\w+)\}|\$(\w+)/g, (all, braced?: string, plain?: string) => {
    const name = braced ?? plain;
    if (name === undefined) return all === '$$' ? '$' : all;
    try {
      return groups.group(/^\d+$/.test(name) ? Number(name) : name) ?? '';
    } catch {
      return '';
    }
  });
}
