import { z } from 'zod';
import type { Permission } from '../access/permission.ts';
import { say } from '../text/say.ts';
import { listOf } from './answers.ts';
import type { WebSources } from './sources.ts';

/** Permission to read what is monitored. */
export const READS: Permission = { needs: 'viewer', scope: 'read' };

/** Permission to change it. */
export const CHANGES: Permission = { needs: 'agent', scope: 'write' };

/** One operation of the HTTP API: served, validated and documented from this definition alone. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{name}` for parameters, as in OpenAPI. */
  path: string;
  /** Who may call it. */
  may: Permission;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Status and meaning of the successful response. */
  good: { status: number; description: string; answer: z.ZodType };
  handle(request: ApiRequest, sources: WebSources): Promise<unknown>;
}

/** A route whose handler receives the types that its schemas return. */
interface TypedRoute<Query extends z.ZodObject, Body extends z.ZodType> extends Omit<
  ApiRoute,
  'query' | 'body' | 'handle'
> {
  query?: Query;
  body?: Body;
  handle(
    request: Omit<ApiRequest, 'query' | 'body'> & { query: z.output<Query>; body: z.output<Body> },
    sources: WebSources,
  ): Promise<unknown>;
}

/** Returns its argument; the compiler checks the handler against the schemas. */
export const apiRoute = <Query extends z.ZodObject, Body extends z.ZodType>(
  route: TypedRoute<Query, Body>,
): ApiRoute => route as ApiRoute;

export interface ApiRequest {
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
  /** `user maria`, `token deploy`, `nobody`: the authenticated caller, whatever the body says. */
  caller: string;
}

const expectedCursor = { error: () => say('api.expected-cursor') };

/** Parameters of every list. */
export const listing = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Maximum number of items.'),
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, expectedCursor)
    .optional()
    .describe('`next` of the previous response.'),
};

/** One page of a list held in memory; the cursor is an offset from its start. */
export function pageOf<Item, View>(
  all: readonly Item[],
  { limit, cursor }: { limit: number; cursor?: string },
  view: (item: Item) => View,
): { items: View[]; next: string | null } {
  const from = Number(cursor ?? 0);
  const items = all.slice(from, from + limit).map((item) => view(item));
  return { items, next: from + limit < all.length ? String(from + limit) : null };
}

/** Who acts. */
export const by = z.string().trim().min(1).max(80).describe('Who acts.');

export const list = (description: string, item: z.ZodType) => ({
  status: 200,
  description,
  answer: listOf(item),
});
