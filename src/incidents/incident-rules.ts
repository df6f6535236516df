import type { UpdateRules } from '../core/customer-updates.ts';
import type { EscalationPolicy } from '../core/escalation.ts';
import type { IncidentRules } from '../core/open-incident.ts';
import type { Priority, Target } from '../core/target.ts';
import { DESK, helpdeskFor } from '../core/ticket-route.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';

/** A ticket that is opened in the customer's name is read by the customer. */
const isTheirs = ({ customer }: Target, helpdesk: string): boolean =>
  helpdesk !== DESK && customer?.requester !== undefined;

/** What incidents and their tickets go by. */
export interface IncidentSettings {
  escalation: EscalationPolicy;
  reopenWindowMs: number;
  ackExpiresMs?: number | undefined;
  /** How customers are kept told; undefined: they are not. */
  updates?: UpdateRules | undefined;
  /** The first one that fits gets the ticket. */
  helpdesks: readonly ConfiguredHelpdesk[];
  /** Without a trailing slash. */
  publicUrl: string;
  timeZone: string;
  provider?: string | undefined;
}

/** What the config says of incidents. */
export type ConfiguredRules = Omit<IncidentRules, 'newId' | 'newCode' | 'directory'>;

export function incidentRulesOf(config: IncidentSettings): ConfiguredRules {
  const { escalation, reopenWindowMs, ackExpiresMs, helpdesks, publicUrl, timeZone, provider } = config;
  return {
    escalation,
    reopenWindowMs,
    ackExpiresMs,
    updates: config.updates,
    wording: { publicUrl, timeZone, provider },
    helpdeskFor(target: Target, priority: Priority) {
      const chosen = helpdeskFor(helpdesks, target, priority) ?? helpdesks[0]!;
      return {
        name: chosen.name,
        ...(chosen.type.type !== DESK && { holdAfterMs: chosen.fallbackAfterMs }),
        isForCustomer:
          (chosen.readBy ?? (isTheirs(target, chosen.type.type) ? 'customer' : 'team')) === 'customer',
      };
    },
  };
}
