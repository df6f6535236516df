import { z } from 'zod';
import { metadataSecrets } from '../../checks/shared/grpc-health.ts';
import { loginSecrets } from '../../checks/shared/smtp-session.ts';
import { secretsInUrl } from '../core/display-url.ts';
import { httpModule } from './http-module.ts';
import { dnsModule } from './dns-module.ts';
import { grpcModule } from './grpc-module.ts';
import { icmpModule } from './icmp-module.ts';
import { goDuration } from './module-fields.ts';
import { smtpModule } from './smtp-module.ts';
import { tcpModule } from './tcp-module.ts';

/** A prober's block may be empty: its defaults are used then. */
const block = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((given) => given ?? {}, schema as z.ZodType<z.output<Schema>>);

export const PROBERS = ['http', 'tcp', 'icmp', 'dns', 'grpc', 'smtp'] as const;

const moduleSchema = z
  .strictObject({
    prober: z.custom<(typeof PROBERS)[number]>((name) => PROBERS.some((prober) => prober === name), {
      error: `one of ${PROBERS.join(', ')}: Watchdesk has no other probers; remove the module`,
    }),
    timeout: goDuration.optional(),
    http: block(httpModule).optional(),
    tcp: block(tcpModule).optional(),
    icmp: block(icmpModule).optional(),
    dns: z.unknown().optional(),
    grpc: block(grpcModule).optional(),
    smtp: block(smtpModule).optional(),
    unix: z.unknown().optional(),
    websocket: z.unknown().optional(),
  })
  .transform((given, context) => {
    const timeoutMs = given.timeout;
    switch (given.prober) {
      case 'http':
        return { prober: 'http', timeoutMs, http: given.http ?? httpModule.parse({}) } as const;
      case 'tcp':
        return { prober: 'tcp', timeoutMs, tcp: given.tcp ?? tcpModule.parse({}) } as const;
      case 'icmp':
        return { prober: 'icmp', timeoutMs, icmp: given.icmp ?? icmpModule.parse({}) } as const;
      case 'grpc':
        return { prober: 'grpc', timeoutMs, grpc: given.grpc ?? grpcModule.parse({}) } as const;
      case 'smtp':
        return { prober: 'smtp', timeoutMs, smtp: given.smtp ?? smtpModule.parse({}) } as const;
      case 'dns': {
        // Without a `dns:` block, the root is queried; a block must name something.
        const dns = dnsModule.safeParse(given.dns ?? { query_name: '.' });
        if (dns.success) return { prober: 'dns', timeoutMs, dns: dns.data } as const;
        for (const issue of dns.error.issues)
          context.issues.push({ ...issue, path: ['dns', ...issue.path], input: given.dns } as never);
        return z.NEVER;
      }
    }
  });

/** `blackbox.yml` of blackbox_exporter; each module is parsed separately. */
export const blackboxFileSchema = z.strictObject({
  modules: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((given) => given ?? {}),
});

/** One module, a mapping. An empty value counts as none, as in Go. */
export const blackboxModuleSchema = z.preprocess(
  withoutEmpty,
  moduleSchema as z.ZodType<z.output<typeof moduleSchema>>,
);

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(item) ?? {});
  if (value === null || typeof value !== 'object') return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) => (below === null ? [] : [[key, withoutEmpty(below)]])),
  );
}

export type BlackboxModule = z.output<typeof moduleSchema>;

const BLOCKS = {
  http: httpModule,
  tcp: tcpModule,
  icmp: icmpModule,
  dns: dnsModule,
  grpc: grpcModule,
  smtp: smtpModule,
} as const;

/** The known keys at a path of the file. */
export function knownModuleKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return ['modules'];
  if (path.length === 2) return ['prober', 'timeout', ...PROBERS];
  const block = BLOCKS[path[2] as keyof typeof BLOCKS];
  return block && path.length === 3 ? Object.keys(block.shape) : [];
}

/** The secrets of a module, for redaction. */
export function secretsOfModule(module: BlackboxModule): string[] {
  if (module.prober === 'grpc') return metadataSecrets(module.grpc.metadata);
  if (module.prober === 'smtp') {
    const { user, password } = module.smtp;
    return user === undefined || password === undefined ? [] : loginSecrets({ user, password });
  }
  if (module.prober !== 'http') return [];
  const { basic_auth, authorization, bearer_token, headers, proxy_url } = module.http;
  return [
    basic_auth?.password,
    authorization?.credentials,
    bearer_token,
    ...Object.entries(headers).flatMap(([name, value]) =>
      /authorization|cookie|key|token|secret/i.test(name) ? [value] : [],
    ),
    ...(proxy_url === undefined ? [] : secretsInUrl(proxy_url)),
  ].flatMap((secret) => secret || []);
}
