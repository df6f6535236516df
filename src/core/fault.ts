import type { Reason } from './reason.ts';

/** An expected failure of something that a probe relies on, with its named reason. */
export interface Fault {
  is: 'fault';
  reason: Reason;
  message: string;
  /** The numeric address that was contacted, if it came to that. */
  address?: string;
}

export const fault = (reason: Reason, message: string): Fault => ({ is: 'fault', reason, message });
