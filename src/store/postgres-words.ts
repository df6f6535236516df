import { foldedWords } from './postgres-statements.ts';
import type { WordSearch } from './sql-database.ts';

/** Searches the columns `words` of tickets and entries, each a tsvector with a GIN index. */
export const postgresWords: WordSearch = {
  match: (words) =>
    words
      .flatMap((word) => foldedWords(word))
      .map((word) => `'${word}':*`)
      .join(' & '),
  tickets: (among) =>
    `SELECT t.number AS number FROM desk_tickets t WHERE t.words @@ ?::tsquery AND ${among}
     ORDER BY t.number DESC LIMIT ?`,
  entries: (among) =>
    `SELECT DISTINCT t.number AS number FROM desk_entries e JOIN desk_tickets t ON t.number = e.ticket
     WHERE e.words @@ ?::tsquery AND ${among} ORDER BY t.number DESC LIMIT ?`,
};
