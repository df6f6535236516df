/** The format of a scrape: Prometheus text, or OpenMetrics, which alone can carry exemplars. */
export type Exposition = 'text' | 'openmetrics';

export const CONTENT_TYPES: Record<Exposition, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The format that the `Accept` header asks for; a client that does not name OpenMetrics gets plain text. */
export function expositionFor(accept: string | undefined): Exposition {
  const wanted = (accept ?? '').split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
    return { type, weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
  const weightOf = (type: string) =>
    Math.max(0, ...wanted.filter((one) => one.type === type).map((one) => one.weight));
  const open = weightOf('application/openmetrics-text');
  return open > 0 && open >= weightOf('text/plain') ? 'openmetrics' : 'text';
}

/** The HELP and TYPE lines before a family's samples. */
export function familyHead(
  name: string,
  help: string,
  type: 'gauge' | 'counter' | 'histogram' | 'summary',
  format: Exposition,
): string {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${family} ${escapedHelp(help)}\n# TYPE ${family} ${type}\n`;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const escapedLabel = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;

const escapedHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');

/** `{target="shop",check="http"}`; empty without labels. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapedLabel(String(value))}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
