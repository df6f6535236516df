import type { z } from 'zod';
import { attempt } from './attempt.ts';

export function secretsOf(
  { settings, secrets }: { settings: z.ZodType; secrets?(settings: never): readonly string[] },
  given: unknown,
): string[] {
  const told = attempt(() => secrets?.(given as never) ?? []);
  const own = told.is === 'done' && Array.isArray(told.value) ? told.value : [];
  return [...marked(settings, given), ...own].filter((one) => typeof one === 'string' && one !== '');
}

interface Def {
  shape?: Record<string, z.ZodType>;
  catchall?: z.ZodType;
  innerType?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  items?: z.ZodType[];
  rest?: z.ZodType | null;
  left?: z.ZodType;
  right?: z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
  options?: z.ZodType[];
  getter?(): z.ZodType;
}

const MOST_DEPTH = 40;

/** Texts at positions that the schema marks with `.meta({ secret: true })`, at any depth. */
function marked(schema: z.ZodType, value: unknown, isSecret = false, depth = 0): string[] {
  if (depth > MOST_DEPTH || value === undefined || value === null) return [];
  const isHere = isSecret || (schema.meta?.() as { secret?: boolean } | undefined)?.secret === true;
  if (isHere && typeof value === 'string') return [value];
  const def = ((schema as { _zod?: { def?: Def } })._zod?.def ?? {}) as Def;
  const within = (below: z.ZodType | null | undefined, part: unknown) =>
    below ? marked(below, part, isHere, depth + 1) : [];
  const same = [
    def.innerType,
    def.in,
    def.out,
    def.left,
    def.right,
    def.getter?.(),
    optionOf(def.options, value),
  ];
  const found = same.flatMap((one) => within(one, value));
  if (typeof value !== 'object') return found;
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  for (const [key, part] of entries) {
    const index = def.items && Number(key);
    const below =
      def.element ??
      def.valueType ??
      (index === undefined ? undefined : (def.items![index] ?? def.rest)) ??
      def.shape?.[String(key)] ??
      def.catchall;
    if (below) found.push(...within(below, part));
    else if (isHere && typeof part === 'string') found.push(part);
  }
  return found;
}

/** The union option that accepted the value: only its secrets count. */
function optionOf(options: z.ZodType[] | undefined, value: unknown): z.ZodType | undefined {
  return options?.find((one) => one.safeParse(value).success) ?? options?.[0];
}
