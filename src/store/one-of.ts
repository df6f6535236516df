/** A condition that the column has one of the values; no value: never true. */
export const oneOf = (column: string, values: readonly unknown[]): string =>
  values.length === 0 ? '1 = 0' : `${column} IN (${values.map(() => '?').join(', ')})`;
