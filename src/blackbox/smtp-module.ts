import { z } from 'zod';
import { addressFields, text, tlsConfig } from './module-fields.ts';

/** The `smtp:` block of a module, which blackbox_exporter lacks: for people who probe mail servers by Prometheus. */
export const smtpModule = z
  .strictObject({
    ...addressFields,
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    tls_config: tlsConfig,
    hello: text
      .refine((name) => /^[A-Za-z0-9.:[\]-]{1,255}$/.test(name), 'a host name')
      .default('watchdesk.invalid'),
    user: text.optional(),
    password: text.optional(),
    accepts: text
      .refine((address) => /^[^\s<>]{1,64}@[^\s<>@]{1,255}$/.test(address), 'an email address')
      .optional(),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    message: '`user` together with `password`',
  });

export type SmtpModule = z.output<typeof smtpModule>;
