import { z } from 'zod';
import type { Permission } from '../access/permission.ts';
import { say } from '../text/say.ts';
import { listOf } from './answers.ts';
import type { WebSources } from './sources.ts';

/** To look at what is monitored. */
export const READS: Permission = { needs: 'viewer', scope: 'read' };

/** To change something of it. */
export const CHANGES: Permission = { needs: 'agent', scope: 'write' };

/** One entry of the HTTP API: served, checked and described from here alone. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{name}` for parameters, as OpenAPI writes them. */
  path: string;
  /** Who may call it. */
  may: Permission;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Status and meaning of the good answer. */
  good: { status: number; description: string; answer: z.ZodType };
  handle(request: ApiRequest, sources: WebSources): Promise<unknown>;
}

/** A route whose handler takes what its schemas give. */
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

/** Gives back what it is given: the handler is checked against the schemas. */
export const apiRoute = <Query extends z.ZodObject, Body extends z.ZodType>(
  route: TypedRoute<Query, Body>,
): ApiRoute => route as ApiRoute;

export interface ApiRequest {
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
  /** `user maria`, `token deploy`, `nobody`: who calls, whatever the body says. */
  caller: string;
}

const expectedCursor = { error: () => say('api.expected-cursor') };

/** What every list takes. */
export const listing = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Maximum number of items.'),
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, expectedCursor)
    .optional()
    .describe('`next` of the previous response.'),
};

/** A page of what is held in memory; the cursor counts from its beginning. */
export function pageOf<Item, View>(
  all: readonly Item[],
  { limit, cursor }: { limit: number; cursor?: string },
  view: (item: Item) => View,
): { items: View[]; next: string | null } {
  const from = Number(cursor ?? 0);
  const items = all.slice(from, from + limit).map((item) => view(item));
  return { items, next: from + limit < all.length ? String(from + limit) : null };
}

/** Who it is that acts. */
export const by = z.string().trim().min(1).max(80).describe('Who acts.');

export const list = (description: string, item: z.ZodType) => ({
  status: 200,
  description,
  answer: listOf(item),
});
