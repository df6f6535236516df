import { z } from 'zod';
import type { LoadedCheckType } from '../probing/registry.ts';
import { checkBase } from './targets-schema.ts';

/** The keys of the type alone, as written. */
export const ownKeys = (type: LoadedCheckType, raw: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(raw).filter(([key]) => key in (type.options as z.ZodObject).shape));

const schemas = new WeakMap<LoadedCheckType, z.ZodObject>();

/** The check type's own keys and those of every check, as one strict object. */
export function checkSchema(type: LoadedCheckType): z.ZodObject {
  let schema = schemas.get(type);
  if (schema === undefined) {
    const own = (type.options as z.ZodObject).shape;
    schema = z.strictObject({ ...checkBase, ...own });
    schemas.set(type, schema);
  }
  return schema;
}
