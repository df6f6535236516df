import { isIPv6 } from 'node:net';
import type { Config } from './config.ts';

/** Where the monitor of that config is reached from this machine. */
export const localUrl = ({ host, port }: Config['listen'], hasTls = false): string => {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http${hasTls ? 's' : ''}://${isIPv6(name) ? `[${name}]` : name}:${port}`;
};

/** Whether nobody but this machine reaches it. */
export const isLocalHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\./.test(host);
