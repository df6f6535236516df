import { z } from 'zod';
import type { ChannelType } from '../channels/channel.ts';
import { addressFields } from '../channels/shared/addressing.ts';
import type { HelpdeskType } from '../helpdesks/helpdesk.ts';
import { helpdeskBase } from './build-helpdesks.ts';
import type { CheckTypes } from '../probing/registry.ts';
import { checkSchema } from './check-schema.ts';
import { targetSchema, targetsSchema } from './targets-schema.ts';
import { watchdeskSchema } from './watchdesk-schema.ts';

type JsonSchema = Record<string, unknown>;

/** The JSON schema with which an editor completes `watchdesk.yaml`: every helpdesk and channel with its settings. */
export function watchdeskJsonSchema(
  helpdesks: ReadonlyMap<string, HelpdeskType>,
  channelTypes: ReadonlyMap<string, ChannelType>,
): JsonSchema {
  const schema = plain(watchdeskSchema(addressFields(channelTypes.values())));
  const properties = schema['properties'] as Record<string, JsonSchema>;
  const common = plain(z.strictObject(helpdeskBase))['properties'] as JsonSchema;
  const entries = [...helpdesks.values()].map((type) => typedEntry(type, common));
  // `x: { settings }` instead of `type: x` is short and rare: its content is left to `validate`.
  const short = { type: 'object', not: { required: ['type'] } };
  const entry = { anyOf: [...entries, short] };
  const { anyOf: _anyOf, ...described } = properties['helpdesk']!;
  const helpdesk = { ...described, anyOf: [{ type: 'array', minItems: 1, items: entry }, entry] };
  const channelEntries = [...channelTypes.values()].map((type) => typedEntry(type, {}));
  const channels = {
    ...properties['channels'],
    additionalProperties: { anyOf: [...channelEntries, short] },
  };
  return { title: 'watchdesk.yaml', ...schema, properties: { ...properties, helpdesk, channels } };
}

function typedEntry(
  { type, summary, settings }: Pick<HelpdeskType, 'type' | 'summary' | 'settings'>,
  common: JsonSchema,
): JsonSchema {
  const own = plain(settings);
  return {
    ...own,
    title: type,
    properties: {
      type: { const: type, description: summary },
      ...(own['properties'] as JsonSchema),
      ...common,
    },
    required: ['type', ...((own['required'] as string[] | undefined) ?? [])],
  };
}

/** The JSON schema with which an editor completes `targets/*.yaml`: every check type with its options. */
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
