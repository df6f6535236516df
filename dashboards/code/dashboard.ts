import { DATA_SOURCE, panelJson, type Panel } from './panel.ts';

const COLUMNS = 24;

export interface Variable {
  name: string;
  label: string;
  /** `label_values(watchdesk_target_info, customer)` */
  query: string;
  /** One at a time, as for a page about one target. */
  isSingle?: boolean;
}

/** Which monitors are shown: one Prometheus may scrape several. */
const MONITORS: readonly Variable[] = [
  { name: 'job', label: 'Job', query: 'label_values(watchdesk_build_info, job)' },
  { name: 'instance', label: 'Instance', query: 'label_values(watchdesk_build_info{job=~"$job"}, instance)' },
];

export const CUSTOMER: Variable = {
  name: 'customer',
  label: 'Customer',
  query: 'label_values(watchdesk_target_info{job=~"$job", instance=~"$instance"}, customer)',
};

export interface Annotation {
  name: string;
  expr: string;
  title: string;
  text: string;
  colour: string;
}

export interface Dashboard {
  /** `watchdesk-…` is its uid for good. */
  slug: string;
  title: string;
  description: string;
  variables: readonly Variable[];
  annotations?: readonly Annotation[];
  /** `now-6h` */
  from: string;
  refresh: string;
  /** Rows of panels, from the top. */
  rows: readonly (readonly Panel[])[];
}

/** As Grafana stores it: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export function dashboardJson(dashboard: Dashboard): object {
  const { slug, title, description, variables, annotations = [], from, refresh, rows } = dashboard;
  return {
    uid: `watchdesk-${slug}`,
    title,
    description,
    tags: ['watchdesk'],
    schemaVersion: 41,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh,
    time: { from, to: 'now' },
    timepicker: {},
    timezone: 'browser',
    weekStart: '',
    fiscalYearStartMonth: 0,
    preload: false,
    links: [
      {
        title: 'Watchdesk',
        type: 'dashboards',
        tags: ['watchdesk'],
        asDropdown: true,
        icon: 'external link',
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        tooltip: 'The other dashboards',
        url: '',
      },
    ],
    annotations: { list: annotations.map(annotationJson) },
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          current: {},
          hide: 0,
          includeAll: false,
          multi: false,
          options: [],
          refresh: 1,
          regex: '',
          skipUrlSync: false,
        },
        ...[...MONITORS, ...variables].map(variableJson),
      ],
    },
    panels: placed(rows),
  };
}

function variableJson({ name, label, query, isSingle = false }: Variable): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATA_SOURCE,
    definition: query,
    query: { query, refId: `variable-${name}`, qryType: 1 },
    // When the time range changes: targets come and go.
    refresh: 2,
    sort: 1,
    regex: '',
    hide: 0,
    skipUrlSync: false,
    options: [],
    multi: !isSingle,
    includeAll: !isSingle,
    ...(isSingle
      ? { current: {} }
      : { allValue: name === 'customer' ? '.*' : '.+', current: { text: ['All'], value: ['$__all'] } }),
  };
}

function annotationJson({ name, expr, title, text, colour }: Annotation): object {
  return {
    name,
    datasource: DATA_SOURCE,
    enable: true,
    hide: false,
    iconColor: colour,
    expr,
    step: '',
    titleFormat: title,
    textFormat: text,
    tagKeys: 'priority,reason',
    useValueForTime: false,
    target: {
      refId: `annotation-${name}`,
      expr,
      interval: '',
      limit: 100,
      matchAny: false,
      tags: [],
      type: 'dashboard',
    },
  };
}

function placed(rows: Dashboard['rows']): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    let x = 0;
    for (const panel of row) {
      panels.push(panelJson(panel, panels.length + 1, x, y));
      x += panel.width;
    }
    if (x > COLUMNS)
      throw new RangeError(`a row of ${x} columns: ${row.map(({ title }) => title).join(', ')}`);
    y += Math.max(...row.map(({ height }) => height));
  }
  return panels;
}
