import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import { familyHead, labelText, numberText, type Exposition } from './exposition.ts';

type Sample = MetricValue<string> & {
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
};

/**
 * Renders prom-client's metrics, family by family. prom-client itself can only write the format that its registry was
 * made for, and permanently renames counters when it writes OpenMetrics.
 */
export async function* registryText(
  registry: Registry,
  format: Exposition,
  isWanted: (family: string) => boolean,
): AsyncGenerator<string> {
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  for (const name of names.filter(isWanted)) {
    const metric = registry.getSingleMetric(name) as unknown as {
      get(): Promise<MetricObjectWithValues<MetricValue<string>>>;
    };
    yield familyText(await metric.get(), format);
  }
}

function familyText(
  { name, help, type, values }: MetricObjectWithValues<MetricValue<string>>,
  format: Exposition,
): string {
  let text = familyHead(name, help, type as unknown as 'gauge', format);
  for (const sample of values as Sample[]) {
    const { metricName = name, labels, value, exemplar } = sample;
    text += `${metricName}${labelText(labels as Record<string, string>)} ${numberText(value)}`;
    if (format === 'openmetrics' && exemplar) {
      text += ` # ${labelText(exemplar.labelSet)} ${numberText(exemplar.value)} ${exemplar.timestamp}`;
    }
    text += '\n';
  }
  return text;
}
