import { z } from 'zod';
import type { ApiRoute } from './api-route.ts';

/** The OpenAPI document, from the same table that serves the API: https://spec.openapis.org/oas/v3.1.0 */
export function openApi(routes: readonly ApiRoute[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Watchdesk',
      version,
      description:
        'Lists are newest first and return `{ items, next }`; times are RFC 3339; errors are RFC 9457 problems.',
    },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of `access.tokens`, with the scope that the call needs.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'watchdesk',
          description: 'Of whoever has signed in.',
        },
      },
    },
    // Without users no sign-in is required, and only this machine can reach the monitor.
    security: [{ token: [] }, { session: [] }],
  };
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    problems: { type: 'array', items: { type: 'string' } },
  },
};

function operation({ method, path, may, summary, query, body, good }: ApiRoute): unknown {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const described = jsonSchema(schema as z.ZodType);
    return { name, in: 'query', required: false, description: described['description'], schema: described };
  });
  return {
    operationId: operationId(method, path),
    summary,
    ...(may.needs === 'nothing'
      ? { security: [] }
      : { description: `People need the role ${may.needs}, tokens the scope ${may.scope}.` }),
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { content: { 'application/json': { schema: jsonSchema(body) } } } }),
    responses: {
      [good.status]: {
        description: good.description,
        content: { 'application/json': { schema: jsonSchema(good.answer, 'output') } },
      },
      default: {
        description: 'What went wrong.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'input'): Record<string, unknown> {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return described;
}

/** `getTargetsByName`, `postIncidentsByIdAcknowledge`: names for client generators. */
function operationId(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1/, '')
    .split(/[/-]/)
    .filter(Boolean)
    .map((part) => (part.startsWith('{') ? `By-${part.slice(1, -1)}` : part))
    .flatMap((part) => part.split('-'));
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}
