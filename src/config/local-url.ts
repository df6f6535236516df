import { isIPv6 } from 'node:net';
import type { Config } from './config.ts';

/** The URL at which this machine reaches the monitor of that config. */
export const localUrl = ({ host, port }: Config['listen'], hasTls = false): string => {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http${hasTls ? 's' : ''}://${isIPv6(name) ? `[${name}]` : name}:${port}`;
};

/** Whether only this machine can reach it. */
export const isLocalHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\./.test(host);
