import { z } from 'zod';
import type { Agent } from '../core/agent.ts';
import { say } from '../text/say.ts';
import { endedAnswer } from './answers.ts';
import { agentAnswer, invitedAnswer, locationAnswer } from './location-answers.ts';
import { apiRoute, by, list, listing, pageOf, READS, type ApiRoute } from './api-route.ts';
import { HttpProblem, notFound } from './problem.ts';
import type { WebSources } from './sources.ts';

const query = z.strictObject(listing);
const wish = z.strictObject({
  location: z.string().min(1).max(80).describe('A location of the config.'),
  by: by.optional(),
});
const ADMIN = { needs: 'admin', scope: 'admin' } as const;

/** API of the locations from which is probed, and of the agents that do. */
export const LOCATION_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/api/v1/locations',
    may: READS,
    summary: 'Locations from which is probed, and whether their word counts at present.',
    query,
    good: list('A list of locations.', locationAnswer),
    async handle({ query: { limit, cursor } }, sources) {
      return pageOf(locationsOf(sources), { limit, cursor }, (view) => view);
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/agents',
    may: ADMIN,
    summary: 'Agents that were invited, that probe, and that were revoked.',
    query,
    good: list('A list of agents.', agentAnswer),
    async handle({ query: { limit, cursor } }, { roster, hub }) {
      return pageOf(roster.all(), { limit, cursor }, (agent) => agentView(agent, hub.isConnected(agent.id)));
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/api/v1/agents',
    may: ADMIN,
    summary: 'Invite an agent for a location; the token is shown once, and can be used once within 24 h.',
    body: wish,
    good: { status: 201, description: 'The invitation.', answer: invitedAnswer },
    async handle({ body, caller }, { roster, config }) {
      const { location } = body;
      const known = [...config().locations.keys()];
      if (!known.includes(location)) {
        const why =
          known.length === 0
            ? say('api.no-locations')
            : say('api.no-location', { location, known: known.join(', ') });
        throw new HttpProblem(422, say('api.invalid-request'), why);
      }
      const { agent, token } = await roster.invite(location, body.by ?? caller);
      const { state } = agent;
      return {
        id: agent.id,
        location,
        token,
        hub: config().publicUrl,
        command: say('api.agent-command', { hub: config().publicUrl, token }),
        expires_at: new Date(state.is === 'invited' ? state.until : 0).toISOString(),
      };
    },
  }),
  apiRoute({
    method: 'DELETE',
    path: '/api/v1/agents/{id}',
    may: ADMIN,
    summary: 'Revoke an agent or an invitation: it stops probing, and its reports are refused.',
    good: { status: 200, description: 'Revoked.', answer: endedAnswer },
    async handle({ params, caller }, { roster, hub }) {
      const id = params['id']!;
      if ((await roster.revoke(id, caller)) === undefined) throw notFound(say('api.no-agent', { id }));
      hub.revoked(id);
      return { ended: id };
    },
  }),
];

/** Every location of the config, with what is known of it. */
function locationsOf({ config, hub, field }: WebSources) {
  const checks = new Map<string, number>();
  for (const { sightings } of field.watched())
    for (const location of sightings?.keys() ?? []) checks.set(location, (checks.get(location) ?? 0) + 1);
  return [...config().locations.keys()].map((name) => {
    const standing = hub.standingOf(name);
    return {
      name,
      state: standing.is,
      why: standing.is === 'blind' ? standing.why : null,
      checks: checks.get(name) ?? 0,
      agents: hub.agentsOf(name).map(({ agent, standsBy }) => ({
        id: agent.id,
        host: agent.host,
        role: standsBy ? ('standby' as const) : ('probes' as const),
      })),
    };
  });
}

function agentView({ id, location, invitedAt, invitedBy, state }: Agent, isConnected: boolean) {
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    id,
    location,
    state: state.is,
    host: state.is === 'enrolled' ? state.host : null,
    connected: isConnected,
    invited_at: at(invitedAt),
    invited_by: invitedBy,
    expires_at: state.is === 'invited' ? at(state.until) : null,
    revoked_at: state.is === 'revoked' ? at(state.at) : null,
  };
}
