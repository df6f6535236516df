import { z } from 'zod';
import { certificateFacts, optionProblem, type CheckType, type Destination } from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { hostPort, hostPortText } from '../src/core/host-port.ts';
import { failed, good } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { host, ip, port, trustFields, within } from './shared/fields.ts';
import { askForTls, STARTTLS_PORTS, STARTTLS_PROTOCOLS } from './shared/starttls.ts';
import { pemProblem } from './shared/pem-problem.ts';

const DAY_MS = 86_400_000;

const options = z.strictObject({
  host,
  port: port.describe('Defaults to the port in the target’s url or address, or else 443.'),
  ip,
  starttls: z
    .enum(STARTTLS_PROTOCOLS)
    .optional()
    .describe('Protocol for upgrading the connection with STARTTLS; its standard port is the default.'),
  ...trustFields,
  min_version: z.enum(['TLSv1.2', 'TLSv1.3']).optional().describe('Older protocol versions are rejected.'),
  expect: z
    .strictObject({
      valid: z.boolean().default(true).describe('Require a trusted chain and a matching name.'),
      days_left: z
        .number()
        .min(0)
        .max(3_650)
        .default(0)
        .describe('Fail with `tls-expiring` when fewer days are left.'),
      within: within.describe('A slower handshake fails with `slow`.'),
    })
    .prefault({}),
});

type Options = z.output<typeof options>;

export default {
  type: 'tls',
  summary: 'The certificate on a port is trusted, matches the name and has enough days left.',
  notes: `Fails with \`tls-expired\`, \`tls-invalid\` (chain or name), \`tls-expiring\` (fewer than \`days_left\`
days) or \`tls-handshake\`. With \`valid: false\` only the remaining days are checked, for appliances with
self-signed certificates. Give it \`priority: high\`: a certificate that expires in two weeks is no reason to wake anyone.`,
  examples: [
    { title: 'Two weeks of warning', yaml: '{ type: tls, expect: { days_left: 14 }, priority: high }' },
    { title: 'A mail server', yaml: '{ type: tls, host: mail.example.com, port: 465 }' },
    {
      title: 'A mail server with STARTTLS',
      yaml: '{ type: tls, host: mail.example.com, port: 25, starttls: smtp, expect: { days_left: 14 }, priority: high }',
    },
  ],
  options,
  prepare({ expect, ip, server_name, ca, min_version, starttls, ...own }: Options, target) {
    const usual = starttls === undefined ? 443 : STARTTLS_PORTS[starttls];
    const to = hostPort(own, target, undefined) ?? hostPort(own, target, usual);
    if (to === undefined) return optionProblem([], 'a `host` here, or an `address` or `url` on the target');
    const unreadable = pemProblem({ ca }, ['ca']);
    if (unreadable) return unreadable;
    const tls = { verify: false, serverName: server_name ?? to.host, ca, minVersion: min_version };
    return {
      is: 'prepared',
      subject: `certificate of ${to.host}:${to.port}`,
      instance: hostPortText(to),
      secrets: [],
      async probe(context) {
        const place: Destination = { ...to, family: ip ?? 0 };
        const wire = await context.dial(starttls === undefined ? { ...place, tls } : place);
        if (wire.is === 'fault') return findingOfFault(wire);
        if (starttls !== undefined) {
          const refused = (await askForTls(wire, starttls, to.host)) ?? (await wire.secure(to.host, tls));
          if (refused) {
            wire.close();
            return findingOfFault(refused);
          }
        }
        wire.close();
        const certificate = wire.certificate!;
        const measured = { phases: wire.phases, address: wire.address, ...certificateFacts(certificate) };
        const { problem, chainValidTo, endsFirst, subject, issuer } = certificate;
        // The whole chain decides: whichever certificate expires first ends the service.
        const whose =
          endsFirst === undefined
            ? `the certificate of ${subject}`
            : `the intermediate certificate ${endsFirst} behind ${subject}`;
        context.log(`certificate of ${subject}, issued by ${issuer}`);
        if (expect.valid && problem) return failed(problem.reason, problem.message, measured);
        const daysLeft = (chainValidTo - context.now()) / DAY_MS;
        const ends = new Date(chainValidTo).toISOString().slice(0, 10);
        if (daysLeft < 0) return failed('tls-expired', `${whose} expired on ${ends}`, measured);
        if (daysLeft < expect.days_left) {
          const left = `${Math.floor(daysLeft)} days left (until ${ends}), expected at least ${expect.days_left}`;
          return failed('tls-expiring', `${whose} has ${left}`, measured);
        }
        return (
          tooSlow(context.elapsedMs(), expect.within, measured) ??
          good(`valid for another ${Math.floor(daysLeft)} days`, measured)
        );
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
