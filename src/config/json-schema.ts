import { z } from 'zod';
import type { CheckTypes } from '../probing/registry.ts';
import { checkSchema } from './build-targets.ts';
import { targetSchema, targetsSchema } from './targets-schema.ts';
import { watchdeskSchema } from './watchdesk-schema.ts';

type JsonSchema = Record<string, unknown>;

/** What an editor needs to complete `watchdesk.yaml`. */
export function watchdeskJsonSchema(): JsonSchema {
  return { title: 'watchdesk.yaml', ...plain(watchdeskSchema) };
}

/** What an editor needs to complete `targets/*.yaml`: every check type by its own options. */
export function targetsJsonSchema(types: CheckTypes): JsonSchema {
  const checks = [...types].map(([name, type]) => {
    const schema = plain(checkSchema(type));
    const properties = schema['properties'] as JsonSchema;
    return {
      ...schema,
      title: name,
      properties: { ...properties, type: { const: name, description: type.summary } },
    };
  });
  const target = plain(targetSchema);
  const properties = target['properties'] as JsonSchema;
  const withChecks = {
    ...target,
    properties: { ...properties, checks: { type: 'array', minItems: 1, items: { oneOf: checks } } },
  };
  const file = plain(targetsSchema);
  const fileProperties = file['properties'] as JsonSchema;
  return {
    title: 'targets/*.yaml',
    ...file,
    properties: { ...fileProperties, targets: { type: 'array', minItems: 1, items: withChecks } },
  };
}

function plain(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
}
