/** A typed reply to a page. */
export interface TypedReply {
  action: 'acknowledge' | 'resolve' | 'escalate';
  /** Beginning of the page's code, or `ALL`; absent when the reply names none. */
  which?: string;
}

const ACTIONS: Record<string, TypedReply['action']> = {
  '1': 'acknowledge',
  ACK: 'acknowledge',
  OK: 'acknowledge',
  '2': 'resolve',
  RES: 'resolve',
  RESOLVE: 'resolve',
  RESOLVED: 'resolve',
  '3': 'escalate',
  ESC: 'escalate',
  ESCALATE: 'escalate',
};

/** `1`, `ack`, `1 K7Q2`, `K7Q2 1`, `2 all`; undefined for anything else. */
export function typedReply(text: string): TypedReply | undefined {
  const words = text
    .trim()
    .toUpperCase()
    .replace(/[.,!:;]+/g, ' ')
    .split(/\s+/)
    .filter(Boolean);
  if (words.length === 0 || words.length > 2) return undefined;
  const at = words.findIndex((word) => word in ACTIONS);
  if (at === -1) return undefined;
  const action = ACTIONS[words[at]!]!;
  const which = words[1 - at];
  if (words.length === 1) return { action };
  return which !== undefined && /^[0-9A-Z]{3,12}$/.test(which) ? { action, which } : undefined;
}
