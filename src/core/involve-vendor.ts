import type { TellingRules } from './customer-updates.ts';
import { hasNews } from './customer-updates.ts';
import { customerText } from './customer-text.ts';
import type { Recipient } from './effect.ts';
import { failingTargets, isOpen, workedBy, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { say } from '../text/say.ts';

/** A human names the vendor as the cause: Watchdesk writes to the vendor, and the ticket gets the phone number. */
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
  draft.set({ status: workedBy(incident.status, by, now) });
  draft.setEpisode({ vendor: { name, by, at: now } });
  hasNews(draft, now);
  const mail = rules.directory.mailChannel();
  const isWritten = email !== undefined && mail !== undefined;
  if (isWritten) {
    const theirs = targets.filter((target) => rules.directory.vendorOf(target)?.name === name);
    const templates = rules.updates?.templates ?? {};
    const { timeZone, provider } = rules.wording;
    const facts = { incident: draft.incident, targets: theirs, provider, now, timeZone };
    const { subject, body } = customerText(templates, 'vendor', { ...facts, vendor: name, text });
    const to: Recipient = { is: 'vendor', name: own.target };
    const occasion = { is: 'vendor', subject, text: body } as const;
    draft.message('notice', { to, via: mail, code: rules.newCode(), occasion });
  }
  const reached = isWritten ? (phone ? 'both' : 'mail') : phone ? 'phone' : 'none';
  draft.event(
    'vendor-involved',
    say('timeline.vendor-involved', { person: who, vendor: name, reached, phone: phone ?? '' }),
    { by },
  );
  draft.ticket('ticket.note', {
    body: say('ticket-text.vendor-involved', {
      person: who,
      vendor: name,
      said: text ? 'yes' : 'no',
      text: text ?? '',
      reached,
      phone: phone ?? '',
    }),
  });
  return draft.done('vendor-involved');
}
