/**
 * `key`: text that is looked up by; `text`: a document or any other text; `integer`: up to 2^53; `search`: text to find
 * words in, which PostgreSQL keeps in a column and SQLite in an index of its own.
 */
export type ColumnType = 'key' | 'text' | 'integer' | 'search';

export interface Table {
  columns: Readonly<Record<string, ColumnType>>;
  /** Numbered by the database, in the order of insertion. */
  seq?: true;
  key: readonly string[];
  /** What a put changes in an existing row; undefined: every column that is not the key. */
  changes?: readonly string[];
}

const table = (one: Table): Table => one;

/**
 * The tables of the store, as both databases have them. What lists filter by has a column of its own; the rest of a row
 * is one JSON document.
 */
export const TABLES = {
  checks: table({ columns: { target: 'key', check: 'key', state: 'text' }, key: ['target', 'check'] }),
  /** What each location knows of a check that is probed from several. */
  sightings: table({
    columns: { target: 'key', check: 'key', location: 'key', state: 'text' },
    key: ['target', 'check', 'location'],
  }),
  agents: table({ columns: { id: 'key', document: 'text' }, key: ['id'] }),
  incidents: table({
    seq: true,
    columns: {
      id: 'key',
      target: 'key',
      priority: 'key',
      status: 'key',
      resolved_at: 'integer',
      customer: 'key',
      opened_at: 'integer',
      /** When the helpdesk is searched for duplicates of its ticket. */
      sweep_at: 'integer',
      /** 1: resolved by hand while a check of it was still failing. */
      holds_failing: 'integer',
      document: 'text',
    },
    key: ['id'],
    changes: ['status', 'resolved_at', 'customer', 'opened_at', 'sweep_at', 'holds_failing', 'document'],
  }),
  incident_targets: table({
    columns: { target: 'key', incident: 'key' },
    key: ['target', 'incident'],
  }),
  effects: table({
    seq: true,
    columns: {
      id: 'key',
      incident: 'key',
      kind: 'key',
      n: 'integer',
      state: 'key',
      code: 'key',
      created_at: 'integer',
      /** When its provider is asked for the delivery receipt. */
      ask_at: 'integer',
      /** Code of the message inside which it was delivered. */
      bundled_code: 'key',
      document: 'text',
    },
    key: ['id'],
  }),
  tickets: table({
    seq: true,
    columns: {
      id: 'key',
      incident: 'key',
      adapter: 'key',
      status: 'key',
      created_at: 'integer',
      document: 'text',
    },
    key: ['incident'],
  }),
  events: table({ seq: true, columns: { incident: 'key', document: 'text' }, key: ['seq'] }),
  beats: table({ columns: { token: 'key', document: 'text' }, key: ['token'] }),
  maintenance: table({ seq: true, columns: { id: 'key', document: 'text' }, key: ['id'] }),
  marks: table({ columns: { name: 'key', document: 'text' }, key: ['name'] }),
  overrides: table({ seq: true, columns: { id: 'key', document: 'text' }, key: ['id'] }),
  inbound: table({ columns: { id: 'key', at: 'integer', document: 'text' }, key: ['id'] }),
  history: table({
    columns: { target: 'key', state: 'key', began_at: 'integer', ended_at: 'integer' },
    key: ['target', 'state', 'began_at'],
  }),
  subscribers: table({ columns: { email: 'key', document: 'text' }, key: ['email'] }),
  desk_tickets: table({
    columns: {
      number: 'integer',
      key: 'key',
      state: 'key',
      priority: 'key',
      customer: 'key',
      requester: 'key',
      assignee: 'key',
      created_at: 'integer',
      updated_at: 'integer',
      document: 'text',
      words: 'search',
    },
    key: ['number'],
    changes: ['state', 'priority', 'customer', 'requester', 'assignee', 'updated_at', 'document', 'words'],
  }),
  desk_entries: table({
    seq: true,
    columns: {
      ticket: 'integer',
      key: 'key',
      at: 'integer',
      is_public: 'integer',
      document: 'text',
      words: 'search',
    },
    key: ['seq'],
  }),
  desk_mails: table({
    columns: { message_id: 'key', ticket: 'integer', at: 'integer' },
    key: ['message_id'],
  }),
  service_tickets: table({
    columns: {
      id: 'key',
      status: 'key',
      opened_at: 'integer',
      resolved_at: 'integer',
      /** Its number, when it is a ticket of the built-in desk. */
      desk_number: 'integer',
      document: 'text',
    },
    key: ['id'],
  }),
  users: table({ columns: { id: 'key', email: 'key', document: 'text' }, key: ['id'] }),
  sessions: table({
    columns: { id: 'key', user: 'key', expires_at: 'integer', document: 'text' },
    key: ['id'],
  }),
  audit: table({
    columns: { seq: 'integer', who: 'key', what: 'key', document: 'text', hash: 'key' },
    key: ['seq'],
  }),
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;

export const tableOf = (name: TableName): Table => TABLES[name];

/** Names are quoted: `check` and `user` mean something else in SQL. */
export const quoted = (name: string): string => `"${name}"`;

/** The columns that a row of a write holds, in order. */
export const columnsOf = (name: TableName): string[] => Object.keys(tableOf(name).columns);

/** The columns of a row as it is copied between stores. */
export const copiedColumnsOf = (name: TableName): string[] =>
  tableOf(name).seq ? ['seq', ...columnsOf(name)] : columnsOf(name);

/** The end of an insert: what happens when the key exists. */
export function onConflict(
  name: TableName,
  op: 'put' | 'add' | 'add-once' | 'copy',
  columns: readonly string[],
): string {
  const { key, changes } = tableOf(name);
  if (op === 'add' || op === 'copy') return '';
  if (op === 'add-once') return ' ON CONFLICT DO NOTHING';
  const changed = (changes ?? columns.filter((column) => !key.includes(column))).filter((column) =>
    columns.includes(column),
  );
  const set = changed.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ');
  return ` ON CONFLICT (${key.map(quoted).join(', ')}) DO UPDATE SET ${set}`;
}
