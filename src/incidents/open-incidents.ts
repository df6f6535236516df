import { isOpen, type Incident } from '../core/incident.ts';

/** The open incidents, indexed by trait and by ticket. */
export class OpenIncidents {
  readonly #open = new Map<string, Incident>();
  readonly #byTrait = new Map<string, Set<string>>();
  readonly #byTicket = new Map<string, Set<string>>();

  /** Call whenever an incident has changed. */
  put(incident: Incident): void {
    const before = this.#open.get(incident.id);
    if (!isOpen(incident)) {
      this.#open.delete(incident.id);
      if (before) this.#forget(before);
      return;
    }
    this.#open.set(incident.id, incident);
    const isSame = before?.traits === incident.traits && before.ticket === incident.ticket;
    if (before && isSame) return;
    if (before) this.#forget(before);
    for (const trait of incident.traits) put(this.#byTrait, trait, incident.id);
    if (incident.ticket) put(this.#byTicket, incident.ticket.remoteId, incident.id);
  }

  all(): Incident[] {
    return [...this.#open.values()];
  }

  /** Open incidents that have at least one of these traits. */
  sharing(traits: readonly string[]): Incident[] {
    const ids = new Set(traits.flatMap((trait) => [...(this.#byTrait.get(trait) ?? [])]));
    return [...ids].map((id) => this.#open.get(id)!);
  }

  /** Open incidents with that ticket id, in any helpdesk. */
  withTicket(remoteId: string): Incident[] {
    return [...(this.#byTicket.get(remoteId) ?? [])].map((id) => this.#open.get(id)!);
  }

  #forget({ id, traits, ticket }: Incident): void {
    for (const trait of traits) remove(this.#byTrait, trait, id);
    if (ticket) remove(this.#byTicket, ticket.remoteId, id);
  }
}

function put(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function remove(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
