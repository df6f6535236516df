import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT } from '../support/watchdesk-process.ts';

/** As it is read back from the files that are shipped. */
export interface ShippedDashboard {
  file: string;
  uid: string;
  title: string;
  description: string;
  editable: boolean;
  panels: ShippedPanel[];
  annotations: { list: { name: string; expr: string; datasource: { uid: string } }[] };
  templating: {
    list: {
      name: string;
      label: string;
      type: string;
      query: string | { query: string };
      datasource?: { uid: string };
      refresh: number;
      multi: boolean;
      includeAll: boolean;
      allValue?: string;
    }[];
  };
}

export interface ShippedPanel {
  id: number;
  type: string;
  title: string;
  description: string;
  datasource: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: {
    defaults: { unit: string; mappings?: { options: Record<string, { text: string }> }[] };
    overrides: {
      matcher: { options: string };
      properties: { id: string; value: unknown }[];
    }[];
  };
  targets: { refId: string; expr: string; datasource: { uid: string } }[];
  transformations?: { id: string; options: { include?: { names: string[] } } }[];
}

const FOLDER = join(PROJECT, 'dashboards/grafana');

export const dashboards: readonly ShippedDashboard[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((file) => ({
    file,
    ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Omit<ShippedDashboard, 'file'>),
  }));

export interface ShippedRule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export const ruleFiles: readonly { file: string; text: string; rules: ShippedRule[] }[] = [
  'recording.yaml',
  'alerts.yaml',
].map((file) => {
  const text = readFileSync(join(PROJECT, 'dashboards/rules', file), 'utf8');
  const { groups } = parse(text) as { groups: { rules: ShippedRule[] }[] };
  return { file, text, rules: groups.flatMap(({ rules }) => rules) };
});

/** The selectors of an expression: the name of a metric and what stands in braces after it. */
export function selectorsOf(expr: string): { metric: string; matchers: string }[] {
  return [...expr.matchAll(/\b((?:watchdesk|probe|process|nodejs|up)[a-zA-Z0-9_:]*)\b(?:\{([^}]*)\})?/g)]
    .filter(([, metric]) => metric === 'up' || /[_:]/.test(metric!))
    .map(([, metric, matchers = '']) => ({ metric: metric!, matchers }));
}
