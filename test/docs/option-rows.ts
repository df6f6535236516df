import { z } from 'zod';

interface Described {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Described[];
  items?: Described;
  properties?: Record<string, Described>;
  required?: string[];
  default?: unknown;
  description?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
}

/** One row of a table for each option of a schema, nested ones by their path. */
export function optionRows(schema: z.ZodType): string[] {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return rows(described as Described, '', {});
}

/** `defaults`: of the keys, where the object as a whole has a default. */
function rows(schema: Described, prefix: string, defaults: Record<string, unknown>): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = prefix + key;
    const standard = property.default ?? defaults[key];
    const inner = (typeof standard === 'object' ? standard : {}) as Record<string, unknown>;
    const nested = property.properties ? rows(property, `${name}.`, inner) : [];
    const value = property.properties ? '' : cell(valueOf(property));
    const isRequired = schema.required?.includes(key) && standard === undefined;
    const shown = isRequired
      ? '**required**'
      : property.properties || standard === undefined
        ? ''
        : `\`${cell(JSON.stringify(standard))}\``;
    return [`| \`${name}\` | ${value} | ${shown} | ${cell(property.description ?? '')} |`, ...nested];
  });
}

function valueOf(property: Described): string {
  if (property.const !== undefined) return JSON.stringify(property.const);
  if (property.enum) return property.enum.map(String).join(', ');
  if (property.anyOf) return [...new Set(property.anyOf.map(valueOf))].join(' or ');
  if (property.pattern?.includes('ms|s|m|h|d')) return 'duration';
  if (Array.isArray(property.type))
    return property.type.map((type) => valueOf({ ...property, type })).join(' or ');
  if (property.type === 'array') return `list of ${property.items ? valueOf(property.items) : 'values'}`;
  if (property.type === 'object') return 'mapping';
  if (property.type === 'integer' || property.type === 'number') return range(property);
  return { string: 'text', boolean: 'true or false', null: 'null' }[property.type ?? ''] ?? 'any value';
}

function range({ minimum, maximum }: Described): string {
  if (minimum === undefined || maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER) return 'number';
  return `${minimum} to ${maximum}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
