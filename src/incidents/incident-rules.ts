import type { UpdateRules } from '../core/customer-updates.ts';
import type { EscalationPolicy } from '../core/escalation.ts';
import type { IncidentRules } from '../core/open-incident.ts';
import type { Priority, Target } from '../core/target.ts';
import { DESK, helpdeskFor } from '../core/ticket-route.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';

/** Whether the ticket is opened in the customer's name, so that the customer reads it. */
const isTheirs = ({ customer }: Target, helpdesk: string): boolean =>
  helpdesk !== DESK && customer?.requester !== undefined;

/** Settings for incidents and their tickets. */
export interface IncidentSettings {
  escalation: EscalationPolicy;
  reopenWindowMs: number;
  ackExpiresMs?: number | undefined;
  /** How customers are kept informed; undefined: they are not. */
  updates?: UpdateRules | undefined;
  /** The first one that matches gets the ticket. */
  helpdesks: readonly ConfiguredHelpdesk[];
  /** Without a trailing slash. */
  publicUrl: string;
  timeZone: string;
  provider?: string | undefined;
}

/** The rules for incidents that come from the config. */
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
