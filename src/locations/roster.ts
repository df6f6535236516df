import { createHash } from 'node:crypto';
import { INVITATION_MS, type Agent } from '../core/agent.ts';
import { hmac, isEqual } from '../outside/signature.ts';
import type { Change } from '../store/store.ts';

export interface RosterPorts {
  now(): number;
  /** Draws 32 random bytes as text. */
  newSecret(): string;
  newId(): string;
  commit(change: Change): Promise<void>;
  /** The key that the instances of a shared store derive from it; undefined with a store of one machine. */
  instanceKey(): string | undefined;
}

/** An agent that may report now. */
export interface EnrolledAgent {
  id: string;
  location: string;
  host: string;
  /** The last report that is known to have been taken. */
  last?: { boot: string; seq: number };
}

export type Enrolment =
  | { is: 'enrolled'; id: string; secret: string; location: string }
  | { is: 'refused'; why: 'unknown' | 'expired' };

const INSTANCE = 'instance';

/** The credential of an instance that probes for the one that decides: it shows that it shares the store. */
export const instanceCredential = (key: string, name: string, location: string): string =>
  `${INSTANCE}.${hmac('sha256', key, JSON.stringify(['agent', name, location]), 'hex')}.${Buffer.from(JSON.stringify([name, location])).toString('base64url')}`;

/** Who may report from where. Every change is durable before it counts. */
export class Roster {
  readonly #ports: RosterPorts;
  readonly #agents = new Map<string, Agent>();

  constructor(ports: RosterPorts) {
    this.#ports = ports;
  }

  restore(agents: readonly Agent[]): void {
    for (const agent of agents) this.#agents.set(agent.id, agent);
  }

  all(): Agent[] {
    return [...this.#agents.values()];
  }

  /** Invites an agent for a location; the token is shown once and can be used once. */
  async invite(location: string, by: string): Promise<{ agent: Agent; token: string }> {
    const { now, newSecret, newId } = this.#ports;
    const token = newSecret();
    const state = { is: 'invited', tokenHash: hashOf(token), until: now() + INVITATION_MS } as const;
    const agent: Agent = { id: newId(), location, invitedAt: now(), invitedBy: by, state };
    await this.#put(agent);
    return { agent, token };
  }

  async enrol(token: string, host: string): Promise<Enrolment> {
    const { now, newSecret } = this.#ports;
    const hash = hashOf(token);
    const agent = this.all().find(({ state }) => state.is === 'invited' && isEqual(state.tokenHash, hash));
    if (agent?.state.is !== 'invited') return { is: 'refused', why: 'unknown' };
    if (agent.state.until < now()) return { is: 'refused', why: 'expired' };
    const secret = newSecret();
    const state = { is: 'enrolled', secretHash: hashOf(secret), since: now(), host } as const;
    // At once in memory: two that come with one token at the same time must not both be let in.
    this.#agents.set(agent.id, { ...agent, state });
    try {
      await this.#put({ ...agent, state });
    } catch (error) {
      this.#agents.set(agent.id, agent);
      throw error;
    }
    return { is: 'enrolled', id: agent.id, secret, location: agent.location };
  }

  /** The agent whose credential this is: `id.secret`. */
  authenticate(credential: string): EnrolledAgent | undefined {
    const [id = '', secret = '', more] = credential.split('.');
    if (id === INSTANCE) return this.#instance(credential, more ?? '');
    const agent = this.#agents.get(id);
    if (agent?.state.is !== 'enrolled' || !isEqual(agent.state.secretHash, hashOf(secret))) return undefined;
    const { location, state } = agent;
    return { id, location, host: state.host, ...(state.last && { last: state.last }) };
  }

  /** Returns undefined when there is no such agent. */
  async revoke(id: string, by: string): Promise<Agent | undefined> {
    const agent = this.#agents.get(id);
    if (agent === undefined) return undefined;
    const revoked: Agent = { ...agent, state: { is: 'revoked', at: this.#ports.now(), by } };
    await this.#put(revoked);
    return revoked;
  }

  /** The agent as it is stored after this report; undefined for an instance, which shares the store. */
  afterReport({ id }: EnrolledAgent, last: { boot: string; seq: number }): Agent | undefined {
    const agent = this.#agents.get(id);
    if (agent?.state.is !== 'enrolled') return undefined;
    return { ...agent, state: { ...agent.state, last } };
  }

  /** What was stored with a report is so now. */
  stored(agent: Agent): void {
    if (this.#agents.get(agent.id)?.state.is === 'enrolled') this.#agents.set(agent.id, agent);
  }

  async #put(agent: Agent): Promise<void> {
    await this.#ports.commit({ agents: [agent] });
    this.#agents.set(agent.id, agent);
  }

  #instance(credential: string, about: string): EnrolledAgent | undefined {
    const key = this.#ports.instanceKey();
    if (key === undefined) return undefined;
    let named: unknown;
    try {
      named = JSON.parse(Buffer.from(about, 'base64url').toString('utf8'));
    } catch {
      return undefined;
    }
    const [name, location] = Array.isArray(named) ? (named as unknown[]) : [];
    if (typeof name !== 'string' || typeof location !== 'string') return undefined;
    if (!isEqual(credential, instanceCredential(key, name, location))) return undefined;
    return { id: `${INSTANCE} ${name}`, location, host: name };
  }
}

/** The secrets are 32 random bytes, so a plain hash is as good as a slow one. */
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
