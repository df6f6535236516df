import type { DeskAction } from '../core/desk/desk-action.ts';
import type { DeskTicket } from '../core/desk/desk-ticket.ts';
import { HttpProblem } from './problem.ts';
import type { WebSources } from './sources.ts';

/** What stands there already, and who acts: neither needs to be known. */
interface Known {
  ticket?: DeskTicket;
  by?: string;
}

/** Names that an action uses must be names of something: a misspelt customer has no plan, and a ghost answers nobody. */
export function checkNames(action: DeskAction, { ticket, by }: Known, sources: WebSources): void {
  const { config, access, office } = sources;
  const { customers, people, teams, deskSettings } = config();
  const { rules } = deskSettings;
  const refuse = (what: string, name: string, known: Iterable<string>) => {
    const names = [...known].slice(0, 20).join(', ');
    throw new HttpProblem(422, 'Unknown name', `There is no ${what} "${name}"; known: ${names || 'none'}.`);
  };
  if (action.is === 'change') {
    const { customer, type, category, team, fields = {} } = action.change;
    const categories = rules.categories.map(({ name }) => name);
    const fieldNames = rules.fields.map(({ name }) => name);
    const check = (what: string, name: string | undefined, before: string | undefined, known: string[]) => {
      if (name !== undefined && name !== before && !known.includes(name)) refuse(what, name, known);
    };
    check('customer', customer, ticket?.customer, [...customers.keys()]);
    check('ticket type', type, ticket?.type, [...rules.types]);
    check('category', category, ticket?.category, categories);
    check('team', team, ticket?.team, [...teams.keys()]);
    for (const name of Object.keys(fields)) if (!fieldNames.includes(name)) refuse('field', name, fieldNames);
  }
  if (action.is === 'assign' && action.to !== undefined && action.to !== by) {
    const { to } = action;
    if (!people.has(to) && access.user(to) === undefined) refuse('person', to, people.keys());
  }
  if (action.is === 'link' && action.kind === 'related' && !office.desk.ticket(Number(action.to)))
    throw new HttpProblem(422, 'Unknown ticket', `There is no ticket ${action.to} in the desk.`);
}

export function checkCustomer(name: string | undefined, { config }: WebSources): void {
  if (name === undefined || config().customers.has(name)) return;
  throw new HttpProblem(422, 'Unknown customer', `There is no customer "${name}" in the config.`);
}
