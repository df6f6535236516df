import { z } from 'zod';
import { addressFields, flag, refused } from './module-fields.ts';

/** blackbox_exporter's default: 28 bytes. */
const DEFAULT_PAYLOAD_BYTES = 28;

/** The `icmp:` block of a module. */
export const icmpModule = z.strictObject({
  ...addressFields,
  source_ip_address: refused('the system chooses the address'),
  payload_size: z
    .union([z.literal(0), z.int().min(8).max(1_400)], { error: '0, or 8 to 1400 bytes' })
    .default(0)
    .transform((bytes) => bytes || DEFAULT_PAYLOAD_BYTES),
  dont_fragment: flag.default(false),
  ttl: z.int().min(0).max(255).default(64),
});

export type IcmpModule = z.output<typeof icmpModule>;
