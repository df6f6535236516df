import { z } from 'zod';
import { certificateFacts, optionProblem, type CheckType } from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { hostPort, hostPortText } from '../src/core/host-port.ts';
import { failed, good } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { host, ip, port, secret, trustFields, within } from './shared/fields.ts';
import { askHealth, failedCallText, metadataSecrets } from './shared/grpc-health.ts';
import { pemProblem } from './shared/pem-problem.ts';

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: the metadata that a call may carry. */
const METADATA_NAME = /^(?!grpc-)(?!.*-bin$)[0-9a-z_.-]{1,100}$/;
const METADATA_VALUE = /^[\x20-\x7e]*$/;

const options = z.strictObject({
  host,
  port: port.describe('Required unless the target’s url or address has one.'),
  ip,
  tls: z.boolean().default(false).describe('Use TLS; the certificate is verified.'),
  ...trustFields,
  service: z
    .string()
    .max(1_000)
    .default('')
    .describe('Name of the service to ask about; empty asks about the server as a whole.'),
  metadata: z
    .record(
      z.string().regex(METADATA_NAME, 'a name in lower case, such as `authorization`'),
      secret.max(8_000).regex(METADATA_VALUE, 'visible ASCII characters'),
    )
    .default({})
    .describe('Metadata sent with the call, such as `authorization`; the values are kept secret.'),
  expect: z.strictObject({ within }).default({}),
});

type Options = z.output<typeof options>;

export default {
  type: 'grpc',
  summary: 'A gRPC server says that it, or one of its services, is serving.',
  notes: `Calls \`Check\` of the [health protocol](https://grpc.io/docs/guides/health-checking/) once over a new
connection. Fails with \`status\` when the service is not \`SERVING\` or the call fails (the message has the gRPC code), with
\`protocol\` when the answer is not gRPC, with the reason of the connection (\`refused\`, \`timeout\`, \`tls-invalid\`, …), and
with \`slow\` beyond \`within\`.`,
  examples: [
    { title: 'A server is healthy', yaml: '{ type: grpc, port: 50051 }' },
    {
      title: 'One service of it, with TLS and a token',
      yaml: '{ type: grpc, port: 443, tls: true, service: shop.Orders, metadata: { authorization: "Bearer ${API_TOKEN:-token}" } }',
    },
  ],
  options,
  prepare({ service, metadata, tls, ca, server_name, ip, expect, ...own }: Options, target) {
    const to = hostPort(own, target);
    if (to === undefined)
      return optionProblem([], 'a `port`, and a `host` here or an `address` or `url` on the target');
    const unreadable = pemProblem({ ca }, ['ca']);
    if (unreadable) return unreadable;
    if (!tls && (ca ?? server_name) !== undefined)
      return optionProblem([ca === undefined ? 'server_name' : 'ca'], '`tls: true` beside it');
    const place = hostPortText(to);
    const destination = {
      ...to,
      family: ip ?? 0,
      ...(tls && { tls: { verify: true, serverName: server_name ?? to.host, ca, alpn: ['h2'] } }),
    } as const;
    return {
      is: 'prepared',
      subject: `grpc://${place}${service === '' ? '' : `/${service}`}`,
      instance: place,
      secrets: metadataSecrets(metadata),
      async probe(context) {
        const wire = await context.dial(destination);
        if (wire.is === 'fault') return findingOfFault(wire);
        const measured = {
          phases: wire.phases,
          address: wire.address,
          ...certificateFacts(wire.certificate),
        };
        const answer = await askHealth(wire, { authority: place, isTls: tls, service, metadata }, context);
        wire.close();
        if (answer.is === 'fault') return findingOfFault(answer, measured);
        if (answer.is === 'failed-call') return failed('status', failedCallText(answer, service), measured);
        context.log(`the health service says ${answer.status}`);
        if (answer.status !== 'SERVING')
          return failed('status', `the health service says ${answer.status}`, measured);
        return tooSlow(context.elapsedMs(), expect.within, measured) ?? good('serving', measured);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
