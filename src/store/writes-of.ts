import type { AuditRecord } from '../core/audit-record.ts';
import { stateName } from '../core/desk/desk-ticket.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import { allTargets, type Incident } from '../core/incident.ts';
import { entryWords, ticketWords } from './search-words.ts';
import type { SqlValue, Write } from './sql-database.ts';
import type { Change } from './store.ts';
import type { TableName } from './tables.ts';

type Row = readonly SqlValue[];

const json = JSON.stringify;

/** 1: people resolved it while one of its checks had not recovered, which a restart must not forget. */
const holdsFailing = ({ status, failing }: Incident): number =>
  status.is === 'resolved' &&
  status.how === 'by-hand' &&
  failing.some(({ recoveredAt }) => recoveredAt === undefined)
    ? 1
    : 0;

const askAtOf = ({ state }: Effect): number | null =>
  state.is === 'accepted' ? (state.askAt ?? null) : null;

const bundledIn = (effect: Effect): string | null =>
  (isMessage(effect) ? effect.content.bundledCode : undefined) ?? null;

/** What a change writes into which table, in the order in which it must be written. */
export function writesOf(change: Change): Write[] {
  const writes: Write[] = [];
  const write = (op: 'put' | 'add' | 'add-once' | 'remove', table: TableName, rows: readonly Row[]) => {
    if (rows.length > 0) writes.push({ op, table, rows });
  };
  const one = (key: string): Row => [key];
  if (change.checks)
    write(
      'put',
      'checks',
      change.checks.map(({ target, check, state }) => [target, check, json(state)]),
    );
  if (change.removedChecks)
    write(
      'remove',
      'checks',
      change.removedChecks.map(({ target, check }) => [target, check]),
    );
  if (change.sightings)
    write(
      'put',
      'sightings',
      change.sightings.map(({ target, check, location, state }) => [target, check, location, json(state)]),
    );
  if (change.removedSightings)
    write(
      'remove',
      'sightings',
      change.removedSightings.map(({ target, check, location }) => [target, check, location]),
    );
  if (change.agents)
    write(
      'put',
      'agents',
      change.agents.map((item) => [item.id, json(item)]),
    );
  if (change.incidents) {
    write('put', 'incidents', change.incidents.map(incidentRow));
    write(
      'add-once',
      'incident_targets',
      change.incidents.flatMap((incident) =>
        allTargets(incident).map((target): Row => [target, incident.id]),
      ),
    );
  }
  if (change.newEffects) write('add', 'effects', change.newEffects.map(effectRow));
  if (change.effects && change.effects.length > 0)
    writes.push({
      op: 'set',
      table: 'effects',
      columns: ['state', 'ask_at', 'bundled_code', 'document'],
      rows: change.effects.map((item) => [
        item.state.is,
        askAtOf(item),
        bundledIn(item),
        json(item),
        item.id,
      ]),
    });
  if (change.events)
    write(
      'add',
      'events',
      change.events.map((item) => [item.incident, json(item)]),
    );
  if (change.tickets)
    write(
      'put',
      'tickets',
      change.tickets.map((item) => [
        item.id,
        item.incident,
        item.adapter,
        item.status,
        item.createdAt,
        json(item),
      ]),
    );
  if (change.ticketStatus && change.ticketStatus.length > 0)
    writes.push({
      op: 'set',
      table: 'tickets',
      columns: ['status'],
      rows: change.ticketStatus.map(({ incident, status }) => [status, incident]),
    });
  if (change.beats)
    write(
      'put',
      'beats',
      change.beats.map(({ token, beat }) => [token, json(beat)]),
    );
  if (change.windows)
    write(
      'put',
      'maintenance',
      change.windows.map((item) => [item.id, json(item)]),
    );
  if (change.removedWindows) write('remove', 'maintenance', change.removedWindows.map(one));
  if (change.overrides)
    write(
      'put',
      'overrides',
      change.overrides.map((item) => [item.id, json(item)]),
    );
  if (change.removedOverrides) write('remove', 'overrides', change.removedOverrides.map(one));
  if (change.inbound)
    write(
      'add',
      'inbound',
      change.inbound.map((item) => [item.id, item.at, json(item)]),
    );
  if (change.spans)
    write(
      'put',
      'history',
      change.spans.map(({ target, state, from, to }) => [target, state, from, to ?? null]),
    );
  if (change.subscribers)
    write(
      'put',
      'subscribers',
      change.subscribers.map((item) => [item.email, json(item)]),
    );
  if (change.removedSubscribers) write('remove', 'subscribers', change.removedSubscribers.map(one));
  if (change.deskTickets)
    write(
      'put',
      'desk_tickets',
      change.deskTickets.map((item) => [
        item.number,
        item.key ?? null,
        stateName(item.state),
        item.priority,
        item.customer ?? null,
        item.requester?.email ?? null,
        item.assignee ?? null,
        item.createdAt,
        item.updatedAt,
        json(item),
        ticketWords(item),
      ]),
    );
  if (change.deskEntries) {
    write(
      'add',
      'desk_entries',
      change.deskEntries.map((item) => [
        item.ticket,
        item.key ?? null,
        item.at,
        item.isPublic ? 1 : 0,
        json(item),
        entryWords(item),
      ]),
    );
    write(
      'add-once',
      'desk_mails',
      change.deskEntries.flatMap(({ mailId, ticket, at }): Row[] =>
        mailId === undefined ? [] : [[mailId, ticket, at]],
      ),
    );
  }
  if (change.audit && change.audit.length > 0) writes.push(auditWrite(change.audit));
  if (change.serviceTickets)
    write(
      'put',
      'service_tickets',
      change.serviceTickets.map((item) => [
        item.id,
        item.status,
        item.openedAt,
        item.resolvedAt ?? null,
        item.ticket?.adapter === 'desk' ? Number(item.ticket.remoteId) : null,
        json(item),
      ]),
    );
  if (change.users)
    write(
      'put',
      'users',
      change.users.map((item) => [item.id, item.email, json(item)]),
    );
  if (change.removedUsers) write('remove', 'users', change.removedUsers.map(one));
  if (change.sessions)
    write(
      'put',
      'sessions',
      change.sessions.map((item) => [item.id, item.user, item.expiresAt, json(item)]),
    );
  if (change.removedSessions) write('remove', 'sessions', change.removedSessions.map(one));
  if (change.marks)
    write(
      'put',
      'marks',
      change.marks.map(({ name, value }) => [name, json(value)]),
    );
  return writes;
}

const auditWrite = (records: readonly AuditRecord[]): Write => ({ op: 'append-audit', records });

function incidentRow(item: Incident): Row {
  const { id, target, priority, status, customer, openedAt, chores } = item;
  const resolvedAt = status.is === 'resolved' ? status.at : null;
  const sweepAt = chores.sweep?.dueAt ?? null;
  return [
    id,
    target,
    priority,
    status.is,
    resolvedAt,
    customer ?? null,
    openedAt,
    sweepAt,
    holdsFailing(item),
    json(item),
  ];
}

const effectRow = (item: Effect): Row => [
  item.id,
  item.incident,
  item.kind,
  item.n,
  item.state.is,
  isMessage(item) ? item.content.code : null,
  item.createdAt,
  askAtOf(item),
  bundledIn(item),
  json(item),
];
