import { z } from 'zod';
import { addressFields, flag, headerName, headerValue, text, tlsConfig } from './module-fields.ts';

/** The `grpc:` block of a module: gRPC's health protocol. */
export const grpcModule = z.strictObject({
  ...addressFields,
  service: text.default(''),
  tls: flag.default(false),
  tls_config: tlsConfig,
  metadata: z.record(headerName, z.union([headerValue, z.array(headerValue)])).default({}),
});

export type GrpcModule = z.output<typeof grpcModule>;
