import { acknowledge, addNote } from './answer-incident.ts';
import { resolveByHand } from './close-incident.ts';
import { setEstimate, type TellingRules } from './customer-updates.ts';
import { escalateNow } from './escalate.ts';
import type { Incident } from './incident.ts';
import type { Decision } from './incident-draft.ts';
import { involveVendor } from './involve-vendor.ts';

/** Actions of a human on an incident, by whatever way they come in. */
export type HumanAction =
  | { is: 'acknowledge'; text?: string }
  | { is: 'escalate' }
  | { is: 'resolve'; text?: string }
  | { is: 'note'; text: string; isPublic?: boolean }
  /** The estimated end, Unix milliseconds. */
  | { is: 'estimate'; at: number; text?: string }
  /** The target's vendor is responsible for the cause. */
  | { is: 'vendor'; text?: string };

export function decideAction(
  incident: Incident,
  by: string,
  action: HumanAction,
  now: number,
  rules: TellingRules,
): Decision {
  switch (action.is) {
    case 'acknowledge':
      return acknowledge(incident, by, action.text, now, rules.directory);
    case 'escalate':
      return escalateNow(incident, by, now, rules);
    case 'resolve':
      return resolveByHand(incident, by, action.text, now, rules);
    case 'note':
      return addNote(incident, { by, ...action }, now, rules);
    case 'estimate':
      return setEstimate(incident, { by, ...action }, now, rules);
    case 'vendor':
      return involveVendor(incident, { by, ...action }, now, rules);
  }
}
