import { z } from 'zod';
import { addressFields, flag, pattern, refused, text, tlsConfig } from './module-fields.ts';

const line = z.strictObject({
  expect: pattern.optional(),
  expect_bytes: refused('`expect` takes a pattern'),
  send: text.optional(),
  starttls: flag.default(false),
  labels: z
    .array(z.strictObject({ name: z.string().regex(/^[a-zA-Z_]\w*$/, 'a label name'), value: text }))
    .default([]),
});

/** The `tcp:` block of a module. */
export const tcpModule = z.strictObject({
  ...addressFields,
  source_ip_address: refused('the system chooses the address'),
  query_response: z.array(line).default([]),
  tls: flag.default(false),
  tls_config: tlsConfig,
});

export type TcpModule = z.output<typeof tcpModule>;
