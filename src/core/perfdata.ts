/** One value that a plugin measured. */
export interface PerfValue {
  label: string;
  /** As the plugin writes it: `s`, `%`, `MB`; empty where it has none. */
  unit: string;
  value: number;
}

/** Per check: more values are a table, not a measurement. */
const MOST_VALUES = 32;
const MOST_LABEL = 64;
const MOST_TEXT = 16_384;

/**
 * Splits a plugin's output into text and performance data: the first line has data after `|`, and in the lines below
 * everything after the next `|` is data (https://www.monitoring-plugins.org/doc/guidelines.html#PLUGOUTPUT).
 */
export function pluginOutput(output: string): { text: string; longText: string; perfdata: string } {
  const lines = output
    .slice(0, MOST_TEXT * 4)
    .replace(/\r\n?/g, '\n')
    .replace(/^\s*\n/, '')
    .split('\n');
  const [first = '', ...rest] = lines;
  const [text, firstData] = cutAt(first, '|');
  const [longText, moreData] = cutAt(rest.join('\n'), '|');
  const perfdata = [firstData, moreData.replace(/\n/g, ' ')]
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ');
  return { text: text.trim(), longText: longText.trim(), perfdata: perfdata.slice(0, MOST_TEXT) };
}

function cutAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** `'label'=value[unit][;warn[;crit[;min[;max]]]]`, separated by blanks; anything else is skipped. */
export function perfValues(perfdata: string): PerfValue[] {
  const found = new Map<string, PerfValue>();
  const item =
    /(?:'((?:[^']|''){1,200})'|([^\s='|]{1,200}))=([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d{1,3})?)([^\s;0-9]{0,20})(?:;\S*)?(?=\s|$)/g;
  for (const [, quoted, plain = '', number = '', unit = ''] of perfdata.slice(0, MOST_TEXT).matchAll(item)) {
    if (found.size >= MOST_VALUES) break;
    const label = (quoted?.replaceAll("''", "'") ?? plain).trim().slice(0, MOST_LABEL);
    const value = Number(number.replace(',', '.'));
    if (label !== '' && Number.isFinite(value) && !found.has(label)) found.set(label, { label, unit, value });
  }
  return [...found.values()];
}
