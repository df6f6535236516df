import { smtpSession } from '../../checks/shared/smtp-session.ts';
import type { ProbeContext } from '../core/check-type.ts';
import { findingOfFault } from '../core/fault-of-code.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import { chooseAddress } from './choose-address.ts';
import type { Gauges } from './gauges.ts';
import type { SmtpModule } from './smtp-module.ts';
import { splitHostPort } from './split-host-port.ts';
import { tellTls, tlsWishOf } from './tls.ts';

export async function probeSmtp(
  module: SmtpModule,
  target: string,
  context: ProbeContext,
  gauges: Gauges,
  hostname: string | undefined,
): Promise<Finding> {
  const { tls, tls_config, hello, user, password, accepts } = module;
  const place = splitHostPort(target);
  if (!place) return failed('answer', `expected host:port, got ${neutraliseLine(target, 80)}`);
  const chosen = await chooseAddress(place.host, module, context, gauges);
  if (chosen.is === 'fault') return findingOfFault(chosen);
  const wish = tlsWishOf(tls_config, hostname ?? place.host);
  if ('is' in wish) return findingOfFault(wish);
  const to = { host: chosen.address, port: place.port };
  const wire = await context.dial(tls === 'implicit' ? { ...to, tls: wish } : to);
  if (wire.is === 'fault') return findingOfFault(wire);
  const answer = await smtpSession(wire, {
    host: place.host,
    helloName: hello,
    ...(tls === 'starttls' && { startTls: wish }),
    ...(user !== undefined && password !== undefined && { login: { user, password } }),
    ...(accepts !== undefined && { recipient: { from: '', to: accepts } }),
    log: (text) => context.log(text),
  });
  wire.close();
  if (wire.certificate) tellTls(wire.certificate, wish.verify, gauges);
  return answer.is === 'refused' ? findingOfFault(answer.why) : good('ready for mail');
}
