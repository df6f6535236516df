import type { Reason } from './reason.ts';

/** An expected failure of something a probe leaned on, with its named reason. */
export interface Fault {
  is: 'fault';
  reason: Reason;
  message: string;
  /** The numeric address that was asked, where it came to that. */
  address?: string;
}

export const fault = (reason: Reason, message: string): Fault => ({ is: 'fault', reason, message });
