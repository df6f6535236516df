import type { TellingRules } from './customer-updates.ts';
import { hasNews } from './customer-updates.ts';
import { customerText, DEFAULT_TEMPLATES } from './customer-text.ts';
import type { Recipient } from './effect.ts';
import { failingTargets, isOpen, workedBy, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';

/** The cause lies with a third party, says a human: it is written to, and the ticket says how to call it. */
export function involveVendor(
  incident: Incident,
  { by, text }: { by: string; text?: string },
  now: number,
  rules: TellingRules,
): Decision {
  const draft = new IncidentDraft(incident, now);
  if (!isOpen(incident)) return draft.done('already-resolved');
  const targets = [...new Set([incident.target, ...failingTargets(incident)])];
  const own = targets.flatMap((target) => {
    const vendor = rules.directory.vendorOf(target);
    return vendor ? [{ target, vendor }] : [];
  })[0];
  if (!own) return draft.done('no-vendor');
  const { name, email, phone } = own.vendor;
  const who = rules.directory.nameOf(by);
  draft.set({ status: workedBy(incident.status, by, now), vendor: { name, by, at: now } });
  hasNews(draft, now);
  const mail = rules.directory.mailChannel();
  const isWritten = email !== undefined && mail !== undefined;
  if (isWritten) {
    const theirs = targets.filter((target) => rules.directory.vendorOf(target)?.name === name);
    const templates = rules.updates?.templates ?? DEFAULT_TEMPLATES;
    const facts = { incident: draft.incident, targets: theirs, now, timeZone: rules.wording.timeZone };
    const { subject, body } = customerText(templates, 'vendor', { ...facts, vendor: name, text });
    const to: Recipient = { is: 'vendor', name: own.target };
    const occasion = { is: 'vendor', subject, text: body } as const;
    draft.message('notice', { to, via: mail, code: rules.newCode(), occasion });
  }
  const call = phone ? ` Call ${phone}.` : '';
  const how = isWritten
    ? `${name} has been emailed.${call}`
    : call
      ? `${name}:${call}`
      : `No contact details are configured for ${name}.`;
  draft.event('vendor-involved', `${who} involved the vendor ${name}. ${how}`, { by });
  draft.ticket('ticket.note', {
    body: `${who} involved the vendor ${name}${text ? `: ${text}` : '.'} ${how}`,
  });
  return draft.done('vendor-involved');
}
