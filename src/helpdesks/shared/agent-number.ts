import type { Outcome } from '../../core/effect.ts';

/** For a helpdesk that identifies agents by number: anything else would take the ticket from its assignee. */
export async function withAgentNumber(
  service: string,
  agent: string,
  work: (number: number) => Promise<Outcome<string>>,
): Promise<Outcome<string>> {
  const number = Number(agent);
  if (Number.isSafeInteger(number) && number > 0) return work(number);
  return { is: 'permanent', why: `${service} identifies agents by number, but \`people\` has "${agent}"` };
}
