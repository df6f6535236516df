import type { DeskAction } from '../core/desk/desk-action.ts';
import type { DeskTicket } from '../core/desk/desk-ticket.ts';
import { say } from '../text/say.ts';
import { HttpProblem } from './problem.ts';
import type { WebSources } from './sources.ts';

/** The names already on the ticket, and the acting user: neither has to exist in the config. */
interface Known {
  ticket?: DeskTicket;
  by?: string;
}

type NameKind = 'customer' | 'type' | 'category' | 'team' | 'field' | 'person';

/** Names in an action must exist: a misspelt customer has no plan, and an unknown assignee answers nobody. */
export async function checkNames(
  action: DeskAction,
  { ticket, by }: Known,
  sources: WebSources,
): Promise<void> {
  const { config, access, office } = sources;
  const { customers, people, teams, deskSettings } = config();
  const { rules } = deskSettings;
  const refuse = (kind: NameKind, name: string, given: Iterable<string>) => {
    const known = [...given].slice(0, 20);
    throw new HttpProblem(
      422,
      say('desk.unknown-name'),
      say(`desk.no-such-${kind}`, { name, known: known.length, names: known.join(', ') }),
    );
  };
  if (action.is === 'change') {
    const { customer, type, category, team, fields = {} } = action.change;
    const categories = rules.categories.map(({ name }) => name);
    const fieldNames = rules.fields.map(({ name }) => name);
    const check = (kind: NameKind, name: string | undefined, before: string | undefined, known: string[]) => {
      if (name !== undefined && name !== before && !known.includes(name)) refuse(kind, name, known);
    };
    check('customer', customer, ticket?.customer, [...customers.keys()]);
    check('type', type, ticket?.type, [...rules.types]);
    check('category', category, ticket?.category, categories);
    check('team', team, ticket?.team, [...teams.keys()]);
    for (const name of Object.keys(fields)) if (!fieldNames.includes(name)) refuse('field', name, fieldNames);
  }
  if (action.is === 'assign' && action.to !== undefined && action.to !== by) {
    const { to } = action;
    if (!people.has(to) && access.user(to) === undefined) refuse('person', to, people.keys());
  }
  if (action.is === 'link' && action.kind === 'related' && !(await office.desk.ticket(Number(action.to))))
    throw new HttpProblem(422, say('desk.unknown-ticket'), say('desk.no-ticket', { number: action.to }));
}

export function checkCustomer(name: string | undefined, { config }: WebSources): void {
  if (name === undefined || config().customers.has(name)) return;
  throw new HttpProblem(422, say('desk.unknown-customer'), say('desk.customer-not-in-config', { name }));
}
