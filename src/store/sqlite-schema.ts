function ticketWords(row: string): string {
  const fields = ['subject', 'body', 'requester.name', 'requester.email'];
  return fields.map((path) => `coalesce(json_extract(${row}.document, '$.${path}'), '')`).join(` || ' ' || `);
}

/** Fills the empty search index with the words of all tickets. */
export const FILL_DESK_WORDS = `
  INSERT INTO desk_words (rowid, text) SELECT -number, ${ticketWords('desk_tickets')} FROM desk_tickets;
  INSERT INTO desk_words (rowid, text) SELECT seq, json_extract(document, '$.text') FROM desk_entries;
`;

/**
 * One file although it is long: every migration that was ever released stays, and is read beside those around it.
 *
 * Each entry migrates a database from the previous version; version n is entry n − 1. Entries are never changed once
 * released. Fields used in filters have a column; the rest is one JSON document.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE checks (
    target TEXT NOT NULL,
    "check" TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (target, "check")
  ) WITHOUT ROWID;

  CREATE TABLE incidents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    priority TEXT NOT NULL,
    status TEXT NOT NULL,
    resolved_at INTEGER,
    document TEXT NOT NULL
  );
  CREATE UNIQUE INDEX one_open_incident ON incidents (target, priority) WHERE status <> 'resolved';
  CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE status = 'resolved';

  CREATE TABLE effects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    incident TEXT NOT NULL,
    kind TEXT NOT NULL,
    n INTEGER NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    document TEXT NOT NULL,
    UNIQUE (incident, kind, n)
  );
  CREATE INDEX effects_live ON effects (seq) WHERE state IN ('pending', 'sending', 'retrying', 'ambiguous');
  CREATE UNIQUE INDEX effects_code ON effects (code) WHERE code IS NOT NULL;

  CREATE TABLE tickets (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    incident TEXT NOT NULL UNIQUE,
    adapter TEXT NOT NULL,
    status TEXT NOT NULL,
    document TEXT NOT NULL
  );

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX events_incident ON events (incident);

  CREATE TABLE beats (
    token TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE desk_tickets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    priority TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );

  CREATE TABLE desk_entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER NOT NULL REFERENCES desk_tickets (number),
    key TEXT UNIQUE,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    text TEXT NOT NULL
  );
  CREATE INDEX desk_entries_ticket ON desk_entries (ticket);
  `,
  `
  CREATE TABLE maintenance (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
  );

  CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE incident_targets (
    target TEXT NOT NULL,
    incident TEXT NOT NULL,
    PRIMARY KEY (target, incident)
  ) WITHOUT ROWID;
  INSERT INTO incident_targets (target, incident) SELECT target, id FROM incidents;

  CREATE INDEX effects_receipts ON effects (seq)
    WHERE state = 'accepted' AND json_extract(document, '$.state.askAt') IS NOT NULL;
  CREATE INDEX incidents_sweeps ON incidents (seq) WHERE json_extract(document, '$.chores.sweep') IS NOT NULL;
  CREATE INDEX incidents_by_hand ON incidents (seq) WHERE json_extract(document, '$.status.how') = 'by-hand';

  UPDATE incidents SET document = json_set(document,
    '$.chores', json_object('reviewAt', 0),
    '$.traits', json('[]'), '$.affected', json('[]'), '$.news', json('[]'),
    '$.told', (SELECT json_group_array(json_set(value, '$.by', 'page')) FROM json_each(document, '$.told')),
    '$.failing', (
      SELECT json_group_array(json_set(value, '$.target', incidents.target, '$.breachedAt', json_extract(incidents.document, '$.openedAt')))
      FROM json_each(document, '$.failing')));
  UPDATE checks SET state = json_set(state, '$.flap', json_object('is', 'steady', 'recent', json_object('bits', 0, 'count', 0)));
  `,
  // One ticket can be about two incidents, one after the other, when humans merge tickets or mark one urgent again.
  `
  CREATE TABLE tickets_of_incidents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    incident TEXT NOT NULL UNIQUE,
    adapter TEXT NOT NULL,
    status TEXT NOT NULL,
    document TEXT NOT NULL
  );
  INSERT INTO tickets_of_incidents SELECT seq, id, incident, adapter, status, document FROM tickets;
  DROP TABLE tickets;
  ALTER TABLE tickets_of_incidents RENAME TO tickets;
  `,
  `
  CREATE TABLE overrides (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
  );

  CREATE TABLE inbound (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    document TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX inbound_at ON inbound (at);

  CREATE INDEX effects_bundled ON effects (json_extract(document, '$.content.bundledCode'))
    WHERE json_extract(document, '$.content.bundledCode') IS NOT NULL;
  `,
  `
  CREATE TABLE history (
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (target, state, began_at)
  ) WITHOUT ROWID;
  CREATE INDEX history_ended ON history (ended_at);

  CREATE TABLE subscribers (
    email TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  // The desk becomes a helpdesk of its own: tickets from people, and an append-only trail.
  `
  CREATE TABLE desk_tickets_of_people (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT UNIQUE,
    state TEXT NOT NULL,
    priority TEXT NOT NULL,
    customer TEXT,
    requester TEXT,
    assignee TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    document TEXT NOT NULL
  );
  INSERT INTO desk_tickets_of_people
    SELECT number, key, CASE status WHEN 'resolved' THEN 'resolved' ELSE 'open' END, priority, NULL, NULL, NULL,
      created_at, updated_at, json_object(
        'number', number, 'key', key, 'subject', subject, 'body', body, 'type', 'incident',
        'state', CASE status WHEN 'resolved' THEN json_object('is', 'resolved', 'at', updated_at)
          ELSE json_object('is', 'open') END,
        'priority', priority, 'wished', json('{}'), 'origin', 'monitor', 'tier', 1, 'fields', json('{}'),
        'links', json('[]'), 'sent', 0, 'createdAt', created_at, 'updatedAt', updated_at)
    FROM desk_tickets;
  CREATE TABLE desk_trail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER NOT NULL,
    key TEXT UNIQUE,
    at INTEGER NOT NULL,
    document TEXT NOT NULL
  );
  INSERT INTO desk_trail
    SELECT seq, ticket, key, at, json_object(
      'ticket', ticket, 'at', at,
      'event', CASE event WHEN 'note' THEN 'note' WHEN 'reply' THEN 'reply' ELSE 'state' END,
      'by', json_object('is', 'monitor'),
      'text', CASE event WHEN 'resolved' THEN 'resolved' WHEN 'reopened' THEN 'open' ELSE text END,
      'isPublic', json(CASE event WHEN 'note' THEN 'false' ELSE 'true' END), 'key', key)
    FROM desk_entries;
  DROP TABLE desk_entries;
  DROP TABLE desk_tickets;
  ALTER TABLE desk_tickets_of_people RENAME TO desk_tickets;
  ALTER TABLE desk_trail RENAME TO desk_entries;
  CREATE INDEX desk_tickets_state ON desk_tickets (state);
  CREATE INDEX desk_tickets_customer ON desk_tickets (customer);
  CREATE INDEX desk_tickets_requester ON desk_tickets (requester);
  CREATE INDEX desk_tickets_updated ON desk_tickets (updated_at);
  CREATE INDEX desk_entries_ticket ON desk_entries (ticket);
  CREATE TRIGGER desk_entries_stand BEFORE UPDATE ON desk_entries
    BEGIN SELECT RAISE(ABORT, 'the trail of a ticket is never changed'); END;
  CREATE TRIGGER desk_entries_stay BEFORE DELETE ON desk_entries
    BEGIN SELECT RAISE(ABORT, 'the trail of a ticket is never changed'); END;

  CREATE TABLE service_tickets (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    resolved_at INTEGER,
    document TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX service_tickets_opened ON service_tickets (opened_at);
  CREATE INDEX service_tickets_open ON service_tickets (status) WHERE status = 'open';

  CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    document TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_expiry ON sessions (expires_at);
  CREATE INDEX sessions_user ON sessions (user);
  `,
  // Mails received, so that a reply to any of them finds its ticket.
  `
  CREATE TABLE desk_mails (
    message_id TEXT PRIMARY KEY,
    ticket INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX desk_mails_ticket ON desk_mails (ticket, at);
  INSERT OR IGNORE INTO desk_mails
    SELECT substr(key, 6, instr(substr(key, 6), ' ') - 1), ticket, at FROM desk_entries
    WHERE key LIKE 'mail % %' ORDER BY seq;
  `,
  // Who signed in and who changed what: each record is chained to the one before it.
  `
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    document TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE INDEX audit_who ON audit (who);
  CREATE TRIGGER audit_stands BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
  CREATE TRIGGER audit_stays BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
  `,
  // Search index over the words of tickets (rowid: the negative number) and of their trail entries.
  `
  CREATE VIRTUAL TABLE desk_words USING fts5 (
    text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', content = '', contentless_delete = 1
  );
  ${FILL_DESK_WORDS}
  CREATE INDEX service_tickets_of_desk ON service_tickets (json_extract(document, '$.ticket.remoteId'))
    WHERE json_extract(document, '$.ticket.adapter') = 'desk';
  CREATE TRIGGER desk_words_opened AFTER INSERT ON desk_tickets BEGIN
    INSERT INTO desk_words (rowid, text) VALUES (-new.number, ${ticketWords('new')});
  END;
  CREATE TRIGGER desk_words_changed AFTER UPDATE OF document ON desk_tickets
    WHEN ${ticketWords('old')} IS NOT ${ticketWords('new')} BEGIN
    DELETE FROM desk_words WHERE rowid = -old.number;
    INSERT INTO desk_words (rowid, text) VALUES (-new.number, ${ticketWords('new')});
  END;
  CREATE TRIGGER desk_words_gone AFTER DELETE ON desk_tickets BEGIN
    DELETE FROM desk_words WHERE rowid = -old.number;
  END;
  CREATE TRIGGER desk_words_written AFTER INSERT ON desk_entries BEGIN
    INSERT INTO desk_words (rowid, text) VALUES (new.seq, json_extract(new.document, '$.text'));
  END;
  CREATE TRIGGER desk_words_rewritten AFTER UPDATE OF document ON desk_entries BEGIN
    DELETE FROM desk_words WHERE rowid = old.seq;
    INSERT INTO desk_words (rowid, text) VALUES (new.seq, json_extract(new.document, '$.text'));
  END;
  CREATE TRIGGER desk_words_unwritten AFTER DELETE ON desk_entries BEGIN
    DELETE FROM desk_words WHERE rowid = old.seq;
  END;
  `,
  // Fields that are reset when an incident is reopened become one object. A merge with an empty object drops nulls.
  `
  UPDATE incidents SET document = json_set(
    json_remove(document, '$.escalation', '$.due', '$.told', '$.lost', '$.affected', '$.news', '$.group', '$.asked',
      '$.detours', '$.estimate', '$.vendor', '$.isRaised', '$.reopened', '$.reopenedAt'),
    '$.episode', json_patch('{}', json_object(
      'number', coalesce(document ->> '$.reopened', 0) + 1,
      'startedAt', coalesce(document ->> '$.reopenedAt', document ->> '$.startedAt'),
      'openedAt', coalesce(document ->> '$.reopenedAt', document ->> '$.openedAt'),
      'urgency', CASE WHEN document ->> '$.isRaised' THEN 'raised' ELSE 'own' END,
      'escalation', coalesce(document -> '$.escalation', json('[]')),
      'due', coalesce(document -> '$.due', json('[]')),
      'told', coalesce(document -> '$.told', json('[]')),
      'lost', coalesce(document -> '$.lost', json('[]')),
      'asked', coalesce(document -> '$.asked', json('[]')),
      'detours', coalesce(document -> '$.detours', json('[]')),
      'affected', coalesce(document -> '$.affected', json('[]')),
      'news', coalesce(document -> '$.news', json('[]')),
      'group', document -> '$.group',
      'estimate', document -> '$.estimate',
      'vendor', document -> '$.vendor')));
  UPDATE incidents SET document = json_set(
    json_remove(document, '$.ticketNews.isAssigneeOld', '$.ticketNews.areActsOld'),
    '$.ticketNews.carriedOver', CASE WHEN document ->> '$.ticketNews.areActsOld' THEN 'assignee-and-acts' ELSE 'assignee' END)
    WHERE document ->> '$.ticketNews.areActsOld' OR document ->> '$.ticketNews.isAssigneeOld';
  `,
  // What statements filter by has a column of its own, since not every database looks into a document.
  `
  ALTER TABLE incidents ADD COLUMN customer TEXT;
  ALTER TABLE incidents ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE incidents ADD COLUMN sweep_at INTEGER;
  ALTER TABLE incidents ADD COLUMN holds_failing INTEGER NOT NULL DEFAULT 0;
  UPDATE incidents SET customer = document ->> '$.customer', opened_at = document ->> '$.openedAt',
    sweep_at = document ->> '$.chores.sweep.dueAt',
    holds_failing = coalesce(document ->> '$.status.how' = 'by-hand' AND EXISTS
      (SELECT 1 FROM json_each(document, '$.failing') WHERE value ->> '$.recoveredAt' IS NULL), 0);
  DROP INDEX incidents_sweeps;
  DROP INDEX incidents_by_hand;
  CREATE INDEX incidents_sweeps ON incidents (seq) WHERE sweep_at IS NOT NULL;
  CREATE INDEX incidents_holding ON incidents (seq) WHERE holds_failing = 1;

  ALTER TABLE effects ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE effects ADD COLUMN ask_at INTEGER;
  ALTER TABLE effects ADD COLUMN bundled_code TEXT;
  UPDATE effects SET created_at = document ->> '$.createdAt', bundled_code = document ->> '$.content.bundledCode',
    ask_at = CASE state WHEN 'accepted' THEN document ->> '$.state.askAt' END;
  DROP INDEX effects_receipts;
  DROP INDEX effects_bundled;
  CREATE INDEX effects_receipts ON effects (seq) WHERE state = 'accepted' AND ask_at IS NOT NULL;
  CREATE INDEX effects_bundled ON effects (bundled_code) WHERE bundled_code IS NOT NULL;

  ALTER TABLE tickets ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
  UPDATE tickets SET created_at = document ->> '$.createdAt';

  DROP TRIGGER desk_entries_stand;
  ALTER TABLE desk_entries ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;
  UPDATE desk_entries SET is_public = 1 WHERE document ->> '$.isPublic';
  CREATE TRIGGER desk_entries_stand BEFORE UPDATE ON desk_entries
    BEGIN SELECT RAISE(ABORT, 'the trail of a ticket is never changed'); END;

  ALTER TABLE service_tickets ADD COLUMN desk_number INTEGER;
  UPDATE service_tickets SET desk_number = CAST(document ->> '$.ticket.remoteId' AS INTEGER)
    WHERE document ->> '$.ticket.adapter' = 'desk';
  DROP INDEX service_tickets_of_desk;
  CREATE INDEX service_tickets_of_desk ON service_tickets (desk_number) WHERE desk_number IS NOT NULL;
  `,
  // What each location knows, and the agents that report it.
  `
  CREATE TABLE sightings (
    target TEXT NOT NULL,
    "check" TEXT NOT NULL,
    location TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (target, "check", location)
  ) WITHOUT ROWID;
  CREATE TABLE agents (id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
  `,
];
