import { readerOf } from './reader.ts';
import { AGENTS_FORM, may } from './may.ts';
import type { FastifyInstance } from 'fastify';
import { sendPage } from './base-server.ts';
import { liveStream } from './live-stream.ts';
import { actOnIncident, INCIDENT_ACTS } from './acts/incident-acts.ts';
import {
  endMaintenance,
  maintenanceWish,
  planMaintenance,
  replaceMaintenance,
} from './acts/maintenance-acts.ts';
import { endOverride, overrideWish, planOverride } from './acts/override-acts.ts';
import { incidentsPage } from './pages/incidents.ts';
import { incidentPage } from './pages/incident.ts';
import { maintenanceForm, maintenancePage } from './pages/maintenance.ts';
import { onCallFeed } from '../on-call/feed.ts';
import { onCallPage, overrideOf } from './pages/on-call.ts';
import { auditPage } from './pages/audit.ts';
import { monitorPage } from './pages/monitor.ts';
import { probeNow } from './pages/probe-now.ts';
import { targetPage } from './pages/target.ts';
import { wallPage } from './pages/wall.ts';
import { wallAddress, wallWish } from './pages/wall-wish.ts';
import { PageCache } from './page-cache.ts';
import { say } from '../text/say.ts';
import { HttpProblem, notFound, parsed } from './problem.ts';
import type { WebSources } from './sources.ts';

/** Pages on what is monitored, and their forms. */
export function pageRoutes(server: FastifyInstance, sources: WebSources): void {
  const { store, keeper } = sources;
  const walls = new PageCache(() => sources.now(), sources.onChange);
  server.get<{ Querystring: Record<string, unknown> }>(
    '/',
    may('viewer', { open: 'wall' }),
    (request, reply) => {
      const wish = wallWish(request.query);
      const reader = readerOf(request);
      return sendPage(
        reply,
        walls.get(`${reader.mayAct} ${wallAddress(wish, { page: wish.page })}`, () =>
          wallPage(sources, wish, reader),
        ),
      );
    },
  );
  server.get('/live', { exposeHeadRoute: false, ...may('viewer', { open: 'wall' }) }, (request, reply) =>
    liveStream(request, reply, sources),
  );
  server.get<{ Params: { name: string } }>(
    '/targets/:name',
    may('viewer', { open: 'wall' }),
    async (request, reply) => {
      const { params } = request;
      const target = sources.config().targets.find((one) => one.name === params.name);
      if (!target) throw notFound(say('api.no-target', { name: params.name }));
      const { items } = await store.incidents({ target: target.name, limit: 20 });
      return sendPage(reply, targetPage(target, items, sources, readerOf(request)));
    },
  );
  server.post<{ Params: { name: string } }>('/targets/:name/probe', may('agent'), async (request, reply) => {
    const { params } = request;
    const target = sources.config().targets.find((one) => one.name === params.name);
    if (!target) throw notFound(say('api.no-target', { name: params.name }));
    const { items } = await store.incidents({ target: target.name, limit: 20 });
    const probed = await probeNow(target, sources);
    return sendPage(reply, targetPage(target, items, sources, readerOf(request), probed));
  });
  server.get<{ Querystring: Record<string, unknown> }>(
    '/incidents',
    may('viewer'),
    async ({ query }, reply) => {
      const status = (['open', 'worked', 'resolved'] as const).find((one) => one === query['status']);
      const cursor = String(query['cursor'] ?? '');
      const list = await store.incidents({
        limit: 50,
        ...(status && { status }),
        ...(/^\d{1,16}$/.test(cursor) && { cursor }),
      });
      return sendPage(reply, incidentsPage({ ...list, ...(status && { status }) }));
    },
  );
  server.get<{ Params: { id: string }; Querystring: { by?: string } }>(
    '/incidents/:id',
    may('viewer'),
    async (request, reply) => {
      const { params, query } = request;
      const incident = keeper.get(params.id) ?? (await store.incident(params.id));
      if (!incident) throw notFound(say('api.no-incident', { id: params.id }));
      const { items } = await store.effects({ incident: incident.id, kinds: ['page', 'notice'], limit: 100 });
      const events = await store.events(incident.id);
      return sendPage(
        reply,
        incidentPage({ incident, events, messages: items, openedBy: query.by }, sources, readerOf(request)),
      );
    },
  );
  server.post<{ Params: { id: string }; Body: Record<string, string> }>(
    '/incidents/:id',
    AGENTS_FORM,
    async (request, reply) => {
      const { params, body } = request;
      const { action, by, text, in: inText } = body ?? {};
      const act = INCIDENT_ACTS.find(({ verb }) => verb === action);
      if (!act) throw new HttpProblem(400, say('api.invalid-request'), say('api.unknown-form-action'));
      const given = { by, ...(text && { text }), ...(action === 'estimate' && { in: inText }) };
      await actOnIncident(act, params.id, parsed(act.body, given, 'form'), sources);
      return reply.redirect(`/incidents/${params.id}`, 303);
    },
  );
  server.get<{ Querystring: { cursor?: string } }>('/audit', may('admin'), async ({ query }, reply) => {
    const cursor = query.cursor ?? '';
    const list = await store.audit.list({ limit: 100, ...(/^\d{1,16}$/.test(cursor) && { cursor }) });
    return sendPage(reply, auditPage(list, await store.audit.head()));
  });
  server.get('/monitor', may('viewer'), (request, reply) =>
    sendPage(reply, monitorPage(sources, readerOf(request))),
  );
  server.get('/maintenance', may('viewer'), (request, reply) =>
    sendPage(reply, maintenancePage(sources, readerOf(request))),
  );
  server.post<{ Body: Record<string, string> }>('/maintenance', AGENTS_FORM, async (request, reply) => {
    const { end, change, ...given } = request.body ?? {};
    if (end !== undefined) {
      await endMaintenance(end, sources);
      return reply.redirect('/maintenance', 303);
    }
    const wish = () => parsed(maintenanceWish, maintenanceForm(given), 'form');
    if (change !== undefined) {
      await replaceMaintenance(wish(), change, sources);
      return reply.redirect('/maintenance', 303);
    }
    try {
      await planMaintenance(wish(), sources.newId(), sources);
    } catch (error) {
      // Show the form again with its values after a mistake.
      if (!(error instanceof HttpProblem)) throw error;
      const { status, detail, problems = [detail] } = error.problem;
      return sendPage(reply.code(status), maintenancePage(sources, readerOf(request), { given, problems }));
    }
    return reply.redirect('/maintenance', 303);
  });
  server.get('/oncall', may('viewer'), (request, reply) =>
    sendPage(reply, onCallPage(sources, readerOf(request))),
  );
  server.post<{ Body: Record<string, string> }>('/oncall', AGENTS_FORM, async (request, reply) => {
    const { end, ...given } = request.body ?? {};
    if (end !== undefined) await endOverride(end, sources);
    else await planOverride(parsed(overrideWish, overrideOf(given), 'form'), sources);
    return reply.redirect('/oncall', 303);
  });
  server.get<{ Params: { what: string; file: string } }>(
    '/oncall/:what/:file',
    may('viewer', { scope: 'read' }),
    ({ params }, reply) => {
      const name = params.file.replace(/\.ics$/, '');
      const { schedules } = sources.planning.roster;
      const { people } = sources.config();
      const one = params.what === 'schedules' ? schedules.get(name) : undefined;
      const isPerson = params.what === 'people' && people.has(name);
      if (!one && !isPerson)
        throw notFound(say('api.no-calendar', { name: `${params.what}/${params.file}` }));
      const feed = onCallFeed({
        schedules: one ? [one] : [...schedules.values()],
        ...(isPerson && { person: name }),
        nameOf: (id) => people.get(id)?.name ?? id,
        now: sources.now(),
        publicUrl: sources.config().publicUrl,
      });
      return reply.header('content-type', 'text/calendar; charset=utf-8').send(feed);
    },
  );
}
