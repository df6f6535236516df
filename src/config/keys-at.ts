import { z } from 'zod';

/** The keys that a schema allows at a path, over all of its alternatives. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let there: unknown[] = [schema];
  for (const key of path) there = there.flatMap((one) => below(one, key));
  return [...new Set(there.flatMap(keysOf))];
}

function below(schema: unknown, key: PropertyKey): unknown[] {
  return alternatives(schema).flatMap((one): unknown[] => {
    if (one instanceof z.ZodObject)
      return one.shape[String(key)] === undefined ? [] : [one.shape[String(key)]];
    if (one instanceof z.ZodRecord) return [one.valueType];
    return one instanceof z.ZodArray ? [one.element] : [];
  });
}

const keysOf = (schema: unknown): string[] =>
  alternatives(schema).flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));

/** The schemas inside optional, default, refinement and union wrappers. */
function alternatives(schema: unknown): unknown[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return alternatives(schema.unwrap());
  if (schema instanceof z.ZodPipe) return alternatives(schema.in);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(alternatives) : [schema];
}
