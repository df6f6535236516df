import { wantsColour } from '../observe/log.ts';

/** Columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join('  '),
    )
    .join('\n');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

const STYLES = { bold: 1, red: 31, green: 32, yellow: 33, blue: 34 } as const;

/** Colour only on a terminal that wants it. */
export function styled(text: string, style: keyof typeof STYLES): string {
  return wantsColour() ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}
