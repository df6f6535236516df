import type { Outcome } from '../../core/effect.ts';

/**
 * Names of people by their id, each asked for once. A name that may not be read is made from the id; when the helpdesk
 * does not respond now, none is made up, or the same person would look like another one later.
 */
export function nameBook<Id>(
  ask: (id: Id) => Promise<Outcome<string | undefined>>,
): (id: Id) => Promise<Outcome<string>> {
  const known = new Map<Id, Promise<Outcome<string>>>();
  const find = async (id: Id): Promise<Outcome<string>> => {
    const asked = await ask(id);
    if (asked.is === 'done') return { is: 'done', value: asked.value || `agent ${String(id)}` };
    const mayNotAsk = 'status' in asked && asked.status === 403;
    if (asked.is === 'permanent' || mayNotAsk) return { is: 'done', value: `agent ${String(id)}` };
    known.delete(id);
    return asked;
  };
  return (id) => {
    let name = known.get(id);
    if (name === undefined) known.set(id, (name = find(id)));
    return name;
  };
}

/** The names of several people; the first that cannot be read now decides the outcome. */
export async function namesOf<Id>(
  ids: Iterable<Id>,
  nameOf: (id: Id) => Promise<Outcome<string>>,
): Promise<Outcome<Map<Id, string>>> {
  const names = new Map<Id, string>();
  for (const id of new Set(ids)) {
    const name = await nameOf(id);
    if (name.is !== 'done') return name;
    names.set(id, name.value);
  }
  return { is: 'done', value: names };
}
