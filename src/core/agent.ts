/**
 * A process that probes for a location and reports to the monitor: invited, then enrolled once, until it is revoked. Only
 * hashes are kept: what is stored cannot be used to report. Times are Unix milliseconds.
 */
export interface Agent {
  id: string;
  location: string;
  invitedAt: number;
  invitedBy: string;
  state: AgentState;
}

export type AgentState =
  | { is: 'invited'; tokenHash: string; until: number }
  | {
      is: 'enrolled';
      secretHash: string;
      since: number;
      /** The machine that it runs on, as it says itself. */
      host: string;
      /** The last report that was taken; of one start of the agent. */
      last?: { boot: string; seq: number };
    }
  | { is: 'revoked'; at: number; by: string };

/** How long an invitation can be taken. */
export const INVITATION_MS = 24 * 3_600_000;
