import { z } from 'zod';
import { AUDIT_EVENTS } from '../core/audit-record.ts';
import { EFFECT_STATES } from '../core/effect.ts';
import { HEALTH_NAMES } from '../core/health.ts';
import { PRIORITIES, TARGET_KINDS, type Target } from '../core/target.ts';
import { say } from '../text/say.ts';
import {
  appliedAnswer,
  auditAnswer,
  effectAnswer,
  incidentActed,
  incidentAnswer,
  incidentWithTimeline,
  pageAnswer,
  targetAnswer,
  ticketAnswer,
} from './answers.ts';
import { apiRoute, CHANGES, READS, list, listing, pageOf, type ApiRoute } from './api-route.ts';
import { DESK_API_ROUTES } from './desk-api-routes.ts';
import { LOCATION_ROUTES } from './location-routes.ts';
import { MAINTENANCE_ROUTES } from './maintenance-routes.ts';
import { ON_CALL_ROUTES } from './on-call-routes.ts';
import { REPORT_API_ROUTES } from './report-routes.ts';
import { actOnIncident, incidentAt, INCIDENT_ACTS, type IncidentAct } from './acts/incident-acts.ts';
import { HttpProblem, notFound } from './problem.ts';
import type { WebSources } from './sources.ts';
import { effectView, incidentView, pageView, targetView, ticketView, type PageCounts } from './views.ts';

const moment = z.iso.datetime({ offset: true, error: () => say('api.expected-time') });
/** Filters on when the item was opened or decided. */
const between = {
  since: moment.optional().describe('Not before this time.'),
  until: moment.optional().describe('Before this time.'),
};
/** Converts to Unix milliseconds for the store. */
const span = ({ since, until }: { since?: string | undefined; until?: string | undefined }) => ({
  ...(since !== undefined && { since: Date.parse(since) }),
  ...(until !== undefined && { until: Date.parse(until) }),
});

const incidentsQuery = z.strictObject({
  ...listing,
  status: z.enum(['open', 'worked', 'resolved']).optional(),
  target: z.string().optional(),
  priority: z.enum(PRIORITIES).optional(),
  customer: z.string().max(120).optional(),
  ...between,
});
const ticketsQuery = z.strictObject({
  ...listing,
  ...between,
  customer: z.string().max(120).optional(),
  incident: z.string().optional(),
  status: z.enum(['open', 'resolved']).optional(),
  adapter: z.string().optional(),
});
const messagesQuery = z.strictObject({
  ...listing,
  ...between,
  incident: z.string().optional(),
  kind: z.enum(['page', 'notice']).optional(),
  state: z.enum(EFFECT_STATES).optional(),
});
const effectsQuery = z.strictObject({
  ...listing,
  ...between,
  incident: z.string().optional(),
  state: z.enum(EFFECT_STATES).optional(),
});
const targetsQuery = z.strictObject({
  ...listing,
  health: z.enum(HEALTH_NAMES as [string, ...string[]]).optional(),
  kind: z.enum(TARGET_KINDS).optional(),
  customer: z.string().optional(),
  tag: z.string().optional(),
});
const auditQuery = z.strictObject({
  ...listing,
  who: z.string().max(200).optional().describe('Such as `user maria` or `token deploy`.'),
  what: z.enum(AUDIT_EVENTS).optional(),
});
export const API_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/api/v1/targets',
    may: READS,
    summary: 'Targets with their health and checks, by name.',
    query: targetsQuery,
    good: list('A list of targets.', targetAnswer),
    async handle({ query }, { field, gate, planning, now }) {
      const { limit, cursor, health, kind, customer, tag } = query;
      const chosen = field.targets
        .filter(({ ours }) => !ours)
        .filter((target) => kind === undefined || target.kind === kind)
        .filter((target) => customer === undefined || target.customer?.name === customer)
        .filter((target) => tag === undefined || target.tags.includes(tag))
        .filter((target) => health === undefined || field.healthOf(target) === health)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const view = (target: Target) => targetView(target, { field, gate, planning }, now());
      return pageOf(chosen, { limit, cursor }, view);
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/targets/{name}',
    may: READS,
    summary: 'One target with its health and checks.',
    good: { status: 200, description: 'The target.', answer: targetAnswer },
    async handle({ params }, { field, gate, planning, now }) {
      const target = field.targets.find(({ name, ours }) => !ours && name === params['name']);
      if (!target) throw notFound(say('api.no-target', { name: params['name']! }));
      return targetView(target, { field, gate, planning }, now());
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/incidents',
    may: READS,
    summary: 'Incidents, newest first.',
    query: incidentsQuery,
    good: list('A list of incidents.', incidentAnswer),
    async handle({ query }, sources) {
      const { since, until, ...rest } = query;
      const { items, next } = await sources.store.incidents({ ...rest, ...span({ since, until }) });
      const views = await Promise.all(
        items.map(async (incident) => incidentView(incident, await pageCounts(incident.id, sources))),
      );
      return { items: views, next };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/incidents/{id}',
    may: READS,
    summary: 'One incident with its timeline.',
    good: { status: 200, description: 'The incident.', answer: incidentWithTimeline },
    async handle({ params }, sources) {
      const incident = await incidentAt(params['id']!, sources);
      const events = await sources.store.events(incident.id);
      return {
        ...incidentView(incident, await pageCounts(incident.id, sources)),
        timeline: events.map(({ at, event, text, by: who }) => ({
          at: new Date(at).toISOString(),
          event,
          text,
          by: who ?? null,
        })),
      };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/tickets',
    may: READS,
    summary: 'Tickets that were opened, newest first.',
    query: ticketsQuery,
    good: list('A list of tickets.', ticketAnswer),
    async handle({ query }, { store }) {
      const { since, until, ...rest } = query;
      const { items, next } = await store.tickets({ ...rest, ...span({ since, until }) });
      return { items: items.map(ticketView), next };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/pages',
    may: READS,
    summary: 'Pages and notices, newest first.',
    query: messagesQuery,
    good: list('A list of pages and notices.', pageAnswer),
    async handle({ query }, { store }) {
      const { kind, since, until, ...rest } = query;
      const kinds = kind ? [kind] : (['page', 'notice'] as const);
      const { items, next } = await store.effects({ ...rest, ...span({ since, until }), kinds });
      return { items: items.map(pageView), next };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/api/v1/effects',
    may: READS,
    summary: 'Outbound actions and their outcomes, newest first.',
    query: effectsQuery,
    good: list('A list of effects.', effectAnswer),
    async handle({ query }, { store, queueOf }) {
      const { since, until, ...rest } = query;
      const { items, next } = await store.effects({ ...rest, ...span({ since, until }) });
      return { items: items.map((effect) => effectView(effect, queueOf(effect))), next };
    },
  }),
  ...ON_CALL_ROUTES,
  ...INCIDENT_ACTS.map(actRoute),
  apiRoute({
    method: 'GET',
    path: '/api/v1/audit',
    may: { needs: 'admin', scope: 'admin' },
    summary: 'The audit log, newest first: who came in, and who changed what.',
    query: auditQuery,
    good: list('A list of audit records.', auditAnswer),
    async handle({ query }, { store }) {
      const { items, next } = await store.audit.list(query);
      return { items: items.map(({ at, ...one }) => ({ at: new Date(at).toISOString(), ...one })), next };
    },
  }),
  ...DESK_API_ROUTES,
  ...REPORT_API_ROUTES,
  ...MAINTENANCE_ROUTES,
  ...LOCATION_ROUTES,
  apiRoute({
    method: 'POST',
    path: '/-/reload',
    may: { needs: 'admin', scope: 'admin' },
    summary: 'Reload the config; an invalid one is refused and the current one stays in force.',
    good: { status: 200, description: 'The new config is in force.', answer: appliedAnswer },
    async handle(_request, sources) {
      const outcome = await sources.reload();
      if (outcome.is === 'applied') return { applied: true, changes: outcome.changes };
      throw new HttpProblem(422, say('api.config-refused'), say('api.config-stays'), outcome.problems);
    },
  }),
];

export async function pageCounts(
  incident: string,
  { store }: Pick<WebSources, 'store'>,
): Promise<PageCounts> {
  const { items } = await store.effects({ incident, kinds: ['page'], limit: 500 });
  const accepted = items.filter(({ state }) => state.is === 'accepted' || state.is === 'confirmed').length;
  return { total: items.length, accepted };
}

/** The API route of an action on an incident. */
function actRoute(act: IncidentAct): ApiRoute {
  const { verb, summary, body } = act;
  return {
    method: 'POST',
    path: `/api/v1/incidents/{id}/${verb}`,
    may: CHANGES,
    summary,
    body,
    good: { status: 200, description: 'The outcome.', answer: incidentActed },
    async handle({ params, body: given }, sources) {
      const { because, incident } = await actOnIncident(act, params['id']!, given, sources);
      return { because, incident: incidentView(incident, await pageCounts(incident.id, sources)) };
    },
  };
}
